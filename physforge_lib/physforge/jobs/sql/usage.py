"""What jobs use of a quota, as the database counts it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from datetime import timedelta

import sqlalchemy as sa

from physforge.database.scopes import Scope
from physforge.database.tables.base import now
from physforge.errors import JobError
from physforge.jobs.quota import PERIOD_DAYS, Quota, Quotas
from physforge.jobs.sql.rows import JOBS, is_in
from physforge.jobs.states import State

# In one order, so that two processes do not wait for each other.
_LOCK = sa.text(
    "SELECT pg_advisory_xact_lock(key) FROM (SELECT unnest(CAST(:keys AS bigint[])) AS key ORDER BY key) AS ordered"
)
_OWN = {"user": JOBS.c.owner_id, "project": JOBS.c.project_id}


def may_run(connection: sa.Connection, scope: Scope, quotas: Quotas) -> bool:
    """Say whether one more job may run.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    scope : Scope
        Whose.
    quotas : Quotas
        The limits.

    Returns
    -------
    bool
        True where no limit is set.
    """
    if quotas.user.running is not None or quotas.project.running is not None:
        lock_owners(connection, [scope])
    for condition, quota, _ in _each(scope, quotas):
        if quota.running is not None:
            running = sa.select(sa.func.count()).where(condition, is_in(State.RUNNING))
            if connection.execute(running).scalar_one() >= quota.running:
                return False
    return True


def lock_owners(connection: sa.Connection, scopes: Iterable[Scope]) -> None:
    """Let one process at a time write for an owner or a project, until the end of the transaction.

    What was counted, or was not there, is so still when it is written. On SQLite every
    writer is alone anyway.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    scopes : iterable of Scope
        Whose.
    """
    if connection.dialect.name == "postgresql":
        ids = {one for scope in scopes for one in (scope.owner_id, scope.project_id)}
        keys = sorted(zlib.crc32(b"physforge:jobs:" + one.bytes) for one in ids)
        connection.execute(_LOCK, {"keys": keys})


def check_queue(connection: sa.Connection, scope: Scope, quotas: Quotas, more: int, pending: int = 0) -> None:
    """Refuse jobs that a quota does not allow.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    scope : Scope
        Whose.
    quotas : Quotas
        The limits.
    more : int
        How many jobs are asked for.
    pending : int, default 0
        How many of the same transaction are not in the table yet.

    Raises
    ------
    JobError
        The message names the limit and what to do.
    """
    for condition, quota, whose in _each(scope, quotas):
        if quota.queued is not None:
            waiting = sa.select(sa.func.count()).where(
                condition, JOBS.c.state.in_([State.QUEUED.value, State.WAITING.value])
            )
            there = connection.execute(waiting).scalar_one() + pending
            if there + more > quota.queued:
                raise JobError(
                    f"{whose} may have {quota.queued} jobs in the queue; {there} are there, and {more} more are asked "
                    "for. Wait until some have run, or cancel some."
                )
        _check_seconds(connection, condition, quota, whose)
        _check_space(connection, condition, quota, whose, 0)


def check_space(connection: sa.Connection, scope: Scope, quotas: Quotas, size: int) -> None:
    """Refuse an artifact that there is no room for.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a transaction.
    scope : Scope
        Whose.
    quotas : Quotas
        The limits.
    size : int
        Bytes of the artifact.

    Raises
    ------
    JobError
        The message names the limit and what to do.
    """
    for condition, quota, whose in _each(scope, quotas):
        _check_space(connection, condition, quota, whose, size)


def _each(scope: Scope, quotas: Quotas) -> Iterator[tuple[sa.ColumnElement[bool], Quota, str]]:
    yield _OWN["user"] == scope.owner_id, quotas.user, "One user"
    yield _OWN["project"] == scope.project_id, quotas.project, "One project"


def _check_seconds(connection: sa.Connection, condition: sa.ColumnElement[bool], quota: Quota, whose: str) -> None:
    for column, limit, what in ((JOBS.c.cpu_s, quota.cpu_s, "processor"), (JOBS.c.gpu_s, quota.gpu_s, "GPU")):
        if limit is None:
            continue
        since = now() - timedelta(days=PERIOD_DAYS)
        used = connection.execute(sa.select(sa.func.sum(column)).where(condition, JOBS.c.started_at > since)).scalar()
        if (used or 0.0) >= limit:
            raise JobError(
                f"{whose} may use {limit:g} s of {what} time in {PERIOD_DAYS} days; {used:g} s are used. Wait, or ask "
                "whoever runs the workbench for more."
            )


def _check_space(
    connection: sa.Connection, condition: sa.ColumnElement[bool], quota: Quota, whose: str, size: int
) -> None:
    limit = quota.artifact_bytes
    if limit is None:
        return
    kept = sa.select(sa.func.sum(JOBS.c.artifact_bytes)).where(condition, JOBS.c.artifact.is_not(None))
    used = connection.execute(kept).scalar() or 0
    if used + size > limit or (size == 0 and used >= limit):
        raise JobError(
            f"{whose} may keep {limit / 1e6:.1f} MB of artifacts; {used / 1e6:.1f} MB are there"
            + (f", and this one has {size / 1e6:.1f} MB." if size else ".")
            + " Remove old ones first."
        )
