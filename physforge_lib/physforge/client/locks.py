"""Locks on open files, between processes."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import BinaryIO


def lock(stream: BinaryIO, *, shared: bool = False, wait: bool = True) -> bool:
    """Lock a file until it is closed.

    Parameters
    ----------
    stream : file object
        Open.
    shared : bool, default False
        Whether others that ask for it shared may have it too.
    wait : bool, default True
        Whether to wait for others to close it.

    Returns
    -------
    bool
        Whether it is locked. On Windows nothing is done, where an open file cannot be
        deleted anyway.
    """
    if sys.platform == "win32":
        return True
    import fcntl

    how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(stream, how)
    except BlockingIOError:
        return False
    return True


def is_still(stream: BinaryIO, path: Path) -> bool:
    """Say whether an open file is still the one at a path.

    Parameters
    ----------
    stream : file object
        Open.
    path : pathlib.Path
        Where it was.

    Returns
    -------
    bool
        False if it was deleted or replaced.
    """
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


@cache
def hold(path: Path) -> int:
    """Lock a file shared until the process ends.

    Parameters
    ----------
    path : pathlib.Path
        One that nobody deletes meanwhile.

    Returns
    -------
    int
        Its descriptor, which is never closed; there is one for each file.
    """
    handle = os.open(path, os.O_RDONLY)
    with os.fdopen(handle, "rb", closefd=False) as stream:
        lock(stream, shared=True)
    return handle
