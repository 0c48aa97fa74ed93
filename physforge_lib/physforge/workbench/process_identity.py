"""Tell a process from a later one that was given the same id."""

from __future__ import annotations

from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
#: Of the fields after the program's name in ``/proc/PID/stat``: ticks since boot at its start.
_START_FIELD = 19


def identity_of(pid: int) -> str | None:
    """Return a text that no other process has, before or after a reboot.

    Parameters
    ----------
    pid : int
        A process id.

    Returns
    -------
    str or None
        None when there is no such process.
    """
    try:
        # The name is in brackets and may hold anything, brackets and spaces too.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        boot = _BOOT.read_text(encoding="utf-8").strip() if _BOOT.exists() else ""
    except OSError:
        return None
    return f"{boot}/{fields[_START_FIELD]}" if len(fields) > _START_FIELD else None
