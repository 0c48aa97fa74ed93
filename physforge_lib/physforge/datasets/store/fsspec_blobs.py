"""Blobs anywhere that fsspec can write: object storage, or memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from physforge.datasets.store.blobs import BlobStore, Written, blocks, checked, gone
from physforge.errors import StoreError


class FsspecBlobs(BlobStore):
    """Blobs below an address, laid out as in a local folder.

    Parameters
    ----------
    address : str
        For example ``s3://bucket/store``; the package for it must be installed.
    """

    def __init__(self, address: str) -> None:
        import fsspec

        try:
            self._files, root = fsspec.core.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise StoreError(f"{address} cannot be used as a store: {error}.") from error
        self._address = address
        self._root = root.rstrip("/")

    def __repr__(self) -> str:
        return f"FsspecBlobs({self._address!r})"

    def write(self, temporary: str, source: BinaryIO, description: str = "") -> Written:  # noqa: ARG002
        """Copy a stream under a temporary name (see `BlobStore.write`)."""
        digest = hashlib.sha256()
        size = 0
        with self._translated():
            self._files.makedirs(f"{self._root}/incoming", exist_ok=True)
            with self._files.open(f"{self._root}/incoming/{temporary}", "wb") as target:
                for block in blocks(source):
                    target.write(bytes(block))
                    digest.update(block)
                    size += len(block)
        return Written(temporary, digest.hexdigest(), size)

    def publish(self, written: Iterable[Written]) -> None:
        """Turn temporary files into blobs (see `BlobStore.publish`)."""
        with self._translated():
            for one in written:
                path = self._path(one.sha256)
                if self._files.exists(path):
                    self.discard(one.temporary)
                    continue
                self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
                self._files.mv(f"{self._root}/incoming/{one.temporary}", path)

    def open(self, sha256: str) -> BinaryIO:
        """Open a blob, unverified (see `BlobStore.open`)."""
        try:
            return cast("BinaryIO", self._files.open(self._path(sha256), "rb"))
        except FileNotFoundError:
            raise gone(sha256) from None
        except OSError as error:
            raise StoreError(f"The stored bytes {self._path(sha256)} cannot be read: {error}.") from error

    def exists(self, sha256: str) -> bool:
        """Say whether a blob is there (see `BlobStore.exists`)."""
        with self._translated():
            return bool(self._files.exists(self._path(sha256)))

    def size(self, sha256: str) -> int:
        """Return how many bytes a blob has (see `BlobStore.size`)."""
        with self._translated():
            try:
                return int(self._files.size(self._path(sha256)) or 0)
            except FileNotFoundError:
                raise gone(sha256) from None

    def delete(self, sha256: str) -> None:
        """Delete a blob (see `BlobStore.delete`)."""
        with self._translated():
            self._remove(self._path(sha256))

    def discard(self, temporary: str) -> int:
        """Delete a temporary file (see `BlobStore.discard`)."""
        with self._translated():
            return self._remove(f"{self._root}/incoming/{PurePosixPath(temporary).name}")

    def blobs(self) -> Mapping[str, int]:
        """List the blobs (see `BlobStore.blobs`)."""
        return {PurePosixPath(path).name: size for path, size in self._find("objects").items()}

    def temporaries(self) -> list[str]:
        """List the temporary files (see `BlobStore.temporaries`)."""
        return sorted(PurePosixPath(path).name for path in self._find("incoming"))

    def _find(self, folder: str) -> dict[str, int]:
        with self._translated():
            self._files.invalidate_cache()
            found = self._files.find(f"{self._root}/{folder}", detail=True)
        return {path: int(info["size"] or 0) for path, info in found.items()}

    def _remove(self, path: str) -> int:
        try:
            size = int(self._files.size(path) or 0)
            self._files.rm_file(path)
        except FileNotFoundError:
            return 0
        return size

    def _path(self, sha256: str) -> str:
        return f"{self._root}/objects/{checked(sha256)[:2]}/{sha256}"

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(f"The store at {self._address} fails: {error}.") from error
