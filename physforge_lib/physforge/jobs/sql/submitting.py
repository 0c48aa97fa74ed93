"""Enter jobs: many callers' at once, each caller's all or none."""

from __future__ import annotations

import hashlib
import math
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from physforge.database.scopes import Scope
from physforge.database.tables.base import now
from physforge.errors import JobError, UnknownJobError
from physforge.jobs.quota import Quotas
from physforge.jobs.records import JobRecord
from physforge.jobs.spec import JobSpec
from physforge.jobs.sql.rows import BATCHES, EVENTS, JOBS, MEMBERS, NEEDS, as_uuid, record_of, spec_values
from physforge.jobs.sql.usage import check_queue, lock_owners
from physforge.jobs.states import FINAL, State

#: Longest canonical spec, in characters.
LONGEST_SPEC = 2**20

#: Values in one IN (...).
_CHUNK = 500


@dataclass(frozen=True)
class Order:
    """What one caller asks for.

    Parameters
    ----------
    scope : Scope
        Whose jobs they become.
    quotas : Quotas
        How many are allowed.
    batch : str or None
        Name of their batch.
    rows : tuple of dict
        Columns of `JOBS`, without the state.
    needs : tuple of tuple of uuid.UUID
        For each row the jobs that it needs.
    """

    scope: Scope
    quotas: Quotas
    batch: str | None
    rows: tuple[dict[str, Any], ...]
    needs: tuple[tuple[uuid.UUID, ...], ...]


@dataclass
class _Entered:
    """Rows to be inserted at the end, for all callers."""

    jobs: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    needs: list[dict[str, Any]] = field(default_factory=list)

    def add(self, other: _Entered) -> None:
        self.jobs += other.jobs
        self.events += other.events
        self.needs += other.needs


_Key = tuple[str, uuid.UUID, uuid.UUID]


def make_order(
    scope: Scope, quotas: Quotas, specs: Sequence[JobSpec], batch: str | None, keys: Sequence[str | None] | None
) -> Order:
    """Check what a caller asks for, and prepare its rows.

    Parameters
    ----------
    scope : Scope
        Whose jobs they become.
    quotas : Quotas
        How many are allowed.
    specs : sequence of JobSpec
        What is to be done.
    batch : str or None
        Name of their batch.
    keys : sequence of (str or None) or None
        The caller's own keys.

    Returns
    -------
    Order
        To be entered.

    Raises
    ------
    JobError
        For a spec that cannot be kept; all that is wrong with it is in the message.
    """
    if keys is not None and len(keys) != len(specs):
        raise JobError(f"{len(keys)} idempotency keys for {len(specs)} jobs; give one for each, or None.")
    if batch is not None and (not 0 < len(batch) <= 255 or not batch.isprintable() or as_uuid(batch) is not None):
        raise JobError(f"{batch[:80]!a} cannot be a batch's name: 1 to 255 printable characters, and no UUID.")
    rows = tuple(_row(scope, spec, key) for spec, key in zip(specs, keys or [None] * len(specs), strict=True))
    return Order(scope, quotas, batch, rows, tuple(_needs(spec) for spec in specs))


def _row(scope: Scope, spec: JobSpec, key: str | None) -> dict[str, Any]:
    try:
        canonical = spec.canonical
    except (ValueError, TypeError) as error:
        raise JobError(f"The config of a {spec.kind!r} job is no JSON with finite numbers: {error}.") from error
    faults = [words for words, is_wrong in _rules(spec, canonical, key) if is_wrong]
    if faults:
        raise JobError(f"The {spec.kind[:80]!r} job is refused: {'; '.join(faults)}.")
    values = spec_values(spec)
    own = f"spec:{values['sha256']}" if key is None else f"key:{hashlib.sha256(key.encode()).hexdigest()}"
    return {
        "id": uuid.uuid4(),
        "owner_id": scope.owner_id,
        "project_id": scope.project_id,
        "key": own,
        "attempt": 0,
        "last_attempt": spec.max_attempts,
        "cancel_requested": False,
        "fraction": 0.0,
        "message": "",
        "artifact_bytes": 0,
        "events": 1,
        "log_length": 0,
        "cpu_s": 0.0,
        "gpu_s": 0.0,
        "run": {},
        "lease_until": None,
        "worker": None,
        "error": None,
        "artifact": None,
        "checkpoint": None,
        "artifact_removed_at": None,
        "started_at": None,
        "finished_at": None,
        **values,
    }


def _rules(spec: JobSpec, canonical: str, key: str | None) -> Iterator[tuple[str, bool]]:
    limit = spec.wall_limit_s
    yield f"its spec has {len(canonical)} characters, and {LONGEST_SPEC} are allowed", len(canonical) > LONGEST_SPEC
    yield "its kind must have 1 to 255 characters", not 0 < len(spec.kind) <= 255
    yield "its executor must have 1 to 255 characters", not 0 < len(spec.executor) <= 255
    yield "its priority must be within ±1,000,000", abs(spec.priority) > 1_000_000
    yield "max_attempts must be 1 to 100", not 1 <= spec.max_attempts <= 100
    yield "its wall limit must be a positive number", limit is not None and not (0 < limit < math.inf)
    yield "an idempotency key must have 1 to 255 characters", key is not None and not 0 < len(key) <= 255


def _needs(spec: JobSpec) -> tuple[uuid.UUID, ...]:
    found = []
    for need in spec.needs:
        key = as_uuid(need)
        if key is None:
            raise UnknownJobError(f"{need[:80]!r}, which a {spec.kind!r} job needs, is no job's id.")
        found.append(key)
    return tuple(found)


def enter_orders(connection: sa.Connection, orders: Sequence[Order]) -> list[list[JobRecord] | Exception]:
    """Enter what several callers ask for.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a writing transaction.
    orders : sequence of Order
        Of the callers.

    Returns
    -------
    list of (list of JobRecord or JobError)
        For each caller its jobs, those that were there already among them.
    """
    lock_owners(connection, (order.scope for order in orders))
    known = _known(connection, orders)
    needed = _needed(connection, {need for order in orders for needs in order.needs for need in needs})
    entered = _Entered()
    answers: list[list[JobRecord] | Exception] = []
    members: list[tuple[uuid.UUID, list[uuid.UUID]]] = []
    for order in orders:
        try:
            rows, new = _resolve(connection, order, known, needed, entered)
        except JobError as error:
            answers.append(error)
            continue
        entered.add(new)
        known |= {_key(row): row for row in new.jobs}
        if order.batch is not None:
            batch = _enter_batch(connection, order)
            for job in new.jobs:
                job["batch_id"] = batch
            members.append((batch, [row["id"] for row in rows]))
            rows = [{**row, "batch_id": row["batch_id"] or batch} for row in rows]
        answers.append([record_of(row) for row in rows])
    for table, values in ((JOBS, entered.jobs), (EVENTS, entered.events), (NEEDS, entered.needs)):
        if values:
            connection.execute(sa.insert(table), values)
    for batch, ids in members:
        _enter_members(connection, batch, ids)
    return answers


def _resolve(
    connection: sa.Connection,
    order: Order,
    known: dict[_Key, Any],
    needed: dict[uuid.UUID, sa.Row[Any]],
    entered: _Entered,
) -> tuple[list[Any], _Entered]:
    """Return the rows of an order, and what of it is new."""
    new = _Entered()
    own: dict[_Key, Any] = {}
    rows = []
    moment = now()
    for row, needs in zip(order.rows, order.needs, strict=True):
        there = own.get(_key(row)) or known.get(_key(row))
        if there is None:
            state = _first_state(order, needs, needed)
            there = own[_key(row)] = {**row, "state": state.value, "created_at": moment, "batch_id": None}
            new.jobs.append(there)
            new.events.append(
                {"job_id": row["id"], "number": 1, "at": moment, "attempt": 0, "state": state.value, "details": {}}
            )
            new.needs += [{"job_id": row["id"], "need_id": need} for need in needs]
        elif there["sha256"] != row["sha256"]:
            raise JobError(
                f"The idempotency key of a {row['kind']!r} job stands for other work already, the job {there['id']}; "
                "use a new key for new work."
            )
        rows.append(there)
    if new.jobs and order.quotas != Quotas():
        pending = sum(one["owner_id"] == order.scope.owner_id for one in entered.jobs)
        check_queue(connection, order.scope, order.quotas, len(new.jobs), pending)
    return rows, new


def _first_state(order: Order, needs: Iterable[uuid.UUID], needed: dict[uuid.UUID, sa.Row[Any]]) -> State:
    state = State.QUEUED
    for need in needs:
        found = needed.get(need)
        if found is None or (found.owner_id, found.project_id) != (order.scope.owner_id, order.scope.project_id):
            raise UnknownJobError(f"There is no job {need}, which another one needs; nothing was submitted.")
        if found.artifact_removed_at is not None:
            raise JobError(f"The job {need}, which another one needs, has no artifact any more; nothing was submitted.")
        if found.state in FINAL and found.state != State.SUCCEEDED:
            raise JobError(f"The job {need}, which another one needs, is {found.state}; retry it first.")
        if found.state != State.SUCCEEDED:
            state = State.WAITING
    return state


def _known(connection: sa.Connection, orders: Sequence[Order]) -> dict[_Key, Any]:
    found: dict[_Key, Any] = {}
    keys = sorted({row["key"] for order in orders for row in order.rows})
    owners = list({order.scope.owner_id for order in orders})
    for some in _chunks(keys):
        query = sa.select(JOBS).where(JOBS.c.key.in_(some), JOBS.c.owner_id.in_(owners))
        found |= {_key(row): row for row in connection.execute(query).mappings()}
    return found


def _needed(connection: sa.Connection, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, sa.Row[Any]]:
    """Read the jobs that others need, and keep them from ending until the others are entered."""
    found: dict[uuid.UUID, Any] = {}
    for some in _chunks(sorted(ids)):
        query = sa.select(
            JOBS.c.id, JOBS.c.owner_id, JOBS.c.project_id, JOBS.c.state, JOBS.c.artifact_removed_at
        ).where(JOBS.c.id.in_(some))
        for row in connection.execute(query.order_by(JOBS.c.number).with_for_update()):
            found[row.id] = row
    return found


def _enter_batch(connection: sa.Connection, order: Order) -> uuid.UUID:
    values = {"owner_id": order.scope.owner_id, "project_id": order.scope.project_id, "name": order.batch}
    conditions = [BATCHES.c[name] == value for name, value in values.items()]
    found = connection.execute(sa.select(BATCHES.c.id).where(*conditions)).scalar()
    if found is None:
        found = uuid.uuid4()
        connection.execute(sa.insert(BATCHES), {"id": found, **values, "created_at": now()})
    return found


def _enter_members(connection: sa.Connection, batch: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    there = set(connection.execute(sa.select(MEMBERS.c.job_id).where(MEMBERS.c.batch_id == batch)).scalars())
    new = [{"batch_id": batch, "job_id": one} for one in dict.fromkeys(ids) if one not in there]
    if new:
        connection.execute(sa.insert(MEMBERS), new)
    first = sa.update(JOBS).where(JOBS.c.batch_id.is_(None))
    for some in _chunks(list(dict.fromkeys(ids))):
        connection.execute(first.where(JOBS.c.id.in_(some)).values(batch_id=batch))


def _key(row: Any) -> _Key:
    return row["key"], row["owner_id"], row["project_id"]


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
