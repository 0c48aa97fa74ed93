"""Events as they come back from the log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from physforge.audit.keys import Keys
from physforge.errors import AuditError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """One event as it was recorded.

    Parameters
    ----------
    seq : int
        Its number in the log.
    time : datetime.datetime
        When, in UTC.
    actor : str or None
        Id of who acted.
    act, object_kind, outcome : str
        What was done, to what, and how it went.
    object_id, request_id : str or None
        Of what, and for which request.
    details : dict
        What else is known.
    subject : str or None
        Of whom `personal` tells.
    personal : dict or None
        Names and addresses, if they were asked for and can be read.
    personal_state : {"none", "kept", "shown", "erased"}
        Whether there are any.
    hash : str
        Of the row.
    """

    seq: int
    time: datetime
    actor: str | None
    act: str
    object_kind: str
    object_id: str | None
    outcome: str
    request_id: str | None
    details: dict[str, Any]
    subject: str | None
    personal: dict[str, Any] | None
    personal_state: str
    hash: str

    @classmethod
    def of(cls, row: Mapping[Any, Any], keys: Keys | None) -> Self:
        """Read a row.

        Parameters
        ----------
        row : mapping
            Of the table.
        keys : Keys or None
            With keys, personal fields are decrypted.

        Returns
        -------
        Entry
            What it says.

        Raises
        ------
        AuditError
            If the row is damaged.
        """
        personal, state = personal_of(row, keys)
        try:
            moment = _EPOCH + timedelta(microseconds=row["time_us"])
            details = json.loads(row["details"])
        except (TypeError, ValueError, OverflowError) as error:
            raise AuditError(f"Row {row['seq']} of the event log is damaged; run physforge audit verify.") from error
        same = ("actor", "act", "object_kind", "object_id", "outcome", "request_id")
        return cls(
            seq=row["seq"],
            time=moment,
            **{name: row[name] for name in same},
            details=details,
            subject=row["subject"],
            personal=personal,
            personal_state=state,
            hash=row["hash"],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as JSON can hold it.

        Returns
        -------
        dict
            The time in ISO 8601 with microseconds.
        """
        return asdict(self) | {"time": written_time(self.time)}


@dataclass(frozen=True)
class Page:
    """Some of the events that were asked for.

    Parameters
    ----------
    entries : tuple of Entry
        In their order.
    next : int or None
        What to give as `after` for the next page; None at the end.
    """

    entries: tuple[Entry, ...]
    next: int | None


def personal_of(row: Mapping[Any, Any], keys: Keys | None) -> tuple[dict[str, Any] | None, str]:
    """Read a row's personal fields.

    Parameters
    ----------
    row : mapping
        Of the table.
    keys : Keys or None
        Without keys they are not read.

    Returns
    -------
    dict or None
        The fields, if they can be read.
    str
        ``"none"``, ``"kept"`` (encrypted), ``"shown"`` or ``"erased"``.

    Raises
    ------
    AuditError
        If the bytes were changed.
    """
    if row["personal"] is None:
        return None, "none" if row["subject"] is None else "erased"
    if keys is None:
        return None, "kept"
    text = keys.decrypt(row["subject"], bytes(row["personal"]))
    return (None, "erased") if text is None else (json.loads(text), "shown")


def written_time(moment: datetime) -> str:
    """Write a moment.

    Parameters
    ----------
    moment : datetime.datetime
        In UTC.

    Returns
    -------
    str
        Such as ``2026-11-30T12:00:00.000001Z``.
    """
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
