"""Change a job's state: one compare-and-set, with its event, and what follows for the jobs that need it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from physforge.database.tables.base import now
from physforge.errors import JobError, LostClaimError
from physforge.jobs.records import Claim
from physforge.jobs.sql.rows import JOBS, NEEDS
from physforge.jobs.sql.statements import Row, Where, of_row, update
from physforge.jobs.states import CHANGES, State


def change(
    connection: sa.Connection,
    row: Row,
    after: State,
    values: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
) -> Row | None:
    """Change a job's state, if it is still what it was.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    row : sqlalchemy.Row
        The job as it was read.
    after : State
        The new state.
    values : mapping, optional
        Other columns.
    details : mapping, optional
        For the event.

    Returns
    -------
    sqlalchemy.Row or None
        The job now; None if somebody else changed it in between.

    Raises
    ------
    JobError
        If a job cannot go from the one state to the other.
    """
    before = State(row.state)
    if after not in CHANGES[before]:
        raise JobError(f"The job {row.id} is {before}; it cannot become {after}.")
    changed = {"state": after.value, **(values or {})}
    return update(connection, Where.UNCHANGED, of_row(row), changed, details=details)


def lost(claim: Claim) -> LostClaimError:
    """Return the error for a claim that holds no longer.

    Parameters
    ----------
    claim : Claim
        Whose.

    Returns
    -------
    LostClaimError
        To be raised.
    """
    return LostClaimError(
        f"Attempt {claim.attempt} of job {claim.job.id} is no longer the one that counts: its lease ended, or the job "
        "did. Stop the work; nothing of it is kept."
    )


def settle(connection: sa.Connection, row: Row) -> None:
    """Queue or end the jobs that wait for one that has ended.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within the transaction in which it ended.
    row : sqlalchemy.Row
        The job, in its last state.
    """
    ended = [row]
    while ended:
        one = ended.pop()
        for waiting in _waiting_for(connection, one.id):
            changed = _follow(connection, waiting, one)
            if changed is not None and changed.state != State.QUEUED:
                ended.append(changed)


def _waiting_for(connection: sa.Connection, job_id: uuid.UUID) -> list[Row]:
    """Lock the jobs that wait for one: two that end at once must not each take the other for unfinished."""
    return list(connection.execute(_WAITING_FOR, {"ended": job_id}).all())


def _follow(connection: sa.Connection, waiting: Row, ended: Row) -> Row | None:
    if ended.state == State.SUCCEEDED:
        if _unfinished(connection, waiting.id):
            return None
        return change(connection, waiting, State.QUEUED, None, {"after": str(ended.id)})
    after = State(ended.state)
    what = "failed" if after == State.FAILED else "was cancelled"
    error = f"A job that it needs, {ended.id}, {what}; retry that first."
    details = {"because_of": str(ended.id), "error": error}
    return change(connection, waiting, after, {"error": error, "finished_at": now()}, details)


def _unfinished(connection: sa.Connection, job_id: uuid.UUID) -> bool:
    return connection.execute(_UNFINISHED, {"waiting": job_id}).first() is not None


_WAITING_FOR = (
    sa.select(JOBS)
    .join(NEEDS, NEEDS.c.job_id == JOBS.c.id)
    .where(NEEDS.c.need_id == sa.bindparam("ended"), JOBS.c.state == State.WAITING.value)
    .order_by(JOBS.c.number)
    .with_for_update(of=JOBS)
)
_UNFINISHED = (
    sa.select(JOBS.c.id)
    .join(NEEDS, NEEDS.c.need_id == JOBS.c.id)
    .where(NEEDS.c.job_id == sa.bindparam("waiting"), JOBS.c.state != State.SUCCEEDED.value)
    .limit(1)
)
