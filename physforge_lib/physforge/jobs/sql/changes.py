"""Change a job's state: one compare-and-set, with its event, and what follows for the jobs that need it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from physforge.database.scopes import Scope
from physforge.database.tables.base import now
from physforge.errors import JobError, LostClaimError
from physforge.jobs.records import Claim
from physforge.jobs.sql.rows import EVENTS, JOBS, NEEDS, as_uuid, is_in, within
from physforge.jobs.states import CHANGES, State

Row = sa.Row[Any]


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
    fence = (JOBS.c.id == row.id, JOBS.c.state == before.value, JOBS.c.attempt == row.attempt)
    return update(connection, fence, {"state": after.value, **(values or {})}, details)


def update(
    connection: sa.Connection,
    fence: tuple[sa.ColumnElement[bool], ...],
    values: Mapping[str, Any],
    details: Mapping[str, Any] | None = None,
) -> Row | None:
    """Write columns of the one job that meets conditions, and an event.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    fence : tuple of sqlalchemy.ColumnElement
        Conditions.
    values : mapping
        Columns.
    details : mapping, optional
        For the event.

    Returns
    -------
    sqlalchemy.Row or None
        The job now; None if none meets the conditions.
    """
    statement = sa.update(JOBS).where(*fence).values(events=JOBS.c.events + 1, **values).returning(JOBS)
    found = connection.execute(statement).one_or_none()
    if found is not None:
        event = {
            "job_id": found.id,
            "number": found.events,
            "at": now(),
            "attempt": found.attempt,
            "state": found.state,
            "details": dict(details or {}),
        }
        connection.execute(sa.insert(EVENTS), event)
    return found


def fence_of(scope: Scope, claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions under which a job is a claim's.

    Parameters
    ----------
    scope : Scope
        Whose jobs are seen.
    claim : Claim
        Of a worker.

    Returns
    -------
    tuple of sqlalchemy.ColumnElement
        The job runs, in this attempt.
    """
    return *within(scope), JOBS.c.id == as_uuid(claim.job.id), is_in(State.RUNNING), JOBS.c.attempt == claim.attempt


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
    query = (
        sa.select(JOBS)
        .join(NEEDS, NEEDS.c.job_id == JOBS.c.id)
        .where(NEEDS.c.need_id == job_id, JOBS.c.state == State.WAITING.value)
        .order_by(JOBS.c.number)
        .with_for_update(of=JOBS)
    )
    return list(connection.execute(query).all())


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
    query = (
        sa.select(JOBS.c.id)
        .join(NEEDS, NEEDS.c.need_id == JOBS.c.id)
        .where(NEEDS.c.job_id == job_id, JOBS.c.state != State.SUCCEEDED.value)
    )
    return connection.execute(query.limit(1)).first() is not None
