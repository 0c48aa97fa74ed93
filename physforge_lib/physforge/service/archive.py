"""Stream a zarr folder of the store as a zip file, without a copy on the disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from physforge.datasets.store import BlobStore
from physforge.datasets.store.tree import read_manifest

_EPOCH = (1980, 1, 1, 0, 0, 0)


class _Pipe(io.RawIOBase):
    """What `zipfile` writes to; it cannot seek, so sizes follow the data."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def zip_of_tree(blobs: BlobStore, sha256: str) -> Iterator[bytes]:
    """Yield a zip file with the files of a tree, each verified.

    Parameters
    ----------
    blobs : BlobStore
        Where the bytes are.
    sha256 : str
        Of the tree's manifest.

    Yields
    ------
    bytes
        The same at each call: names are sorted and times are fixed. Chunks of zarr are
        compressed already, so they are only stored.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as packed:
        for name, blob in sorted(read_manifest(blobs.read(sha256)).items()):
            packed.writestr(zipfile.ZipInfo(name, _EPOCH), blobs.read(blob))
            yield pipe.take()
    yield pipe.take()
