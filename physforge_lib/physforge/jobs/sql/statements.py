"""The statements that change jobs, built once: to build one takes longer than to run it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from physforge.database.scopes import Scope
from physforge.database.tables.base import now
from physforge.jobs.records import Claim
from physforge.jobs.sql.rows import EVENTS, JOBS, as_uuid, is_in
from physforge.jobs.states import State

Row = sa.Row[Any]

#: In the values of a change: the lease begins now, for so many seconds.
LEASE_S = "lease_s"


class Where(Enum):
    """Which one job is meant."""

    #: The one that a claim is on: it runs, in this attempt.
    CLAIMED = "claimed"
    #: The one that was read: nobody has changed it since.
    UNCHANGED = "unchanged"
    #: The first in the queue.
    FIRST = "first"
    #: The first in the queue of an executor.
    FIRST_OF_EXECUTOR = "first of executor"
    #: A certain one, if it is queued.
    QUEUED = "queued"
    QUEUED_FOR_EXECUTOR = "queued for executor"


def of_scope(scope: Scope) -> dict[str, Any]:
    """Return the parameters of conditions on the owner.

    Parameters
    ----------
    scope : Scope
        Whose jobs are seen.

    Returns
    -------
    dict
        For `update` and `select_claimed`.
    """
    return {"f_owner": scope.owner_id, "f_project": scope.project_id}


def of_claim(scope: Scope, claim: Claim) -> dict[str, Any]:
    """Return the parameters of `Where.CLAIMED`.

    Parameters
    ----------
    scope : Scope
        Whose jobs are seen.
    claim : Claim
        Of a worker.

    Returns
    -------
    dict
        For `update`.
    """
    return {**of_scope(scope), "f_id": as_uuid(claim.job.id), "f_attempt": claim.attempt}


def of_row(row: Row) -> dict[str, Any]:
    """Return the parameters of `Where.UNCHANGED`.

    Parameters
    ----------
    row : sqlalchemy.Row
        Of `JOBS`, as it was read.

    Returns
    -------
    dict
        For `update`.
    """
    return {"f_id": row.id, "f_state": row.state, "f_attempt": row.attempt}


def update(
    connection: sa.Connection,
    where: Where,
    which: Mapping[str, Any],
    values: Mapping[str, Any],
    added: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
) -> Row | None:
    """Change the state of one job, and record the event.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    where : Where
        Which job, and what it must be like still.
    which : mapping
        The parameters of `where`.
    values : mapping
        New values of columns, and `LEASE_S`.
    added : mapping, optional
        What is added to columns.
    details : mapping, optional
        For the event.

    Returns
    -------
    sqlalchemy.Row or None
        The job now; None if there is none like that.
    """
    found = write(connection, where, which, values, {"events": 1, **(added or {})})
    if found is not None:
        event = {
            "job_id": found.id,
            "number": found.events,
            "at": now(),
            "attempt": found.attempt,
            "state": found.state,
            "details": dict(details or {}),
        }
        connection.execute(_ADD_EVENT, event)
    return found


def write(
    connection: sa.Connection,
    where: Where,
    which: Mapping[str, Any],
    values: Mapping[str, Any],
    added: Mapping[str, Any] | None = None,
    returning: tuple[str, ...] = (),
) -> Row | None:
    """Change columns of one job that are no state.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    where : Where
        Which job, and what it must be like still.
    which : mapping
        The parameters of `where`.
    values : mapping
        New values of columns, and `LEASE_S`.
    added : mapping, optional
        What is added to columns.
    returning : tuple of str, default ()
        Columns that are wanted; all by default.

    Returns
    -------
    sqlalchemy.Row or None
        The job now; None if there is none like that.
    """
    more = added or {}
    is_server = connection.dialect.name == "postgresql"
    statement = _update(where, tuple(sorted(values)), tuple(sorted(more)), returning, is_server)
    parameters = {**which, **{f"v_{name}": value for name, value in {**values, **more}.items()}}
    if LEASE_S in values and not is_server:
        parameters["f_clock"] = time.time()
    return connection.execute(statement, parameters).one_or_none()


def select_claimed(connection: sa.Connection, scope: Scope, claim: Claim, *, lock: bool = True) -> Row | None:
    """Read the job of a claim that holds.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a transaction.
    scope : Scope
        Whose jobs are seen.
    claim : Claim
        Of a worker.
    lock : bool, default True
        Whether others are kept from changing it until the end of the transaction.

    Returns
    -------
    sqlalchemy.Row or None
        None if the claim holds no longer.
    """
    statement = _LOCK_CLAIMED if lock else _SELECT_CLAIMED
    return connection.execute(statement, of_claim(scope, claim)).one_or_none()


@lru_cache(maxsize=256)
def _update(
    where: Where, names: tuple[str, ...], added: tuple[str, ...], returning: tuple[str, ...], is_server: bool
) -> sa.UpdateBase:
    values: dict[str, Any] = {
        name: sa.bindparam(f"v_{name}", type_=JOBS.c[name].type) for name in names if name != LEASE_S
    }
    for name in added:
        values[name] = JOBS.c[name] + sa.bindparam(f"v_{name}", type_=JOBS.c[name].type)
    if LEASE_S in names:
        # The server's clock is one for all who use it.
        clock = (
            sa.extract("epoch", sa.func.clock_timestamp()) if is_server else sa.bindparam("f_clock", type_=sa.Double())
        )
        values["lease_until"] = sa.cast(clock, sa.Double()) + sa.bindparam(f"v_{LEASE_S}", type_=sa.Double())
    columns = [JOBS.c[name] for name in returning or JOBS.c.keys()]
    return sa.update(JOBS).where(*_conditions(where)).values(values).returning(*columns)


def _conditions(where: Where) -> tuple[sa.ColumnElement[bool], ...]:
    own = JOBS.c.owner_id == sa.bindparam("f_owner"), JOBS.c.project_id == sa.bindparam("f_project")
    key, attempt = JOBS.c.id == sa.bindparam("f_id"), JOBS.c.attempt == sa.bindparam("f_attempt")
    if where is Where.CLAIMED:
        return *own, key, is_in(State.RUNNING), attempt
    if where is Where.UNCHANGED:
        return key, JOBS.c.state == sa.bindparam("f_state"), attempt
    wanted = [*own, is_in(State.QUEUED)]
    if where in (Where.QUEUED, Where.QUEUED_FOR_EXECUTOR):
        wanted.append(key)
    if where in (Where.FIRST_OF_EXECUTOR, Where.QUEUED_FOR_EXECUTOR):
        wanted.append(JOBS.c.executor == sa.bindparam("f_executor"))
    first = sa.select(JOBS.c.number).where(*wanted).order_by(JOBS.c.rank, JOBS.c.number).limit(1)
    # Of those that claim at once each takes another job, and none waits.
    return JOBS.c.number == first.with_for_update(skip_locked=True).scalar_subquery(), is_in(State.QUEUED)


_ADD_EVENT = sa.insert(EVENTS)
_SELECT_CLAIMED = sa.select(JOBS).where(*_conditions(Where.CLAIMED))
_LOCK_CLAIMED = _SELECT_CLAIMED.with_for_update()
