"""Stream a zarr folder of the store, or an export of the event log, as a zip file without a copy on the disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from physforge.audit import AuditLog, RemoteLog, Selection
from physforge.audit.export import Format, manifest_path, manifest_text
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


def zip_of_export(
    log: AuditLog | RemoteLog,
    file: str,
    selection: Selection,
    *,
    format: Format,  # noqa: A002 - what it is called everywhere
    personal: bool,
) -> Iterator[bytes]:
    """Yield a zip file of an export of the event log and its manifest.

    Parameters
    ----------
    log : AuditLog or RemoteLog
        Open.
    file : str
        Name of the export in the zip file; the manifest's ends with ``.manifest.json``.
    selection : Selection
        Which events.
    format : {"jsonl", "csv"}
        How they are written.
    personal : bool
        Whether personal fields are decrypted.

    Yields
    ------
    bytes
        As rows are read: a log of any length takes no more memory than a short one.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as packed:
        with log.exporting(file, selection, format=format, personal=personal) as stream:
            # How long it becomes is not known: sizes of more than 4 GiB have to be possible.
            with packed.open(_entry(file), "w", force_zip64=True) as written:
                for lines in stream.lines():
                    written.write(lines)
                    if part := pipe.take():
                        yield part
            manifest = manifest_text(stream.manifest())
        packed.writestr(_entry(manifest_path(Path(file)).name), manifest)
    yield pipe.take()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
