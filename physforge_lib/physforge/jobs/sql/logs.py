"""Logs of attempts, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from physforge.database.scopes import Scope
from physforge.errors import JobError
from physforge.jobs.records import Claim, LogPart
from physforge.jobs.sql.changes import lost
from physforge.jobs.sql.rows import LOGS, clean
from physforge.jobs.sql.statements import Where, of_claim, select_claimed, write

#: Most characters of an attempt's log; what comes after them is not kept.
MOST_CHARACTERS = 8 * 2**20

_CUT = f"\n[The log is cut here: {MOST_CHARACTERS:,} characters of an attempt are kept.]\n"


@dataclass(frozen=True)
class Writing:
    """A piece to be added.

    Parameters
    ----------
    scope : Scope
        Whose jobs are seen.
    claim : Claim
        Whose log.
    start : int
        How many characters were written before.
    text : str
        What comes then.
    """

    scope: Scope
    claim: Claim
    start: int
    text: str


def append_logs(connection: sa.Connection, writings: Sequence[Writing]) -> list[Exception | None]:
    """Add to logs.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    writings : sequence of Writing
        Of several workers.

    Returns
    -------
    list of (JobError or None)
        One for each.
    """
    return [_append(connection, one) for one in writings]


def _append(connection: sa.Connection, one: Writing) -> Exception | None:
    row = select_claimed(connection, one.scope, one.claim)
    if row is None:
        return lost(one.claim)
    length = row.log_length
    if length > MOST_CHARACTERS:  # cut already
        return None
    if not 0 <= one.start <= length:
        return JobError(f"The log has {length} characters; a piece that begins after {one.start} leaves a gap.")
    text = one.text[length - one.start :]
    if length + len(text) > MOST_CHARACTERS:
        text = text[: MOST_CHARACTERS - length] + _CUT
    if text:
        values = {"job_id": row.id, "attempt": one.claim.attempt, "start": length, "length": len(text)}
        connection.execute(sa.insert(LOGS), {**values, "text": clean(text)})
        write(connection, Where.CLAIMED, of_claim(one.scope, one.claim), {}, {"log_length": len(text)}, ("id",))
    return None


def read_log(connection: sa.Connection, job: sa.Row[Any], attempt: int | None, start: int, limit: int) -> LogPart:
    """Read a part of a log.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a transaction.
    job : sqlalchemy.Row
        Of `JOBS`.
    attempt : int or None
        The last if None.
    start : int
        From which character on.
    limit : int
        Most characters.

    Returns
    -------
    LogPart
        Perhaps empty.
    """
    attempt, start, limit = job.attempt if attempt is None else attempt, max(start, 0), max(limit, 0)
    query = sa.select(LOGS.c.start, LOGS.c.text).where(
        LOGS.c.job_id == job.id,
        LOGS.c.attempt == attempt,
        LOGS.c.start < start + limit,
        LOGS.c.start + LOGS.c.length > start,
    )
    pieces = connection.execute(query.order_by(LOGS.c.start)).all()
    text = "".join(piece.text for piece in pieces)
    if pieces:
        text = text[start - pieces[0].start if start > pieces[0].start else 0 :][:limit]
    return LogPart(text, start, start + len(text), attempt)
