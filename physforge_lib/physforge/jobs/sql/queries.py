"""Find and count jobs, as one owner sees them in one project."""

from __future__ import annotations

import re
import uuid
from typing import Any

import sqlalchemy as sa

from physforge.database.scopes import Scope
from physforge.errors import UnknownJobError
from physforge.jobs.records import Selection
from physforge.jobs.sql.rows import BATCHES, JOBS, MEMBERS, as_uuid, within
from physforge.jobs.states import State

_PREFIX = re.compile(r"[0-9a-f]{1,32}")

#: Most jobs of one answer.
MOST = 10_000


def find_job(connection: sa.Connection, scope: Scope, job_id: str, *, lock: bool = False) -> sa.Row[Any]:
    """Find one job.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a transaction.
    scope : Scope
        Whose jobs are seen.
    job_id : str
        The id or its beginning.
    lock : bool, default False
        Whether others that change it wait, on PostgreSQL.

    Returns
    -------
    sqlalchemy.Row
        Of `JOBS`.

    Raises
    ------
    UnknownJobError
        If there is none, or several begin so.
    """
    key = as_uuid(job_id)
    condition = JOBS.c.id == key if key is not None else _begins_with(job_id)
    query = sa.select(JOBS).where(*within(scope), condition).limit(2)
    found = connection.execute(query.with_for_update() if lock else query).all()
    if not found:
        raise UnknownJobError(f"There is no job {job_id[:80]!r}; `physforge job list` shows those there are.")
    if len(found) > 1:
        raise UnknownJobError(f"Several jobs' ids begin with {job_id!r}; give more of it.")
    return found[0]


def _begins_with(text: str) -> sa.ColumnElement[bool]:
    digits = text.lower().replace("-", "") if isinstance(text, str) else ""
    if not _PREFIX.fullmatch(digits):
        raise UnknownJobError(f"{str(text)[:80]!r} is no job's id, nor the beginning of one.")
    return JOBS.c.id.between(uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f")))


def find_jobs(connection: sa.Connection, scope: Scope, selection: Selection) -> list[sa.Row[Any]]:
    """Find jobs.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a transaction.
    scope : Scope
        Whose jobs are seen.
    selection : Selection
        Which ones.

    Returns
    -------
    list of sqlalchemy.Row
        Of `JOBS`, in the order asked for.
    """
    query = sa.select(JOBS).where(*_conditions(scope, selection))
    after = None if selection.after is None else find_job(connection, scope, selection.after)
    if selection.newest_first:
        query = query.order_by(JOBS.c.number.desc())
        if after is not None:
            query = query.where(JOBS.c.number < after.number)
    else:
        query = query.order_by(JOBS.c.rank, JOBS.c.number)
        if after is not None:
            query = query.where(sa.tuple_(JOBS.c.rank, JOBS.c.number) > sa.tuple_(after.rank, after.number))
    return list(connection.execute(query.limit(min(max(selection.limit, 0), MOST))).all())


def count_jobs(connection: sa.Connection, scope: Scope, selection: Selection) -> dict[State, int]:
    """Count jobs by state.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a transaction.
    scope : Scope
        Whose jobs are seen.
    selection : Selection
        Which ones.

    Returns
    -------
    dict of State to int
        Every state.
    """
    query = sa.select(JOBS.c.state, sa.func.count()).where(*_conditions(scope, selection)).group_by(JOBS.c.state)
    found = {State(state): count for state, count in connection.execute(query)}
    return {state: found.get(state, 0) for state in State}


def _conditions(scope: Scope, selection: Selection) -> list[sa.ColumnElement[bool]]:
    conditions = list(within(scope))
    if selection.states is not None:
        conditions.append(JOBS.c.state.in_(sorted(state.value for state in selection.states)))
    if selection.kinds is not None:
        conditions.append(JOBS.c.kind.in_(sorted(selection.kinds)))
    if selection.executor is not None:
        conditions.append(JOBS.c.executor == selection.executor)
    if selection.batch is not None:
        conditions.append(_in_batch(scope, selection.batch))
    return conditions


def _in_batch(scope: Scope, batch: str) -> sa.ColumnElement[bool]:
    key = as_uuid(batch)
    named = BATCHES.c.id == key if key is not None else BATCHES.c.name == batch
    members = (
        sa.select(MEMBERS.c.job_id)
        .join(BATCHES, BATCHES.c.id == MEMBERS.c.batch_id)
        .where(BATCHES.c.owner_id == scope.owner_id, BATCHES.c.project_id == scope.project_id, named)
    )
    return JOBS.c.id.in_(members)
