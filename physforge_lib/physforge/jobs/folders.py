"""Where artifacts and checkpoints lie: folders that appear whole, and are known by the database alone."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from physforge.errors import JobError

Kind = Literal["artifacts", "checkpoints"]

_INCOMING = ".incoming-"


class Folders:
    """Folders ``artifacts/JOB/ATTEMPT-XXXXXXXX`` and ``checkpoints/JOB/ATTEMPT-XXXXXXXX``.

    Two that hand in the same attempt never write to the same folder; which of them counts,
    the database says.

    Parameters
    ----------
    root : pathlib.Path
        Made when first written to, readable by its owner alone.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.expanduser().absolute()

    def __repr__(self) -> str:
        return f"Folders({str(self._root)!r})"

    def path(self, kind: Kind, name: str) -> Path:
        """Return the folder with a name.

        Parameters
        ----------
        kind : {"artifacts", "checkpoints"}
            Of what.
        name : str
            From the database.

        Returns
        -------
        pathlib.Path
            It may be gone.
        """
        return self._root / kind / name

    def take_in(self, kind: Kind, job_id: str, attempt: int, source: Path) -> tuple[str, int]:
        """Copy a folder; it is on the disk, and whole, when it gets its name.

        Parameters
        ----------
        kind : {"artifacts", "checkpoints"}
            Of what.
        job_id : str
            A UUID.
        attempt : int
            Which attempt made it.
        source : pathlib.Path
            What to copy; where the file system allows, its files are linked and not copied.

        Returns
        -------
        name : str
            For `path`.
        size : int
            Bytes of its files.

        Raises
        ------
        JobError
            If there is no such folder, it holds anything but files and folders, or the
            disk is full.
        """
        paths = sorted(_checked(source))
        name = f"{job_id}/{attempt}-{secrets.token_hex(4)}"
        final = self.path(kind, name)
        incoming = final.parent / f"{_INCOMING}{final.name}"
        try:
            self._make(final.parent)
            incoming.mkdir(mode=0o700)
            size = _copy(source, paths, incoming)
            incoming.rename(final)
            _sync(final.parent)
        except OSError as error:
            shutil.rmtree(incoming, ignore_errors=True)
            raise JobError(f"The folder {source} cannot be kept in {self._root}: {error.strerror or error}.") from error
        return name, size

    def remove(self, kind: Kind, name: str | None) -> None:
        """Delete a folder, if there is one.

        Parameters
        ----------
        kind : {"artifacts", "checkpoints"}
            Of what.
        name : str or None
            From the database.
        """
        if name is not None:
            shutil.rmtree(self.path(kind, name), ignore_errors=True)

    def keep_only(self, kind: Kind, job_id: str, name: str | None) -> None:
        """Delete what processes that were killed left of a job that has ended.

        Parameters
        ----------
        kind : {"artifacts", "checkpoints"}
            Of what.
        job_id : str
            A UUID.
        name : str or None
            What counts.
        """
        folder = self.path(kind, job_id)
        kept = None if name is None else self.path(kind, name)
        if folder.is_dir():
            for one in folder.iterdir():
                if one != kept:
                    shutil.rmtree(one, ignore_errors=True)
            if kept is None:
                with contextlib.suppress(OSError):  # another process puts something into it
                    folder.rmdir()

    def jobs(self, kind: Kind) -> list[str]:
        """Return the jobs that have folders.

        Parameters
        ----------
        kind : {"artifacts", "checkpoints"}
            Of what.

        Returns
        -------
        list of str
            Their ids.
        """
        folder = self._root / kind
        return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []

    def _make(self, folder: Path) -> None:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for one in reversed(missing):
            one.mkdir(exist_ok=True, mode=0o700)
            _sync(one.parent)


def copy_folder(source: Path, target: Path) -> None:
    """Copy a kept folder to where somebody may write; it appears whole.

    Parameters
    ----------
    source : pathlib.Path
        From `Folders.path`.
    target : pathlib.Path
        It must not exist.

    Raises
    ------
    JobError
        If it exists, or cannot be written.
    """
    if target.exists():
        raise JobError(f"{target} exists already; give a folder that does not.")
    part = target.with_name(f"{_INCOMING}{target.name}-{secrets.token_hex(4)}")
    try:
        shutil.copytree(source, part)
        part.rename(target)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise JobError(f"{source} cannot be copied to {target}: {error}.") from error


def _checked(source: Path) -> Iterator[Path]:
    """Yield what is in a folder; a link would publish what lies elsewhere."""
    if source.is_symlink() or not source.is_dir():
        raise JobError(f"There is no folder {source} that could be kept.")
    for path in source.rglob("*"):
        mode = path.lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise JobError(
                f"{path.relative_to(source).as_posix()!r} is neither a file nor a folder (a link, perhaps), and is not "
                "kept; write the content itself."
            )
        yield path


def _copy(source: Path, paths: list[Path], target: Path) -> int:
    size = 0
    folders = [target]
    for path in paths:
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir(mode=0o700)
            folders.append(copy)
            continue
        try:
            os.link(path, copy, follow_symlinks=False)
        except OSError:  # another file system, or somebody else's file
            shutil.copyfile(path, copy, follow_symlinks=False)
        _sync(copy)
        size += copy.lstat().st_size
    for folder in reversed(folders):
        _sync(folder)
    return size


def _sync(path: Path) -> None:
    # Windows cannot open a folder, and needs no such call.
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
