"""Copy a file and hash what is written, in one pass."""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

from physforge.progress import track

#: Bytes that are written at a time; of half as many the hand-over between threads is felt, of twice as many the
#: wait for the last ones.
BLOCK = 2 * 2**20

#: Bytes that are read and hashed at a time: few enough to be hashed in the processor's cache.
PIECE = 2**18

#: Blocks under way between reading and writing.
BLOCKS = 4

#: Files below this are copied without a thread, in bytes.
SMALL = 2**20

#: Files above this may show a progress bar, in bytes.
LONG = 256 * 2**20

# Disks write whole sectors; this is a multiple of every sector size in use.
_SECTOR = 4096


def copy_and_hash(source: int, target: int, size: int, description: str = "") -> tuple[str, int]:
    """Copy a file, put it on the disk, and hash what was written.

    Parameters
    ----------
    source : int
        File descriptor, read from where it stands to its end.
    target : int
        File descriptor of an empty file, open for writing.
    size : int
        Expected number of bytes; decides only how the work is done.
    description : str, optional
        For a progress bar, shown for more than `LONG` bytes.

    Returns
    -------
    sha256 : str
        Of the bytes in the target, whatever happens to the source meanwhile.
    size : int
        Number of bytes copied. Fewer than `SMALL` need not be on the disk yet, so that
        many small files can go there together.

    Notes
    -----
    While one block is read and hashed, a thread writes those before it, past the page cache
    where the file system allows (``O_DIRECT``): a copy in the cache would cost more
    than the hash, and push out what others use. So registering a file costs little
    more than hashing it.
    """
    if size < SMALL or not hasattr(os, "pwrite"):
        return _copy_small(source, target)
    writer = _Writer(target)
    writer.start()
    digest = hashlib.sha256()
    position = 0
    blocks = _blocks(source, writer, digest)
    try:
        for buffer, count in track(blocks, description, total=-(-size // BLOCK)) if size > LONG else blocks:
            writer.write(buffer, count, position)
            position += count
    finally:
        writer.finish()
    writer.settle(position)
    return digest.hexdigest(), position


class _Writer(threading.Thread):
    """Writes blocks while others are hashed. After an error it only gives buffers back."""

    def __init__(self, target: int) -> None:
        super().__init__(name="physforge-write", daemon=True)
        self._target = target
        self._is_direct = _bypass_cache(target, True)
        self._work: queue.SimpleQueue[tuple[memoryview, int, int] | None] = queue.SimpleQueue()
        self._free: queue.SimpleQueue[memoryview] = queue.SimpleQueue()
        memory = memoryview(_pages(BLOCKS * BLOCK))
        for start in range(0, BLOCKS * BLOCK, BLOCK):
            self._free.put(memory[start : start + BLOCK])
        self.error: OSError | None = None

    def buffer(self) -> memoryview:
        return self._free.get()

    def write(self, buffer: memoryview, count: int, position: int) -> None:
        self._work.put((buffer, count, position))

    def run(self) -> None:
        while (item := self._work.get()) is not None:
            buffer, count, position = item
            try:
                if self.error is None:
                    self._write(buffer, count, position)
            except OSError as error:
                self.error = error
            self._free.put(buffer)

    def finish(self) -> None:
        self._work.put(None)
        self.join()

    def settle(self, size: int) -> None:
        if self.error is not None:
            raise self.error
        # The last block was written as whole sectors.
        os.ftruncate(self._target, size)
        os.fsync(self._target)

    def _write(self, buffer: memoryview, count: int, position: int) -> None:
        length = -(-count // _SECTOR) * _SECTOR
        done = 0
        while done < length:
            try:
                done += os.pwrite(self._target, buffer[done:length], position + done)
            except OSError as error:
                # Some file systems refuse only when it comes to writing.
                if not self._is_direct or error.errno != errno.EINVAL:
                    raise
                self._is_direct = _bypass_cache(self._target, False)


def _blocks(source: int, writer: _Writer, digest: hashlib._Hash) -> Iterator[tuple[memoryview, int]]:
    """Read and hash block by block; all but the last are full, or writes would leave the sectors."""
    while writer.error is None:
        buffer = writer.buffer()
        count = 0
        while count < BLOCK and (read := os.readv(source, [buffer[count : count + PIECE]])):
            digest.update(buffer[count : count + read])
            count += read
        if count == 0:
            return
        yield buffer, count


def _pages(size: int) -> mmap.mmap:
    """Return memory that begins at a sector's multiple, in large pages where there are such."""
    memory = mmap.mmap(-1, size)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


def _bypass_cache(target: int, bypass: bool) -> bool:
    """Ask for writes past the page cache, or no longer, and say whether that is so now."""
    if sys.platform != "linux":
        return False
    import fcntl

    flags = fcntl.fcntl(target, fcntl.F_GETFL)
    wanted = flags | os.O_DIRECT if bypass else flags & ~os.O_DIRECT
    try:
        fcntl.fcntl(target, fcntl.F_SETFL, wanted)
    except OSError:
        return False
    return bypass


def _copy_small(source: int, target: int) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    while block := os.read(source, PIECE):
        write_all(target, block)
        digest.update(block)
        size += len(block)
    if size >= SMALL:
        os.fsync(target)
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
