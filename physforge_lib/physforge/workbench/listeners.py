"""Find out whose program listens on a port."""

from __future__ import annotations

from pathlib import Path

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTENING = "0A"
_ADDRESS, _STATE, _UID = 1, 3, 7


def listening_uid(port: int) -> int | None:
    """Return the user id behind a listening TCP port of this machine.

    Parameters
    ----------
    port : int
        A TCP port.

    Returns
    -------
    int or None
        None when nothing listens there, or the system does not say.
    """
    for table in _TABLES:
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[_STATE] == _LISTENING and int(fields[_ADDRESS].rpartition(":")[2], 16) == port:
                return int(fields[_UID])
    return None
