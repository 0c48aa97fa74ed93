"""Files that arrive in chunks: any chunk may come twice, be cut off, or come too late."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from physforge.service.problems import RefusedError, not_found

_BLOCK = 2**20


class PartialFile:
    """The part of an upload that is there; its length is the one truth about that.

    Parameters
    ----------
    folder : pathlib.Path
        Of all uploads.
    name : str
        Of the file, an id or a hash: nothing that a user wrote is part of a path.
    size : int
        Bytes of the whole file.
    """

    def __init__(self, folder: Path, name: str, size: int) -> None:
        self.path = folder / name
        self._size = size

    @property
    def offset(self) -> int:
        """How many bytes are there."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def create(self) -> None:
        """Begin with nothing.

        Raises
        ------
        RefusedError
            507 if the disk has no room for the whole.
        """
        if shutil.disk_usage(self.path.parent).free < self._size:
            raise RefusedError(507, "disk-full", "The service has no room for this file.")
        os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))

    def create_if_missing(self) -> None:
        """Begin with nothing, unless somebody else has begun at the same moment.

        Raises
        ------
        RefusedError
            As for `create`.
        """
        with contextlib.suppress(FileExistsError):
            self.create()

    def write(self, offset: int, chunk: bytes) -> int:
        """Add a chunk.

        Parameters
        ----------
        offset : int
            Where it begins.
        chunk : bytes
            At least one.

        Returns
        -------
        int
            How many bytes are there now. A chunk that is there already changes nothing.

        Raises
        ------
        RefusedError
            409 if it does not follow, or differs from what is there; 413 if it goes
            beyond the end; 507 if the disk is full.
        """
        with self.held() as handle:
            present = os.fstat(handle).st_size
            if offset + len(chunk) > self._size:
                raise RefusedError(413, "beyond-end", f"The chunk ends beyond the {self._size} bytes of the file.")
            if offset > present:
                raise RefusedError(409, "gap", f"{present} bytes are there; go on from there.", _at(present))
            again = min(present - offset, len(chunk))
            if os.pread(handle, again, offset) != chunk[:again]:
                raise RefusedError(
                    409, "differs", f"Other bytes are there from {offset} on; is it the same file?", _at(present)
                )
            try:
                _write_all(handle, chunk[again:], present)
            except OSError as error:
                os.ftruncate(handle, present)
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise RefusedError(507, "disk-full", "The service's disk is full; go on later.") from error
                raise
            return max(present, offset + len(chunk))

    def sha256(self, handle: int) -> str:
        """Return the hash of what is there.

        Parameters
        ----------
        handle : int
            From `held`.

        Returns
        -------
        str
            64 hexadecimal digits.

        Raises
        ------
        RefusedError
            409 if it is not whole.
        """
        present = os.fstat(handle).st_size
        if present != self._size:
            raise RefusedError(409, "incomplete", f"{present} of {self._size} bytes are there.", _at(present))
        digest = hashlib.sha256()
        for start in range(0, present, _BLOCK):
            digest.update(os.pread(handle, _BLOCK, start))
        return digest.hexdigest()

    def delete(self) -> None:
        """Delete it, if it is there."""
        self.path.unlink(missing_ok=True)

    @contextmanager
    def held(self) -> Iterator[int]:
        """Keep everybody else off the file, in other processes too.

        Yields
        ------
        int
            The open file.

        Raises
        ------
        RefusedError
            404 if it is gone.
        """
        try:
            handle = os.open(self.path, os.O_RDWR)
        except FileNotFoundError:
            raise not_found("upload") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)


def _write_all(handle: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(handle, view, offset)
        view, offset = view[written:], offset + written
    os.fsync(handle)


def _at(offset: int) -> dict[str, str]:
    return {"Upload-Offset": str(offset)}
