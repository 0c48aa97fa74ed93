"""Copy a file and hash what was written, in one pass."""

from __future__ import annotations

import errno
import hashlib
import os
import queue
import threading
from collections.abc import Iterator

from physforge.progress import track

#: Bytes that the kernel copies at a time.
STEP = 8 * 2**20

#: Bytes that are hashed at a time.
BLOCK = 2**20

#: Files below this are copied without a thread, in bytes.
SMALL = 2**20

#: Files above this may show a progress bar, in bytes.
LONG = 256 * 2**20

# What a kernel or file system says that cannot copy by itself.
_CANNOT = frozenset({errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF})


def copy_and_hash(source: int, target: int, size: int, description: str = "") -> tuple[str, int]:
    """Copy a file, put it on the disk, and hash the copy.

    Parameters
    ----------
    source : int
        File descriptor, read from where it stands to its end.
    target : int
        File descriptor of an empty file, open for reading and writing.
    size : int
        Expected number of bytes; decides only how the work is shared.
    description : str, optional
        For a progress bar, shown for more than `LONG` bytes.

    Returns
    -------
    sha256 : str
        Of the bytes in the target, whatever happens to the source meanwhile.
    size : int
        Number of bytes copied.

    Notes
    -----
    A thread lets the kernel copy (sharing the blocks where the file system can) and
    then waits for the disk; hashing follows behind it, from the page cache. So
    registering a file costs little more than hashing it.
    """
    if size < SMALL:
        return _copy_small(source, target)
    copier = _Copier(source, target)
    copier.start()
    digest = hashlib.sha256()
    position = 0
    buffer = memoryview(bytearray(BLOCK))
    progress = copier.progress()
    try:
        for end in track(progress, description, total=-(-size // STEP)) if size > LONG else progress:
            while position < end:
                count = os.preadv(target, [buffer[: min(BLOCK, end - position)]], position)
                digest.update(buffer[:count])
                position += count
    except BaseException:
        copier.give_up()
        raise
    copier.finish()
    return digest.hexdigest(), position


class _Copier(threading.Thread):
    """Copies ahead of the hashing, and says how far it is."""

    def __init__(self, source: int, target: int) -> None:
        super().__init__(name="physforge-copy", daemon=True)
        self._source, self._target = source, target
        self._reached: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._stopped = False
        self._error: OSError | None = None

    def run(self) -> None:
        try:
            reached = 0
            step = _kernel_step
            while not self._stopped:
                copied = step(self._source, self._target)
                if copied is None:
                    step = _read_write_step
                    continue
                if copied == 0:
                    break
                reached += copied
                self._reached.put(reached)
            self._reached.put(None)
            if not self._stopped:
                os.fsync(self._target)
        except OSError as error:
            self._error = error
            self._reached.put(None)

    def progress(self) -> Iterator[int]:
        while (reached := self._reached.get()) is not None:
            yield reached

    def give_up(self) -> None:
        self._stopped = True
        self.join()

    def finish(self) -> None:
        self.join()
        if self._error is not None:
            raise self._error


def _kernel_step(source: int, target: int) -> int | None:
    """Let the kernel copy; None where it cannot."""
    if not hasattr(os, "copy_file_range"):
        return None
    try:
        return os.copy_file_range(source, target, STEP)
    except OSError as error:
        if error.errno in _CANNOT:
            return None
        raise


def _read_write_step(source: int, target: int) -> int:
    block = os.read(source, BLOCK)
    write_all(target, block)
    return len(block)


def _copy_small(source: int, target: int) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    while block := os.read(source, BLOCK):
        write_all(target, block)
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def write_all(target: int, block: bytes | memoryview) -> None:
    """Write a whole block, however often the system asks for it.

    Parameters
    ----------
    target : int
        File descriptor.
    block : bytes or memoryview
        What to write.
    """
    view = memoryview(block)
    while view:
        view = view[os.write(target, view) :]
