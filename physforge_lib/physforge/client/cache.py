"""What a user downloaded, kept by its SHA-256: bounded in size, private, and never trusted unchecked."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from physforge.client.locks import hold, is_still, lock
from physforge.datasets.store.blobs import blocks, checked
from physforge.errors import SettingsError, StoreError

#: How large a cache may grow, in bytes, unless PHYSFORGE_CACHE_BYTES says so.
DEFAULT_BYTES = 10 * 2**30

LIMIT_VARIABLE = "PHYSFORGE_CACHE_BYTES"

#: What is left of downloads that were given up goes after so long, in seconds.
_GIVEN_UP = 7 * 24 * 3600

#: When the cache is full, so much of it is freed.
_SLACK = 0.1

#: Fetches what is missing: given a file that holds the beginning, or nothing, it appends the rest.
Fetch = Callable[[Path], None]


class Cache:
    """Blobs in a folder of the user's, of which those that were not used for longest make room.

    Parameters
    ----------
    folder : pathlib.Path
        Made when first needed, readable by its owner alone.
    limit : int, default `DEFAULT_BYTES`
        Bytes. What is in use stays, even if it is more.

    Notes
    -----
    Several processes may share it: a download is done by one while the others wait, and
    what one has pinned the others do not delete.
    """

    def __init__(self, folder: Path, limit: int = DEFAULT_BYTES) -> None:
        self._root, self._limit = folder, limit
        self._objects, self._incoming = folder / "objects", folder / "incoming"
        self._since_look = limit  # so that the first download looks

    def __repr__(self) -> str:
        return f"Cache({str(self._root)!r})"

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self._root

    def get(self, sha256: str, size: int | None, fetch: Fetch, *, verify: bool = True) -> Path:
        """Return the file that holds a blob, fetching it if it is not there.

        Parameters
        ----------
        sha256 : str
            Its name.
        size : int or None
            Its bytes, to see whether a download is whole; None if they are not known.
        fetch : callable
            See `Fetch`; what an earlier download left is passed to go on from.
        verify : bool, default True
            Whether a blob that is there is hashed, and fetched again if it changed. What
            is fetched is hashed in any case.

        Returns
        -------
        pathlib.Path
            Read-only. It may be deleted to make room, unless it is pinned.

        Raises
        ------
        StoreError
            If the disk refuses, or what comes is not what was stored.
        """
        path = self._objects / checked(sha256)[:2] / sha256
        with self._translated():
            if self._is_there(path, sha256, verify):
                return path
            self._make_folders(path.parent)
            with self._alone(sha256):
                # Somebody else may have fetched it while this one waited.
                if not self._is_there(path, sha256, verify):
                    self._fetch(path, sha256, size, fetch)
        return path

    def pin(self, sha256: str) -> BinaryIO | None:
        """Keep a blob until what is returned is closed.

        Parameters
        ----------
        sha256 : str
            Its name.

        Returns
        -------
        file object or None
            None if it was deleted in the meantime.
        """
        path = self._objects / checked(sha256)[:2] / sha256
        try:
            stream = path.open("rb")
        except FileNotFoundError:
            return None
        lock(stream, shared=True)
        if is_still(stream, path):
            return stream
        stream.close()
        return None

    def hold(self, sha256: str) -> None:
        """Keep a blob as long as this process lives, for what reads it bit by bit.

        Parameters
        ----------
        sha256 : str
            Of a blob that is pinned now.
        """
        hold(self._objects / checked(sha256)[:2] / sha256)

    def forget(self, sha256: str) -> None:
        """Delete a blob, if it is there.

        Parameters
        ----------
        sha256 : str
            Its name.
        """
        (self._objects / sha256[:2] / sha256).unlink(missing_ok=True)

    def blobs(self) -> dict[str, int]:
        """List what is there.

        Returns
        -------
        dict of str to int
            SHA-256 -> bytes.
        """
        return {path.name: facts.st_size for path, facts in self._all()}

    def _is_there(self, path: Path, sha256: str, verify: bool) -> bool:
        try:
            with path.open("rb") as stream:
                if verify and hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                    path.unlink(missing_ok=True)
                    return False
            # The time of its last use, by which room is made.
            os.utime(path)
        except FileNotFoundError:
            return False
        return True

    def _fetch(self, path: Path, sha256: str, size: int | None, fetch: Fetch) -> None:
        part = self._incoming / f"{sha256}.part"
        if size is None or not part.exists() or part.stat().st_size != size:
            fetch(part)
        digest, count = hashlib.sha256(), 0
        with part.open("rb", buffering=0) as stream:
            for block in blocks(stream):
                digest.update(block)
                count += len(block)
        if digest.hexdigest() != sha256:
            part.unlink()
            raise StoreError(f"What came is not what was stored (SHA-256 {sha256}); try again.")
        part.chmod(0o400)
        part.replace(path)
        self._since_look += count
        if self._since_look > self._limit // 20:
            self._since_look = 0
            self._make_room(keep=sha256)

    def _make_room(self, keep: str) -> None:
        """Delete what was not used for longest, and what is left of old downloads."""
        for left in self._incoming.iterdir():
            with contextlib.suppress(OSError):
                if left.stat().st_mtime < time.time() - _GIVEN_UP:
                    left.unlink()
        found = sorted(self._all(), key=lambda one: one[1].st_mtime)
        total = sum(facts.st_size for _, facts in found)
        if total <= self._limit:
            return
        for path, facts in found:
            if total <= self._limit * (1 - _SLACK):
                break
            if path.name != keep and _delete_unless_pinned(path):
                total -= facts.st_size

    def _all(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self._objects.glob("[0-9a-f][0-9a-f]/*"):
            with contextlib.suppress(FileNotFoundError):
                yield path, path.stat()

    def _make_folders(self, last: Path) -> None:
        for folder in (self._root, self._objects, self._incoming, last):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix" and self._root.stat().st_mode & 0o077:
            self._root.chmod(0o700)

    @contextmanager
    def _alone(self, sha256: str) -> Iterator[None]:
        """Keep everybody else from fetching the same."""
        path = self._incoming / f"{sha256}.lock"
        while True:
            with path.open("ab") as stream:
                lock(stream)
                # Whoever held it before has deleted it: that lock keeps nobody off any more.
                if is_still(stream, path):
                    try:
                        yield
                    finally:
                        path.unlink(missing_ok=True)
                    return

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                reason = f"the disk is full; make room, or set {LIMIT_VARIABLE} to fewer bytes"
            else:
                reason = error.strerror or str(error)
            raise StoreError(f"The cache in {self._root} cannot be used: {reason}.") from error


def limit_from(environ: Mapping[str, str]) -> int:
    """Return how large the cache may grow.

    Parameters
    ----------
    environ : mapping of str to str
        ``PHYSFORGE_CACHE_BYTES``, if it is set.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    SettingsError
        If it is no number of bytes.
    """
    text = environ.get(LIMIT_VARIABLE)
    if not text:
        return DEFAULT_BYTES
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise SettingsError(f"{LIMIT_VARIABLE} is {text!r:.50}; give a number of bytes.")
    return int(text)


def _delete_unless_pinned(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            if not lock(stream, wait=False):
                return False
            path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
