"""Signed heads: how far the log went, kept where who writes to the database does not write."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from physforge.audit.keys import Keys, check_signature
from physforge.audit.private_files import give_to_owner, make_folder


@dataclass(frozen=True)
class Head:
    """The last row of a log at some moment.

    Parameters
    ----------
    log : str
        Id of the log.
    seq : int
        Number of its last row.
    hash : str
        That row's hash, which covers all before.
    time_us : int
        When it was signed, in microseconds since 1970 (UTC).
    signature : str
        Ed25519, 128 hexadecimal digits.
    """

    log: str
    seq: int
    hash: str
    time_us: int
    signature: str = ""

    @classmethod
    def signed(cls, keys: Keys, log: str, seq: int, row_hash: str, time_us: int) -> Self:
        """Sign a head.

        Parameters
        ----------
        keys : Keys
            Of the log.
        log : str
            Id of the log.
        seq : int
            Number of its last row.
        row_hash : str
            That row's hash.
        time_us : int
            The present moment.

        Returns
        -------
        Head
            With its signature.
        """
        return cls(log, seq, row_hash, time_us, keys.sign(cls(log, seq, row_hash, time_us).message()))

    def message(self) -> bytes:
        """Return what is signed.

        Returns
        -------
        bytes
            A JSON list in ASCII: the format's name, log, seq, hash and time.
        """
        covered = ["physforge-audit-head-1", self.log, self.seq, self.hash, self.time_us]
        return json.dumps(covered, separators=(",", ":")).encode("ascii")

    def is_genuine(self, public_key: str) -> bool:
        """Say whether the log signed it.

        Parameters
        ----------
        public_key : str
            The log's.

        Returns
        -------
        bool
            False for a forged one.
        """
        return check_signature(public_key, self.message(), self.signature)


class HeadFile:
    """Heads, one a line in JSON, only ever appended to.

    Parameters
    ----------
    path : pathlib.Path
        Best on another disk or machine; at least outside the database's folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, head: Head) -> None:
        """Add a head, and wait for the disk.

        Parameters
        ----------
        head : Head
            A signed one.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        is_new = not self.path.exists()
        if is_new:
            make_folder(self.path.parent)
        line = json.dumps(asdict(head)).encode("ascii") + b"\n"
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(handle).st_size
            # A power cut may have left half a line.
            broken = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            os.write(handle, b"\n" + line if broken else line)
            os.fsync(handle)
        finally:
            os.close(handle)
        if is_new:
            give_to_owner(self.path)

    def read(self) -> tuple[list[Head], int]:
        """Read all heads.

        Returns
        -------
        list of Head
            In the order in which they were written; signatures are not checked.
        int
            How many lines are no heads.
        """
        if not self.path.exists():
            return [], 0
        heads, unreadable = [], 0
        with self.path.open("rb") as stream:
            for line in stream:
                head = _parsed(line)
                if head is not None:
                    heads.append(head)
                elif line.strip():
                    unreadable += 1
        return heads, unreadable


def _parsed(line: bytes) -> Head | None:
    try:
        facts: Any = json.loads(line)
        return _head(facts) if isinstance(facts, Mapping) else None
    except (ValueError, KeyError):
        return None


def _head(facts: Mapping[str, Any]) -> Head | None:
    texts = all(isinstance(facts[name], str) for name in ("log", "hash", "signature"))
    numbers = all(type(facts[name]) is int for name in ("seq", "time_us"))
    if not texts or not numbers:
        return None
    return Head(facts["log"], facts["seq"], facts["hash"], facts["time_us"], facts["signature"])
