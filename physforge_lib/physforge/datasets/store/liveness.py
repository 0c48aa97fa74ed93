"""Say whether the process that began some work still lives."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path


@cache
def this_place() -> str:
    """Name the machine, and the view of its processes that this one has.

    Returns
    -------
    str
        Host name, start of the machine, and namespace of process numbers; containers
        that share a host name differ in the last.
    """
    parts = [platform.node()]
    boot = Path("/proc/sys/kernel/random/boot_id")
    if boot.exists():
        parts.append(boot.read_text(encoding="ascii").strip())
        parts.append(Path("/proc/self/ns/pid").readlink().name)
    return ":".join(parts)[:255]


def this_process() -> str:
    """Name the process, so that a later one with its number is another one.

    Returns
    -------
    str
        Its number and, where the system tells, its start.
    """
    return f"{os.getpid()}:{_start_of(os.getpid())}"


def is_alive(process: str) -> bool:
    """Say whether a process of this place lives.

    Parameters
    ----------
    process : str
        From `this_process`.

    Returns
    -------
    bool
        True where the system does not tell.
    """
    number, _, start = process.partition(":")
    if os.name != "posix":
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _start_of(int(number)) == start


def _start_of(number: int) -> str:
    try:
        # The command in parentheses may hold blanks; the start is the 20th figure behind it.
        return Path(f"/proc/{number}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        return ""
