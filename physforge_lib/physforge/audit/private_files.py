"""Small files that their owner alone can read, written in one step."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from physforge.errors import AuditError


def make_private_folder(folder: Path) -> None:
    """Make a folder for its owner alone, and refuse one that others can enter.

    Parameters
    ----------
    folder : pathlib.Path
        With its parents.

    Raises
    ------
    AuditError
        If others can enter it, or it belongs to somebody else.
    """
    make_folder(folder)
    check_private(folder)


def make_folder(folder: Path) -> None:
    """Make a folder, for its owner alone where it is new.

    Parameters
    ----------
    folder : pathlib.Path
        With its parents; what root makes belongs to whom the parent belongs.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
        give_to_owner(folder)


def check_private(path: Path) -> None:
    """Refuse a file or folder that others can read.

    Parameters
    ----------
    path : pathlib.Path
        It exists.

    Raises
    ------
    AuditError
        If others have any right to it, or it belongs to somebody else (whose keys root
        may use).
    """
    facts = path.stat()
    if facts.st_mode & 0o077:
        raise AuditError(
            f"{path} holds secrets of the event log, and others can read it (mode {stat.S_IMODE(facts.st_mode):04o}); "
            f"find out who did, then chmod go= {path}."
        )
    if os.geteuid() not in (0, facts.st_uid):
        raise AuditError(f"{path} belongs to user {facts.st_uid}; run this as that user, or as root.")


def create_private(path: Path, content: bytes) -> bool:
    """Write a file that does not exist yet.

    Parameters
    ----------
    path : pathlib.Path
        Its folder exists; the file gets the folder's owner.
    content : bytes
        Whole contents.

    Returns
    -------
    bool
        False if somebody else was first; theirs is untouched then.
    """
    scratch = _written(path, content)
    try:
        os.link(scratch, path)
    except FileExistsError:
        return False
    finally:
        scratch.unlink()
    sync_folder(path.parent)
    return True


def replace_private(path: Path, content: bytes) -> None:
    """Write a file over another one, whose bytes are overwritten.

    Parameters
    ----------
    path : pathlib.Path
        It need not exist.
    content : bytes
        Whole contents.

    Notes
    -----
    A file system that copies on write, a disk that spreads its writes, and backups
    may still hold the old bytes.
    """
    scratch = _written(path, content)
    try:
        old = os.open(path, os.O_RDWR) if path.exists() else None
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    if old is not None:
        try:
            os.write(old, os.urandom(os.fstat(old).st_size))
            os.fsync(old)
        finally:
            os.close(old)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until a folder's entries are on the disk.

    Parameters
    ----------
    folder : pathlib.Path
        It exists.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def give_to_owner(path: Path) -> None:
    """Give what root made to whom its folder belongs, so that the workbench can use it.

    Parameters
    ----------
    path : pathlib.Path
        Made just now.
    """
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _written(path: Path, content: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    give_to_owner(Path(name))
    return Path(name)
