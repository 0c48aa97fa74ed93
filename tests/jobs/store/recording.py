"""Record what SQLite writes and syncs, and build the files anew as a power cut may leave them.

A shim in front of SQLite's own access to files, made with ctypes in the very library that
Python's sqlite3 uses: every write, truncation, sync and deletion is done, and noted.

What a cut leaves of a file is what was written before its last sync, and of what was
written since, in any order and in sectors of 512 bytes, all, nothing, the first part, or
here a piece and there a piece. What the model takes for granted: the disk keeps what it
said that it has synced, and leaves sectors whole.
"""

import ctypes
import itertools
import random
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512

#: Words of an sqlite3_io_methods of version 3, and the places of what is replaced.
_METHODS, _WRITE, _TRUNCATE, _SYNC = 19, 3, 4, 5

#: Flags of files that are opened: to be made, and a journal of any kind.
_CREATE, _JOURNALS = 0x4, 0x800 | 0x4000 | 0x80000

# The path as an address: SQLite holds on to the very text that it hands over.
_Open = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_Delete = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
_Write = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_Truncate = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)
_Sync = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("longest_path", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("open", ctypes.c_void_p),
        ("delete", ctypes.c_void_p),
        ("others", ctypes.c_void_p * 14),
    )


@dataclass(frozen=True)
class Step:
    """Something that was done to a file, or said to a caller.

    `since` is, of a sync, how many steps there were when it began: those it covers. With
    `folder` it is a sync of the folder, too, which makes deletions last.
    """

    what: str
    path: str
    data: bytes = b""
    place: int = 0
    since: int = 0
    folder: bool = False


@dataclass
class Recording:
    """Steps in their order; before `begin` lies what is not of interest."""

    steps: list[Step] = field(default_factory=list)
    begin: int = 0

    def acknowledge(self, name: str) -> None:
        """Note that a caller was told that something is stored."""
        self.steps.append(Step("acknowledged", name))

    def acknowledged(self, cut: int) -> set[str]:
        return {step.path for step in self.steps[:cut] if step.what == "acknowledged"}

    def leave(self, cut: int, folder: Path, draw: random.Random) -> None:
        """Write the files as they may be after a power cut before step `cut`."""
        steps = self.steps[:cut]
        for path in {step.path for step in steps if step.what in ("write", "truncate")}:
            own = [(place, step) for place, step in enumerate(steps) if step.path == path]
            content = _left(own, max((step.since for step in steps if step.folder), default=0), draw)
            if content is not None:
                (folder / Path(path).name).write_bytes(content)


def _left(steps: Sequence[tuple[int, Step]], folder_synced: int, draw: random.Random) -> bytearray | None:
    """Return what is left of a file; None if there is no such file."""
    synced = max((step.since for _, step in steps if step.what == "sync"), default=0)
    content: bytearray | None = None
    for place, step in steps:
        chance = None if place < synced else draw
        if step.what == "delete":
            if place >= folder_synced and draw.random() < 0.5:
                return content  # what was written later was another file, whose name was not on the disk
            content = None
        elif step.what in ("write", "truncate"):
            if content is None and chance is not None and chance.random() < 0.5:
                return None
            content = bytearray() if content is None else content
            _apply(content, step, chance)
    return content


def _apply(content: bytearray, step: Step, draw: random.Random | None) -> None:
    """Do a step to a file's content; of one that was not synced, as much as is drawn."""
    if step.what == "truncate":
        if draw is None or draw.random() < 0.5:
            del content[step.place :]
        return
    for start, stop in _kept(step, draw):
        content.extend(bytes(max(step.place + stop - len(content), 0)))
        content[step.place + start : step.place + stop] = step.data[start:stop]


def _kept(step: Step, draw: random.Random | None) -> Sequence[tuple[int, int]]:
    size = len(step.data)
    mode = "all" if draw is None else draw.choice(("all", "nothing", "first", "pieces"))
    if draw is None or mode == "all":
        return [(0, size)]
    if mode == "nothing":
        return []
    # Sectors are those of the disk, wherever the write begins.
    borders = sorted({0, size, *range(SECTOR - step.place % SECTOR, size, SECTOR)})
    sectors = list(itertools.pairwise(borders))
    if mode == "first":
        return sectors[: draw.randrange(len(sectors) + 1)]
    return [sector for sector in sectors if draw.random() < 0.5]


class Shim:
    """While installed, SQLite's own access to files with a recording.

    Raises
    ------
    RuntimeError
        If Python's sqlite3 has SQLite built in, so that there is no library to hold on to.
    """

    def __init__(self) -> None:
        self.recording = Recording()
        self._library = _library()
        self._library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        self._plain = self._library.sqlite3_vfs_find(None)
        self._vfs = _Vfs.from_buffer_copy(self._plain.contents)
        self._vfs.name = b"recording"
        self._files: dict[int, tuple[str, int]] = {}
        self._new: set[int] = set()
        self._methods: dict[int, ctypes.Array] = {}
        # Kept: ctypes' functions live as long as somebody refers to them.
        self._calls = (_Open(self._open), _Delete(self._delete), _Write(self._write), _Truncate(self._truncate))
        self._sync_call = _Sync(self._sync)
        self._vfs.open, self._vfs.delete = (_address(call) for call in self._calls[:2])

    def __enter__(self) -> Recording:
        self._library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1)
        return self.recording

    def __exit__(self, *_error: object) -> None:
        self._library.sqlite3_vfs_register(self._plain, 1)

    def _open(self, _vfs, path, file, flags, out) -> int:
        code = _Open(self._plain.contents.open)(ctypes.addressof(self._plain.contents), path, file, flags, out)
        methods = ctypes.cast(file, ctypes.POINTER(ctypes.c_void_p))[0]
        if code == 0 and methods and path:
            self._files[file] = ctypes.string_at(path).decode(), methods
            ctypes.cast(file, ctypes.POINTER(ctypes.c_void_p))[0] = ctypes.addressof(self._replaced(methods))
            (self._new.add if flags & _CREATE and flags & _JOURNALS else self._new.discard)(file)
        return code

    def _replaced(self, methods: int) -> ctypes.Array:
        if methods not in self._methods:
            copy = (ctypes.c_void_p * _METHODS).from_buffer_copy((ctypes.c_void_p * _METHODS).from_address(methods))
            copy[_WRITE], copy[_TRUNCATE] = (_address(call) for call in self._calls[2:])
            copy[_SYNC] = _address(self._sync_call)
            self._methods[methods] = copy
        return self._methods[methods]

    def _of(self, file: int, place: int) -> tuple[str, int]:
        path, methods = self._files[file]
        return path, (ctypes.c_void_p * _METHODS).from_address(methods)[place]

    def _delete(self, _vfs, path, sync) -> int:
        code = _Delete(self._plain.contents.delete)(ctypes.addressof(self._plain.contents), path, sync)
        if code == 0:
            steps = self.recording.steps
            steps.append(Step("delete", path.decode()))
            if sync:
                steps.append(Step("sync", path.decode(), since=len(steps), folder=True))
        return code

    def _write(self, file, data, size, place) -> int:
        path, real = self._of(file, _WRITE)
        code = _Write(real)(file, data, size, place)
        self.recording.steps.append(Step("write", path, ctypes.string_at(data, size), place))
        return code

    def _truncate(self, file, size) -> int:
        path, real = self._of(file, _TRUNCATE)
        code = _Truncate(real)(file, size)
        self.recording.steps.append(Step("truncate", path, place=size))
        return code

    def _sync(self, file, flags) -> int:
        path, real = self._of(file, _SYNC)
        since = len(self.recording.steps)
        code = _Sync(real)(file, flags)
        # SQLite syncs the folder together with a journal that it has just made.
        self.recording.steps.append(Step("sync", path, since=since, folder=file in self._new))
        self._new.discard(file)
        return code


def _address(call: object) -> int | None:
    return ctypes.cast(call, ctypes.c_void_p).value  # type: ignore[arg-type]


def _library() -> ctypes.CDLL:
    """Load the library that Python's sqlite3 has loaded already."""
    lines = Path("/proc/self/maps").read_text().splitlines() if Path("/proc/self/maps").exists() else []
    found = next((line.split()[-1] for line in lines if "libsqlite3" in line), None)
    if found is None:
        raise RuntimeError(f"SQLite {sqlite3.sqlite_version} is part of this Python, and no library of its own")
    return ctypes.CDLL(found)
