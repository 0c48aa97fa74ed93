"""Make room: which artifacts and checkpoints go. Records and events stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from physforge.database.scopes import Scope
from physforge.database.tables import JobRow
from physforge.database.tables.base import now
from physforge.errors import JobError
from physforge.jobs.sql.rows import JOBS, NEEDS, as_uuid, within
from physforge.jobs.states import FINAL, State

_FINAL = sorted(state.value for state in FINAL)


@dataclass(frozen=True)
class Removed:
    """What goes.

    Parameters
    ----------
    artifacts, checkpoints : tuple of sqlalchemy.Row
        The jobs as they were before.
    """

    artifacts: tuple[sa.Row[Any], ...]
    checkpoints: tuple[sa.Row[Any], ...]


def forget_old(
    connection: sa.Connection, scope: Scope, older_than: timedelta | None, most_bytes: int | None
) -> Removed:
    """Forget where artifacts and checkpoints lie that are too old, or too much.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    scope : Scope
        Whose jobs.
    older_than : datetime.timedelta or None
        Since the job ended.
    most_bytes : int or None
        Space for all artifacts; the oldest go first.

    Returns
    -------
    Removed
        Its folders may be deleted once this is committed.

    Raises
    ------
    JobError
        For a limit below zero.
    """
    if (older_than is not None and older_than < timedelta(0)) or (most_bytes is not None and most_bytes < 0):
        raise JobError("Limits of age and space cannot be negative.")
    moment = now()
    kept = list(connection.execute(_artifacts(scope)).all())
    total = sum(row.artifact_bytes for row in kept)
    gone = []
    for row in kept:
        is_old = older_than is not None and row.finished_at < moment - older_than
        is_too_much = most_bytes is not None and total > most_bytes
        if (is_old or is_too_much) and not row.is_needed:
            gone.append(row)
            total -= row.artifact_bytes
    stale = [] if older_than is None else list(connection.execute(_checkpoints(scope, moment - older_than)).all())
    for row in gone:
        values = {"artifact": None, "artifact_removed_at": moment}
        connection.execute(sa.update(JOBS).where(JOBS.c.id == row.id).values(values))
    for row in stale:
        connection.execute(sa.update(JOBS).where(JOBS.c.id == row.id).values(checkpoint=None))
    return Removed(tuple(gone), tuple(stale))


def ended_without(connection: sa.Connection, scope: Scope, job_ids: Iterable[str]) -> list[str]:
    """Return the jobs that have ended and have no artifact.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a transaction.
    scope : Scope
        Whose jobs.
    job_ids : iterable of str
        Names of folders.

    Returns
    -------
    list of str
        Those whose folders were left when a process died.
    """
    ids = [key for key in (as_uuid(one) for one in job_ids) if key is not None]
    found: list[str] = []
    for start in range(0, len(ids), 500):
        query = sa.select(JOBS.c.id).where(
            *within(scope),
            JOBS.c.id.in_(ids[start : start + 500]),
            JOBS.c.state.in_(_FINAL),
            JOBS.c.artifact.is_(None),
        )
        found += [str(one) for one in connection.execute(query).scalars()]
    return found


def _artifacts(scope: Scope) -> sa.Select[Any]:
    needing = aliased(JobRow)
    is_needed = (
        sa.select(NEEDS.c.job_id)
        .join(needing, needing.id == NEEDS.c.job_id)
        .where(NEEDS.c.need_id == JOBS.c.id, needing.state.not_in(_FINAL))
        .exists()
    )
    query = sa.select(JOBS, is_needed.label("is_needed")).where(*within(scope), JOBS.c.artifact.is_not(None))
    return query.order_by(JOBS.c.finished_at).with_for_update(of=JOBS)


def _checkpoints(scope: Scope, before: Any) -> sa.Select[Any]:
    ended = JOBS.c.state.in_([State.FAILED.value, State.CANCELLED.value])
    return (
        sa.select(JOBS)
        .where(*within(scope), JOBS.c.checkpoint.is_not(None), ended, JOBS.c.finished_at < before)
        .with_for_update()
    )
