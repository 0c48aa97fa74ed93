"""Blobs in a folder of this machine."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from physforge.datasets.store.blobs import BlobStore, Written, blocks, checked, gone
from physforge.datasets.store.copying import SMALL, copy_and_hash, write_all
from physforge.errors import StoreError


class LocalBlobs(BlobStore):
    """Blobs as read-only files ``objects/ab/abcd...``, and temporary ones in ``incoming``.

    Parameters
    ----------
    root : pathlib.Path
        A folder, made at the first write, readable by its owner alone.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.expanduser().absolute()
        self._objects = self._root / "objects"
        self._incoming = self._root / "incoming"

    def __repr__(self) -> str:
        return f"LocalBlobs({str(self._root)!r})"

    def write(self, temporary: str, source: BinaryIO, description: str = "") -> Written:
        """Copy a stream under a temporary name (see `BlobStore.write`)."""
        path = self._incoming / temporary
        with self._translated():
            for folder in (self._root, self._incoming):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            target = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o400)
            try:
                return Written(temporary, *_copy(source, target, description))
            finally:
                os.close(target)

    def publish(self, written: Iterable[Written]) -> None:
        """Turn temporary files into blobs (see `BlobStore.publish`)."""
        files = list(written)
        folders: set[Path] = set()
        with self._translated():
            for one in files:
                path = self._path(one.sha256)
                if path.exists():
                    (self._incoming / one.temporary).unlink(missing_ok=True)
                    continue
                # On the disk before it has its name: a power cut must not leave an empty blob.
                if one.size < SMALL:
                    _sync(self._incoming / one.temporary)
                if not path.parent.is_dir():
                    folders |= self._make_folders()
                (self._incoming / one.temporary).replace(path)
                folders.add(path.parent)
            for folder in folders:
                _sync(folder)

    def open(self, sha256: str) -> BinaryIO:
        """Open a blob, unverified (see `BlobStore.open`)."""
        try:
            return self._path(sha256).open("rb", buffering=0)
        except FileNotFoundError:
            raise gone(sha256) from None
        except OSError as error:
            raise StoreError(f"The stored bytes {self._path(sha256)} cannot be read: {error.strerror}.") from error

    def exists(self, sha256: str) -> bool:
        """Say whether a blob is there (see `BlobStore.exists`)."""
        return self._path(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Return how many bytes a blob has (see `BlobStore.size`)."""
        try:
            return self._path(sha256).stat().st_size
        except FileNotFoundError:
            raise gone(sha256) from None

    def delete(self, sha256: str) -> None:
        """Delete a blob (see `BlobStore.delete`)."""
        with self._translated():
            self._path(sha256).unlink(missing_ok=True)

    def discard(self, temporary: str) -> int:
        """Delete a temporary file (see `BlobStore.discard`)."""
        path = self._incoming / Path(temporary).name
        with self._translated():
            try:
                size = path.stat().st_size
                path.unlink()
            except FileNotFoundError:
                return 0
        return size

    def blobs(self) -> Mapping[str, int]:
        """List the blobs (see `BlobStore.blobs`)."""
        return {path.name: path.stat().st_size for path in self._objects.glob("[0-9a-f][0-9a-f]/*")}

    def temporaries(self) -> list[str]:
        """List the temporary files (see `BlobStore.temporaries`)."""
        return sorted(path.name for path in self._incoming.glob("*"))

    def local_path(self, sha256: str) -> Path | None:
        """Return the file that holds a blob (see `BlobStore.local_path`)."""
        return self._path(sha256)

    def _make_folders(self) -> set[Path]:
        """Make the folders for all blobs to come at once: each by itself would cost its first blob a wait."""
        self._objects.mkdir(parents=True, exist_ok=True, mode=0o700)
        for first in range(256):
            (self._objects / f"{first:02x}").mkdir(exist_ok=True, mode=0o700)
        return {self._root, self._objects}

    def _path(self, sha256: str) -> Path:
        return self._objects / checked(sha256)[:2] / sha256

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                reason = "the disk is full; make room, and add the data again"
            else:
                reason = error.strerror or str(error)
            raise StoreError(f"The store in {self._root} cannot be written: {reason}.") from error


def _copy(source: BinaryIO, target: int, description: str) -> tuple[str, int]:
    try:
        handle = source.fileno()
    except (io.UnsupportedOperation, AttributeError):
        digest = hashlib.sha256()
        size = 0
        for block in blocks(source):
            write_all(target, block)
            digest.update(block)
            size += len(block)
        if size >= SMALL:
            os.fsync(target)
        return digest.hexdigest(), size
    return copy_and_hash(handle, target, os.fstat(handle).st_size, description)


def _sync(path: Path) -> None:
    # Windows cannot open a folder, and needs no such call.
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
