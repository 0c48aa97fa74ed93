"""Copy a file or a zarr folder into a store, refusing what cannot be copied faithfully."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from physforge.datasets.files import EXTENSIONS, find_reader
from physforge.datasets.store.tree import write_manifest
from physforge.datasets.store.writing import BlobWriting
from physforge.errors import DatasetError
from physforge.progress import track

#: Files of a folder are published when so many bytes, or so many files, have been copied.
BATCH_BYTES = 64 * 2**20
BATCH_FILES = 256

#: Formats whose files only point to others.
_POINTERS = {".pvd"}

#: Files that make a folder a zarr folder.
ZARR_MARKS = ("zarr.json", ".zgroup", ".zarray")


@dataclass(frozen=True)
class Content:
    """What was copied.

    Parameters
    ----------
    sha256 : str
        Of the file, or of the folder's manifest.
    size : int
        Bytes, of a folder those of its files.
    layout : {"file", "tree"}
        Whether the blob is the file or a manifest.
    format : str
        Name of the reader.
    original_name : str
        As the user's file was called; data, never a path.
    blobs : frozenset of str
        All blobs that it is made of.
    """

    sha256: str
    size: int
    layout: Literal["file", "tree"]
    format: str
    original_name: str
    blobs: frozenset[str]


def capture(
    path: Path,
    writing: BlobWriting,
    format: str | None = None,  # noqa: A002
    original_name: str | None = None,
) -> Content:
    """Copy a file or zarr folder.

    Parameters
    ----------
    path : pathlib.Path
        What to copy. A link to a file is followed; links inside a folder must stay in it.
    writing : BlobWriting
        Where to.
    format : str, optional
        The reader's name; by the extension by default.
    original_name : str, optional
        What the user's file is called, where `path` is a copy under another name.

    Returns
    -------
    Content
        Its last part still under temporary names.

    Raises
    ------
    DatasetError
        If it is missing, no regular file, of an unknown format, or changed while it
        was read.
    """
    if not path.exists():
        raise DatasetError(f"There is no file {path}; check the path (the current folder is {Path.cwd()}).")
    if path.is_dir():
        return _capture_folder(path, writing, format)
    name = original_name or path.name
    chosen = format or format_of(Path(name))
    if chosen not in EXTENSIONS.values():
        find_reader(chosen)
    with _opened(path) as stream:
        written = writing.copy(stream, f"Storing {name}")
    return Content(written.sha256, written.size, "file", chosen, name, frozenset({written.sha256}))


def _capture_folder(folder: Path, writing: BlobWriting, format: str | None) -> Content:  # noqa: A002
    if format not in (None, "zarr") or not any((folder / mark).is_file() for mark in ZARR_MARKS):
        raise DatasetError(f"{folder.name}: it is a folder without zarr metadata; add its files one by one.")
    paths = sorted(files_in(folder))
    files: dict[str, str] = {}
    total = batch = count = 0
    for path in track(paths, f"Storing {folder.name}") if len(paths) > BATCH_FILES else paths:
        with _opened(path) as stream:
            written = writing.copy(stream)
        files[path.relative_to(folder).as_posix()] = written.sha256
        total, batch, count = total + written.size, batch + written.size, count + 1
        if batch > BATCH_BYTES or count >= BATCH_FILES:
            writing.publish()
            batch = count = 0
    if sorted(files_in(folder)) != paths:
        raise _changed(folder)
    manifest = writing.put(write_manifest(files))
    return Content(manifest.sha256, total, "tree", "zarr", folder.name, frozenset({manifest.sha256, *files.values()}))


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder that is to be copied.

    Parameters
    ----------
    folder : pathlib.Path
        A zarr folder.

    Yields
    ------
    pathlib.Path
        In no order.

    Raises
    ------
    DatasetError
        For a name that cannot be shown, and a link that leaves the folder.
    """
    inside = folder.resolve()
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not name.isprintable():
            raise DatasetError(f"{folder.name}: the file name {name!a} is refused.")
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            raise DatasetError(f"{folder.name}: {name!r} is a link that leaves the folder, which is not followed.")
        if not path.is_dir():
            yield path


def format_of(path: Path) -> str:
    """Return the format that a file's extension tells.

    Parameters
    ----------
    path : pathlib.Path
        It need not exist.

    Returns
    -------
    str
        Name of a reader, perhaps of one that is not installed.

    Raises
    ------
    DatasetError
        If there is no extension, or only a file that points to others has it.
    """
    suffix = path.suffix.lower()
    if suffix in _POINTERS:
        raise DatasetError(
            f"{path.name}: it only points to other files, which the store would not hold; open it, and add the dataset."
        )
    name = EXTENSIONS.get(suffix) or suffix.removeprefix(".")
    if not name:
        raise DatasetError(f"{path.name}: it has no extension that tells its format; say format='csv', for example.")
    return name


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file, and refuse it if it changes meanwhile."""
    try:
        # A pipe or device must neither be read nor keep this process waiting.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise DatasetError(f"{path.name}: it cannot be read: {error.strerror}.") from error
    with os.fdopen(handle, "rb", buffering=0) as stream:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise DatasetError(f"{path.name}: it is no regular file, and is not read.")
        yield stream
        after = os.fstat(handle)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or stream.tell() != after.st_size:
            raise _changed(path)


def _changed(path: Path) -> DatasetError:
    return DatasetError(f"{path.name}: it changed while it was read; add it again when nothing writes to it.")
