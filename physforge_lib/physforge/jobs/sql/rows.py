"""Rows of jobs, and the records that they are read as."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

import sqlalchemy as sa

from physforge.database.scopes import Scope
from physforge.database.tables import (
    JobBatchRow,
    JobEventRow,
    JobLogRow,
    JobMemberRow,
    JobNeedRow,
    JobRow,
)
from physforge.jobs.records import JobEvent, JobRecord, Progress
from physforge.jobs.spec import Input, JobSpec
from physforge.jobs.states import State

JOBS = cast("sa.Table", JobRow.__table__)
EVENTS = cast("sa.Table", JobEventRow.__table__)
NEEDS = cast("sa.Table", JobNeedRow.__table__)
LOGS = cast("sa.Table", JobLogRow.__table__)
BATCHES = cast("sa.Table", JobBatchRow.__table__)
MEMBERS = cast("sa.Table", JobMemberRow.__table__)


def within(scope: Scope) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Return the conditions for jobs of one owner in one project.

    Parameters
    ----------
    scope : Scope
        Whose.

    Returns
    -------
    tuple of sqlalchemy.ColumnElement
        For ``where(*...)``.
    """
    return JOBS.c.owner_id == scope.owner_id, JOBS.c.project_id == scope.project_id


def is_in(state: State) -> sa.ColumnElement[bool]:
    """Return the condition for a state, written so that partial indexes are used.

    Parameters
    ----------
    state : State
        Which.

    Returns
    -------
    sqlalchemy.ColumnElement
        The state stands in it as text, not as a parameter.
    """
    return JOBS.c.state == sa.literal_column(f"'{state.value}'")


def clock(connection: sa.Connection) -> sa.ColumnElement[float]:
    """Return the clock that leases are compared with, in seconds since 1970.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        To the database.

    Returns
    -------
    sqlalchemy.ColumnElement
        The server's clock on PostgreSQL, whatever the clocks of the processes that use
        it; on SQLite, which one machine has, that machine's.
    """
    if connection.dialect.name == "postgresql":
        return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Double())
    return sa.literal(time.time(), sa.Double())


def clean(text: str) -> str:
    """Replace what PostgreSQL keeps in no text: NUL and halves of characters.

    Parameters
    ----------
    text : str
        Of a user's program.

    Returns
    -------
    str
        Of the same length.
    """
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def spec_values(spec: JobSpec) -> dict[str, Any]:
    """Return the columns that a spec is kept in.

    Parameters
    ----------
    spec : JobSpec
        What is to be done.

    Returns
    -------
    dict
        Column -> value.
    """
    return {
        "sha256": spec.sha256,
        "kind": spec.kind,
        "spec": {
            "config": spec.config,
            "inputs": [asdict(one) for one in spec.inputs],
            "seed": spec.seed,
            "git": spec.git,
        },
        "executor": spec.executor,
        "rank": -spec.priority,
        "wall_limit_s": spec.wall_limit_s,
        "max_attempts": spec.max_attempts,
    }


def record_of(found: sa.Row[Any] | Mapping[str, Any]) -> JobRecord:
    """Return a job's record.

    Parameters
    ----------
    found : sqlalchemy.Row or mapping
        Columns of `JOBS` by name.

    Returns
    -------
    JobRecord
        The same.
    """
    row: Any = found._mapping if isinstance(found, sa.Row) else found
    kept = row["spec"]
    spec = JobSpec(
        kind=row["kind"],
        config=kept["config"],
        inputs=tuple(Input(**one) for one in kept["inputs"]),
        seed=kept["seed"],
        executor=row["executor"],
        priority=-row["rank"],
        wall_limit_s=row["wall_limit_s"],
        max_attempts=row["max_attempts"],
        git=kept.get("git"),
    )
    return JobRecord(
        id=str(row["id"]),
        spec=spec,
        state=State(row["state"]),
        attempt=row["attempt"],
        progress=Progress(float(row["fraction"]), row["message"]),
        owner=str(row["owner_id"]),
        project=str(row["project_id"]),
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        batch=None if row["batch_id"] is None else str(row["batch_id"]),
        worker=row["worker"],
        error=row["error"],
        artifact=row["artifact"],
        artifact_bytes=row["artifact_bytes"],
        # Of a changed row SQLite returns whole numbers as integers.
        cpu_s=float(row["cpu_s"]),
        gpu_s=float(row["gpu_s"]),
        cancel_requested=row["cancel_requested"],
        run=row["run"],
    )


def event_of(row: sa.Row[Any]) -> JobEvent:
    """Return an event's record.

    Parameters
    ----------
    row : sqlalchemy.Row
        Of `EVENTS`.

    Returns
    -------
    JobEvent
        The same.
    """
    return JobEvent(row.number, row.at, row.attempt, State(row.state), row.details)


def as_uuid(text: str) -> uuid.UUID | None:
    """Return a complete id.

    Parameters
    ----------
    text : str
        Of anybody.

    Returns
    -------
    uuid.UUID or None
        None if it is no UUID.
    """
    try:
        return uuid.UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
