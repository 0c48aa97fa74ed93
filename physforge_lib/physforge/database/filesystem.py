"""Say whether a folder lies on a network file system, where SQLite's write-ahead log does not work."""

from __future__ import annotations

import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")

#: File systems whose memory maps are not shared between machines.
NETWORK_TYPES = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.s3fs",
        "fuse.sshfs",
        "gfs2",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "smb3",
        "smbfs",
        "virtiofs",
    }
)


def is_network(path: Path, mounts: str | None = None) -> bool:
    """Say whether a path lies on a network file system.

    Parameters
    ----------
    path : pathlib.Path
        It need not exist yet.
    mounts : str, optional
        Text in the layout of ``/proc/self/mountinfo``; what the kernel says by default.

    Returns
    -------
    bool
        False where the system does not tell (other systems than Linux).

    Examples
    --------
    >>> mounts = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\\n2 1 0:9 / /home rw - nfs4 server:/home rw"
    >>> is_network(Path("/home/ada"), mounts), is_network(Path("/var"), mounts)
    (True, False)
    """
    if mounts is None:
        if not _MOUNTS.exists():
            return False
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
        path = path.resolve()
    best, kind = -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        point = Path(_unescape(before.split(" ")[4]))
        # A later mount hides an earlier one at the same place.
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), after.split(" ")[0]
    return kind in NETWORK_TYPES


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
