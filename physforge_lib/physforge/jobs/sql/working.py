"""What workers write: claims, heartbeats, and how attempts end. Each function is work for `GroupCommit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from physforge.database.scopes import Scope
from physforge.database.tables.base import now
from physforge.errors import PhysForgeError
from physforge.jobs.quota import Quotas
from physforge.jobs.records import Beat, Claim, Outcome, Progress
from physforge.jobs.sql.changes import change, lost, settle
from physforge.jobs.sql.rows import JOBS, as_uuid, clean, clock, is_in, record_of, within
from physforge.jobs.sql.statements import LEASE_S, Row, Where, of_claim, of_scope, select_claimed, update, write
from physforge.jobs.sql.usage import may_run
from physforge.jobs.states import State


@dataclass(frozen=True)
class Ask:
    """A worker that asks for a job.

    Parameters
    ----------
    scope : Scope
        Whose jobs.
    quotas : Quotas
        How many may run.
    worker : str
        Who asks.
    job_id, executor : str or None
        Which job, or which jobs.
    lease_s : float
        How long the claim is to hold.
    """

    scope: Scope
    quotas: Quotas
    worker: str
    job_id: str | None
    executor: str | None
    lease_s: float


@dataclass(frozen=True)
class Beating:
    """A heartbeat.

    Parameters
    ----------
    scope : Scope
        Whose jobs are seen.
    claim : Claim
        Whose.
    progress : Progress or None
        How far the work is.
    lease_s : float
        How long the claim is to hold from now on.
    """

    scope: Scope
    claim: Claim
    progress: Progress | None
    lease_s: float


@dataclass(frozen=True)
class Ending:
    """The end of an attempt.

    Parameters
    ----------
    scope : Scope
        Whose jobs are seen.
    claim : Claim
        Whose.
    state : State
        What the job becomes.
    values, added : mapping
        Columns, and what is added to columns.
    details : mapping
        For the event.
    outcome : Outcome or None
        What it used.
    """

    scope: Scope
    claim: Claim
    state: State
    values: Mapping[str, Any] = field(default_factory=dict)
    added: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None


_BY_INDEX = sa.text("SET LOCAL enable_sort TO off")

#: By whether a certain job, and whether those of an executor, are asked for.
_WHERE = {
    (False, False): Where.FIRST,
    (False, True): Where.FIRST_OF_EXECUTOR,
    (True, False): Where.QUEUED,
    (True, True): Where.QUEUED_FOR_EXECUTOR,
}


def claim_jobs(connection: sa.Connection, asks: Sequence[Ask]) -> list[Claim | None]:
    """Give queued jobs to workers.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    asks : sequence of Ask
        One for each worker.

    Returns
    -------
    list of (Claim or None)
        None where there is nothing to claim.
    """
    if connection.dialect.name == "postgresql":
        # Until it has counted a table's rows the server takes a long queue for a short one, and sorts it at each claim.
        connection.execute(_BY_INDEX)
    return [_claim(connection, ask) for ask in asks]


def _claim(connection: sa.Connection, ask: Ask) -> Claim | None:
    if not may_run(connection, ask.scope, ask.quotas):
        return None
    worker = clean(ask.worker)
    which = of_scope(ask.scope)
    if ask.job_id is not None:
        which["f_id"] = as_uuid(ask.job_id)
    if ask.executor is not None:
        which["f_executor"] = ask.executor
    values = {
        "state": State.RUNNING.value,
        "worker": worker,
        LEASE_S: ask.lease_s,
        "started_at": now(),
        "finished_at": None,
        "error": None,
        "fraction": 0.0,
        "message": "",
        "log_length": 0,
    }
    where = _WHERE[ask.job_id is not None, ask.executor is not None]
    row = update(connection, where, which, values, {"attempt": 1}, {"worker": worker})
    return None if row is None else Claim(record_of(row), row.attempt, worker)


def beat(connection: sa.Connection, beats: Sequence[Beating]) -> list[Beat | Exception]:
    """Extend leases.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    beats : sequence of Beating
        Of several workers.

    Returns
    -------
    list of (Beat or LostClaimError)
        One for each.
    """
    return [_beat(connection, one) for one in beats]


def _beat(connection: sa.Connection, one: Beating) -> Beat | Exception:
    values: dict[str, Any] = {LEASE_S: one.lease_s}
    if one.progress is not None:
        values |= {"fraction": one.progress.fraction, "message": clean(one.progress.message)}
    which = of_claim(one.scope, one.claim)
    found = write(connection, Where.CLAIMED, which, values, returning=("cancel_requested",))
    return lost(one.claim) if found is None else Beat(cancel=found.cancel_requested)


def end_attempts(connection: sa.Connection, endings: Sequence[Ending]) -> list[Row | Exception]:
    """End attempts, and queue or end the jobs that wait for them.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    endings : sequence of Ending
        Of several workers.

    Returns
    -------
    list of (sqlalchemy.Row or LostClaimError)
        The jobs now.
    """
    return [_end(connection, one) for one in endings]


def _end(connection: sa.Connection, one: Ending) -> Row | Exception:
    values: dict[str, Any] = {"state": one.state.value, "lease_until": None, **one.values}
    added = dict(one.added)
    if one.outcome is not None:
        values["run"] = one.outcome.run
        added |= {"cpu_s": one.outcome.cpu_s, "gpu_s": one.outcome.gpu_s}
    row = update(connection, Where.CLAIMED, of_claim(one.scope, one.claim), values, added, one.details)
    if row is None:
        return lost(one.claim)
    if one.state != State.QUEUED:
        settle(connection, row)
    return row


def lose_attempts(connection: sa.Connection, losses: Sequence[tuple[Scope, Claim, str]]) -> list[Row | Exception]:
    """Put jobs whose process died back into the queue, or end them.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    losses : sequence of tuple
        Scope, claim and reason.

    Returns
    -------
    list of (sqlalchemy.Row or LostClaimError)
        The jobs now.
    """
    answers: list[Row | Exception] = []
    for scope, claim, reason in losses:
        row = select_claimed(connection, scope, claim)
        changed = None if row is None else _release(connection, row, clean(reason))
        answers.append(lost(claim) if changed is None else changed)
    return answers


def release_expired(connection: sa.Connection, scopes: Sequence[Scope | None]) -> list[list[Row]]:
    """Put jobs whose leases are over back into the queue, or end them.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    scopes : sequence of (Scope or None)
        Whose jobs; None for everybody's.

    Returns
    -------
    list of list of sqlalchemy.Row
        The jobs that changed.
    """
    return [_release_expired(connection, scope) for scope in scopes]


def has_expired(connection: sa.Connection) -> bool:
    """Say whether any job's lease is over.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a transaction that only reads.

    Returns
    -------
    bool
        Whosever it is.
    """
    return connection.execute(sa.select(JOBS.c.number).where(_is_expired(connection)).limit(1)).first() is not None


def _is_expired(connection: sa.Connection) -> sa.ColumnElement[bool]:
    return is_in(State.RUNNING) & (JOBS.c.lease_until < clock(connection))


def _release_expired(connection: sa.Connection, scope: Scope | None) -> list[Row]:
    query = sa.select(JOBS).where(_is_expired(connection))
    if scope is not None:
        query = query.where(*within(scope))
    rows = connection.execute(query.order_by(JOBS.c.number).with_for_update(skip_locked=True)).all()
    changed = [_release(connection, row, f"Its worker, {row.worker}, was not heard of any more.") for row in rows]
    return [row for row in changed if row is not None]


def _release(connection: sa.Connection, row: Row, reason: str) -> Row | None:
    details = {"reason": reason, "worker": row.worker}
    if not row.cancel_requested and row.attempt < row.last_attempt:
        return change(connection, row, State.QUEUED, {"lease_until": None}, details)
    values: dict[str, Any] = {"lease_until": None, "finished_at": now()}
    if row.cancel_requested:
        changed = change(connection, row, State.CANCELLED, values, details)
    else:
        values["error"] = f"{reason} That was attempt {row.attempt}, the last one; read the log before you retry it."
        changed = change(connection, row, State.FAILED, values, details)
    if changed is not None:
        settle(connection, changed)
    return changed


def one_by_one(connection: sa.Connection, works: Sequence[Callable[[sa.Connection], Any]]) -> list[Any]:
    """Do what several callers ask for, one after the other.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    works : sequence of callable
        Each given the connection. What raises a `PhysForgeError` has written nothing.

    Returns
    -------
    list
        What they return, or raise.
    """
    answers: list[Any] = []
    for work in works:
        try:
            answers.append(work(connection))
        except PhysForgeError as error:
            answers.append(error)
    return answers
