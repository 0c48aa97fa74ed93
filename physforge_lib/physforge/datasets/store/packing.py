"""A zarr folder as one stream, in which files that the other side has are named and not sent.

The stream is a line ``physforge-folder 1 <bytes>``, a header of so many bytes, and the
contents of the files that the header marks with ``+``, one after the other. A line of the
header is ``<sha256> <bytes> <+ or => <path>``; lines are in the order of paths. Nothing is
compressed, so that nothing can be larger than it looks; there are no links and no modes.
"""

from __future__ import annotations

import bisect
import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from physforge.datasets.store.blobs import BLOCK, BlobStore
from physforge.datasets.store.capture import (
    BATCH_BYTES,
    BATCH_FILES,
    ZARR_MARKS,
    Content,
    files_in,
)
from physforge.datasets.store.tree import check_path, write_manifest
from physforge.datasets.store.writing import BlobWriting
from physforge.errors import DatasetError
from physforge.progress import track

#: Largest header that is read, in bytes: some 500,000 files.
MAX_HEADER = 64 * 2**20

#: Longest first line.
_FIRST = 64

_BEGIN = re.compile(rb"physforge-folder 1 ([0-9]{1,9})\n")
_LINE = re.compile(r"([0-9a-f]{64}) (0|[1-9][0-9]{0,17}) ([+=]) ([^\n]+)")


@dataclass(frozen=True)
class PackedFile:
    """A file of a packed folder.

    Parameters
    ----------
    path : str
        Relative, with slashes.
    sha256 : str
        Of its content.
    size : int
        Bytes.
    is_sent : bool
        Whether the stream holds the content.
    """

    path: str
    sha256: str
    size: int
    is_sent: bool


class PackedFolder:
    """A folder of this machine as a stream; nothing is copied.

    Parameters
    ----------
    folder : pathlib.Path
        With zarr metadata; it must not change meanwhile.
    known : collection of str, default ()
        SHA-256 of contents that are not sent.
    """

    def __init__(self, folder: Path, known: Collection[str] = ()) -> None:
        check_is_zarr(folder, {mark for mark in ZARR_MARKS if (folder / mark).is_file()})
        self._folder = folder
        self.files = tuple(self._read(known))
        header = "".join(
            f"{one.sha256} {one.size} {'+' if one.is_sent else '='} {one.path}\n" for one in self.files
        ).encode()
        self._header = b"physforge-folder 1 %d\n%b" % (len(header), header)
        self._sent = [one for one in self.files if one.is_sent]
        self._starts = [len(self._header)]
        for one in self._sent:
            self._starts.append(self._starts[-1] + one.size)

    @property
    def size(self) -> int:
        """Bytes of the stream."""
        return self._starts[-1]

    @cached_property
    def folder_sha256(self) -> str:
        """SHA-256 of the folder, as `physforge.datasets.files.sha256_of` says it."""
        return hashlib.sha256(write_manifest({one.path: one.sha256 for one in self.files})).hexdigest()

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the stream."""
        digest = hashlib.sha256(self._header)
        for one in self._sent:
            with (self._folder / one.path).open("rb") as stream:
                while block := stream.read(BLOCK):
                    digest.update(block)
        return digest.hexdigest()

    def read(self, offset: int, count: int) -> bytes:
        """Read a part of the stream.

        Parameters
        ----------
        offset, count : int
            Where it begins, and how many bytes at most.

        Returns
        -------
        bytes
            Fewer only at the end of the stream.

        Raises
        ------
        DatasetError
            If a file became shorter.
        """
        parts = [self._header[offset : offset + count]]
        position = max(offset, len(self._header))
        end = min(offset + count, self.size)
        while position < end:
            index = bisect.bisect_right(self._starts, position) - 1
            start, stop = self._starts[index], self._starts[index + 1]
            wanted = min(end, stop) - position
            path = self._folder / self._sent[index].path
            with path.open("rb") as stream:
                stream.seek(position - start)
                part = stream.read(wanted)
            if len(part) != wanted:
                raise DatasetError(f"{path.name}: it became shorter while it was sent.")
            parts.append(part)
            position += wanted
        return b"".join(parts)

    def _read(self, known: Collection[str]) -> Iterator[PackedFile]:
        # In the manifest's order, so that equal folders give equal streams.
        paths = {path.relative_to(self._folder).as_posix(): path for path in files_in(self._folder)}
        ordered = sorted(paths, key=PurePosixPath)
        for name in track(ordered, f"Hashing {self._folder.name}") if len(ordered) > BATCH_FILES else ordered:
            check_path(name)
            with paths[name].open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
                size = stream.tell()
            yield PackedFile(name, sha256, size, sha256 not in known)


@dataclass(frozen=True)
class ReceivedFolder:
    """A packed folder that arrived.

    Parameters
    ----------
    stream : pathlib.Path
        The file that holds it.
    name : str
        What the sender's folder is called.
    known : frozenset of str
        Blobs that it may name without sending them.
    accept : callable
        Told the bytes of the whole folder before anything of it is registered; refuses by
        raising.
    """

    stream: Path
    name: str
    known: frozenset[str]
    accept: Callable[[int], None]


def capture_received(received: ReceivedFolder, writing: BlobWriting, blobs: BlobStore) -> Content:
    """Copy a packed folder into a store.

    Parameters
    ----------
    received : ReceivedFolder
        What came.
    writing : BlobWriting
        Where to.
    blobs : BlobStore
        Where what was not sent is.

    Returns
    -------
    Content
        As if the folder had been copied from this machine.

    Raises
    ------
    DatasetError
        If the stream is malformed, leads out of the folder, names what its sender may not
        refer to, or is not what it says.
    """
    with received.stream.open("rb") as stream:
        files = read_header(stream)
        left = received.stream.stat().st_size - stream.tell()
        if sum(one.size for one in files if one.is_sent) != left:
            raise DatasetError("The packed folder does not have the length that its header says.")
        check_is_zarr(Path(received.name), {one.path for one in files})
        total = sum(_size_of(one, received.known, blobs) for one in files)
        received.accept(total)
        batch = count = 0
        for one in files:
            if not one.is_sent:
                continue
            written = writing.copy(_Part(stream, one.size))  # type: ignore[arg-type]
            if written.sha256 != one.sha256:
                raise DatasetError(f"{one.path!a:.100} in the packed folder does not have the SHA-256 that it should.")
            batch, count = batch + one.size, count + 1
            if batch > BATCH_BYTES or count >= BATCH_FILES:
                writing.publish()
                batch = count = 0
    writing.reuse({one.sha256 for one in files if not one.is_sent})
    manifest = writing.put(write_manifest({one.path: one.sha256 for one in files}))
    used = frozenset({manifest.sha256, *(one.sha256 for one in files)})
    return Content(manifest.sha256, total, "tree", "zarr", received.name, used)


def read_header(stream: BinaryIO) -> Sequence[PackedFile]:
    """Read what a stream says that it holds.

    Parameters
    ----------
    stream : file object
        At its beginning; afterwards where the first content begins.

    Returns
    -------
    sequence of PackedFile
        Whose paths lie in the folder, each once.

    Raises
    ------
    DatasetError
        If it is malformed, or a path is refused.
    """
    begin = _BEGIN.fullmatch(stream.readline(_FIRST))
    if begin is None or int(begin[1]) > MAX_HEADER:
        raise DatasetError("This is no packed folder; a zarr folder is sent by physforge dataset upload.")
    try:
        header = stream.read(int(begin[1])).decode()
    except UnicodeDecodeError as error:
        raise DatasetError("The header of the packed folder is no UTF-8.") from error
    files = []
    for line in header.split("\n")[:-1]:
        found = _LINE.fullmatch(line)
        if found is None:
            raise DatasetError(f"The packed folder has the line {line!a:.100} in its header, which is refused.")
        check_path(found[4])
        files.append(PackedFile(found[4], found[1], int(found[2]), found[3] == "+"))
    paths = [one.path for one in files]
    if not header.endswith("\n") or paths != sorted(set(paths), key=PurePosixPath):
        raise DatasetError("The header of the packed folder is cut off, or not in the order of its paths.")
    folders = {str(parent) for one in files for parent in PurePosixPath(one.path).parents}
    both = next((one.path for one in files if one.path in folders), None)
    if both is not None:
        raise DatasetError(f"{both!a:.100} in the packed folder is a file and a folder.")
    return files


def check_is_zarr(folder: Path, files: Collection[str]) -> None:
    """Refuse a folder that is no zarr folder.

    Parameters
    ----------
    folder : pathlib.Path
        For its name.
    files : collection of str
        What lies in it.

    Raises
    ------
    DatasetError
        If there is no zarr metadata among them.
    """
    if not any(mark in files for mark in ZARR_MARKS):
        raise DatasetError(f"{folder.name}: it is a folder without zarr metadata; add its files one by one.")


def _size_of(file: PackedFile, known: frozenset[str], blobs: BlobStore) -> int:
    if file.is_sent:
        return file.size
    if file.sha256 not in known:
        raise DatasetError(f"{file.path!a:.100} was not sent, and is not in the version that it should be in.")
    # What the sender says of it counts for nothing.
    return blobs.size(file.sha256)


class _Part:
    """The next bytes of a stream, as a stream of their own."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._left = stream, size

    def readinto(self, buffer: memoryview) -> int:
        part = self._stream.read(min(self._left, len(buffer)))
        self._left -= len(part)
        buffer[: len(part)] = part
        return len(part)
