"""Each row's hash covers the row and the hash before it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

#: What a hash covers, in this order.
COVERED = (
    "seq",
    "time_us",
    "actor",
    "act",
    "object_kind",
    "object_id",
    "outcome",
    "request_id",
    "details",
    "subject",
    "personal",
    "previous_hash",
)

_FORMAT = "physforge-audit-1"


def first_hash(log_id: str) -> str:
    """Return what stands in for the hash before the first row.

    Parameters
    ----------
    log_id : str
        Another one for each log.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(f"{_FORMAT} {log_id}".encode()).hexdigest()


def row_hash(row: Mapping[Any, Any]) -> str:
    """Return the hash of a row.

    Parameters
    ----------
    row : mapping
        The columns in `COVERED` as they are stored; `personal` is ciphertext, so that
        the hash stays right when nobody can read it any more.

    Returns
    -------
    str
        64 hexadecimal digits: SHA-256 of a JSON list in ASCII without blanks, of the
        format's name and the covered columns, bytes in base64. A damaged row can hold
        values of any kind; they have a hash too, only not the right one.

    Examples
    --------
    >>> row = dict.fromkeys(COVERED) | {"seq": 1, "previous_hash": first_hash("a")}
    >>> int(row_hash(row)[:8], 16)
    3723787861
    """
    return hashlib.sha256(canonical(row)).hexdigest()


def canonical(row: Mapping[Any, Any]) -> bytes:
    """Return the bytes that a row's hash is of.

    Parameters
    ----------
    row : mapping
        The columns in `COVERED`.

    Returns
    -------
    bytes
        The JSON list.
    """
    values = [_FORMAT, *(row[name] for name in COVERED)]
    return json.dumps(values, separators=(",", ":"), default=_bytes).encode("ascii")


def _bytes(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode("ascii")
