"""Which events an auditor asks for."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import sqlalchemy as sa

from physforge.audit.bounds import one_line
from physforge.audit.event import ID_BYTES, REQUEST_BYTES, Outcome
from physforge.audit.tables import EVENTS
from physforge.errors import AuditError

#: Most events of one page.
MOST_EVENTS = 1000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What events to look for; all conditions hold together.

    Parameters
    ----------
    since, until : datetime.datetime, optional
        From this moment on, and before that one; with time zones.
    actor : uuid.UUID, optional
        Who acted.
    act : str, optional
        The act's name, or the beginning of it and ``.*``: ``login.*``.
    object_kind, object_id : str, optional
        What was acted on.
    outcome : {"ok", "refused", "failed"}, optional
        How it went.
    request_id : str, optional
        Of the request that asked for it.

    Raises
    ------
    AuditError
        For a time without a zone, or an outcome that does not exist.
    """

    since: datetime | None = None
    until: datetime | None = None
    actor: uuid.UUID | None = None
    act: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    outcome: Outcome | None = None
    request_id: str | None = None

    def __post_init__(self) -> None:
        for moment in (self.since, self.until):
            if moment is not None and moment.tzinfo is None:
                raise AuditError(f"{moment.isoformat()} has no time zone; write +00:00 for UTC.")
        if self.outcome is not None and self.outcome not in get_args(Outcome):
            raise AuditError(f"{self.outcome!r:.80} is no outcome; write one of {', '.join(get_args(Outcome))}.")

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions on rows.

        Returns
        -------
        list
            Values are bound, never written into the text of a statement.
        """
        wanted: list[sa.ColumnElement[bool]] = []
        if self.since is not None:
            wanted.append(EVENTS.c.time_us >= microseconds(self.since))
        if self.until is not None:
            wanted.append(EVENTS.c.time_us < microseconds(self.until))
        if self.act is not None:
            is_group = self.act.endswith(".*")
            name = EVENTS.c.act
            wanted.append(name.startswith(self.act[:-1], autoescape=True) if is_group else name == self.act)
        equal = {
            "actor": None if self.actor is None else str(self.actor),
            "object_kind": self.object_kind,
            # As they were made one line when they were recorded.
            "object_id": None if self.object_id is None else one_line(self.object_id, ID_BYTES),
            "outcome": self.outcome,
            "request_id": None if self.request_id is None else one_line(self.request_id, REQUEST_BYTES),
        }
        wanted.extend(EVENTS.c[name] == value for name, value in equal.items() if value is not None)
        return wanted

    def to_dict(self) -> dict[str, Any]:
        """Return the conditions that were given.

        Returns
        -------
        dict
            Plain values, for a manifest.
        """
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return {name: value.isoformat() if isinstance(value, datetime) else str(value) for name, value in given.items()}


def page_query(selection: Selection, after: int | None, limit: int, newest_first: bool) -> sa.Select[Any]:
    """Return the statement for a page.

    Parameters
    ----------
    selection : Selection
        Which events.
    after : int or None
        The last number of the page before.
    limit : int
        Most rows.
    newest_first : bool
        Which way.

    Returns
    -------
    sqlalchemy.Select
        Of whole rows. Pages follow the numbers, so that none shifts while events come in.
    """
    seq = EVENTS.c.seq
    query = sa.select(EVENTS).where(*selection.conditions())
    if after is not None:
        query = query.where(seq < after if newest_first else seq > after)
    return query.order_by(seq.desc() if newest_first else seq).limit(limit)


def microseconds(moment: datetime) -> int:
    """Return microseconds since 1970.

    Parameters
    ----------
    moment : datetime.datetime
        With a time zone.

    Returns
    -------
    int
        Exact.
    """
    return (moment - _EPOCH) // timedelta(microseconds=1)
