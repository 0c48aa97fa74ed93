"""What people write: jobs are cancelled, and tried again. Each function is given the transaction's connection."""

from __future__ import annotations

import sqlalchemy as sa

from physforge.database.scopes import Scope
from physforge.database.tables.base import now
from physforge.errors import JobError
from physforge.jobs.quota import Quotas
from physforge.jobs.sql.changes import change, settle
from physforge.jobs.sql.queries import find_job
from physforge.jobs.sql.rows import JOBS, NEEDS
from physforge.jobs.sql.statements import Row, Where, of_row, update
from physforge.jobs.sql.usage import check_queue
from physforge.jobs.states import FINAL, State


def cancel(connection: sa.Connection, scope: Scope, job_id: str) -> Row:
    """Ask for a job's end.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    scope : Scope
        Whose jobs are seen.
    job_id : str
        Id or its beginning.

    Returns
    -------
    sqlalchemy.Row
        Cancelled, if it did not run; else it is up to its worker.
    """
    row = find_job(connection, scope, job_id, lock=True)
    if row.state in FINAL or row.cancel_requested:
        return row
    if row.state == State.RUNNING:
        asked = {"cancel_requested": True}
        return _there(update(connection, Where.UNCHANGED, of_row(row), asked, details=asked), row)
    values = {"cancel_requested": True, "finished_at": now()}
    changed = _there(change(connection, row, State.CANCELLED, values, {"cancel_requested": True}), row)
    settle(connection, changed)
    return changed


def retry(connection: sa.Connection, scope: Scope, quotas: Quotas, job_id: str) -> Row:
    """Have a job run again.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    scope : Scope
        Whose jobs are seen.
    quotas : Quotas
        How many are allowed.
    job_id : str
        Id or its beginning.

    Returns
    -------
    sqlalchemy.Row
        Waiting or queued.

    Raises
    ------
    JobError
        If it has not ended, or has succeeded, or a job that it needs has no artifact.
    """
    row = find_job(connection, scope, job_id, lock=True)
    if row.state == State.SUCCEEDED:
        raise JobError(f"The job {row.id} has succeeded; for a second run use `physforge job reproduce`.")
    if row.state not in FINAL:
        raise JobError(f"The job {row.id} is {row.state}; only one that failed or was cancelled can be retried.")
    after = _state_by_needs(connection, row)
    check_queue(connection, scope, quotas, 1)
    values = {
        "cancel_requested": False,
        "error": None,
        "started_at": None,
        "finished_at": None,
        "fraction": 0.0,
        "message": "",
        "last_attempt": row.attempt + row.max_attempts,
    }
    return _there(change(connection, row, after, values, {"retry": True}), row)


def _state_by_needs(connection: sa.Connection, row: Row) -> State:
    query = (
        sa.select(JOBS.c.id, JOBS.c.state, JOBS.c.artifact_removed_at)
        .join(NEEDS, NEEDS.c.need_id == JOBS.c.id)
        .where(NEEDS.c.job_id == row.id)
        .order_by(JOBS.c.number)
        .with_for_update(of=JOBS)
    )
    needs = connection.execute(query).all()
    for need in needs:
        if need.artifact_removed_at is not None:
            raise JobError(f"The job {need.id}, which this one needs, has no artifact any more; submit it anew.")
        if need.state in FINAL and need.state != State.SUCCEEDED:
            raise JobError(f"The job {need.id}, which this one needs, is {need.state}; retry that one first.")
    return State.QUEUED if all(need.state == State.SUCCEEDED for need in needs) else State.WAITING


def _there(changed: Row | None, row: Row) -> Row:
    # Read and written in one transaction, the row locked meanwhile.
    if changed is None:
        raise JobError(f"The job {row.id} was changed by somebody else at the same moment; look at it, and try again.")
    return changed
