"""Jobs in a database, SQLite or PostgreSQL, and what they make in a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from physforge.database import Database
from physforge.database.scopes import Scope, enter_scope
from physforge.database.tables.base import now
from physforge.database.tables.identity import DEFAULT_PROJECT, LOCAL_PRINCIPAL
from physforge.errors import JobError, LostClaimError
from physforge.jobs.folders import Folders, copy_folder
from physforge.jobs.quota import Quotas
from physforge.jobs.records import Beat, Claim, JobEvent, JobRecord, LogPart, Outcome, Progress, Selection
from physforge.jobs.spec import JobSpec
from physforge.jobs.sql import asking, logs, retention, working
from physforge.jobs.sql.changes import lost
from physforge.jobs.sql.queries import count_jobs, find_job, find_jobs
from physforge.jobs.sql.rows import EVENTS, JOBS, as_uuid, clean, event_of, record_of, within
from physforge.jobs.sql.statements import Row, Where, of_claim, select_claimed
from physforge.jobs.sql.statements import write as write_columns
from physforge.jobs.sql.submitting import Order, enter_orders, make_order
from physforge.jobs.sql.usage import check_space
from physforge.jobs.states import State
from physforge.jobs.store import LEASE_S, JobStore

Answer = TypeVar("Answer")

#: Longest error that is kept, in characters.
_LONGEST_ERROR = 10_000


class SqlJobStore(JobStore):
    """Jobs of one owner in one project.

    Parameters
    ----------
    database : Database
        SQLite or PostgreSQL. Threads of a process share commits (`Database.together`).
    folder : pathlib.Path
        Where artifacts and checkpoints lie; made when first written to.
    principal : str, default "local"
        Hub name of the owner; entered if it is new.
    project : str, default "default"
        Name of a project of theirs; made if it is new.
    scope : Scope, optional
        Both by their ids, where they are known; `principal` and `project` do not count then.
    quotas : Quotas, optional
        Limits of the owner and the project; none by default.

    Examples
    --------
    >>> import tempfile
    >>> from physforge.jobs.records import Outcome
    >>> with tempfile.TemporaryDirectory() as name:
    ...     store = SqlJobStore(Database.open(f"sqlite:///{name}/physforge.sqlite"), Path(name, "jobs"))
    ...     (job,) = store.submit([JobSpec("discovery", {"dataset": "burgers"})])
    ...     claim = store.claim("a worker")
    ...     made = Path(name, "made")
    ...     made.mkdir()
    ...     job = store.publish(claim, made, Outcome(State.SUCCEEDED))
    ...     store.close()
    >>> job.state, job.attempt
    (<State.SUCCEEDED: 'succeeded'>, 1)
    """

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        principal: str = LOCAL_PRINCIPAL,
        project: str = DEFAULT_PROJECT,
        scope: Scope | None = None,
        quotas: Quotas | None = None,
    ) -> None:
        self._database = database
        self._folders = Folders(folder)
        self._scope = scope or enter_scope(database, principal, project)
        self._quotas = quotas or Quotas()

    def __repr__(self) -> str:
        return f"SqlJobStore({self._database!r}, {self._folders!r})"

    def submit(
        self,
        specs: Sequence[JobSpec],
        *,
        batch: str | None = None,
        idempotency_keys: Sequence[str | None] | None = None,
    ) -> list[JobRecord]:
        """Ask for jobs: all of them or none (see `JobStore.submit`)."""
        order = self.order(specs, batch=batch, idempotency_keys=idempotency_keys)
        return self._database.together.run(enter_orders, order)

    def order(
        self,
        specs: Sequence[JobSpec],
        *,
        batch: str | None = None,
        idempotency_keys: Sequence[str | None] | None = None,
    ) -> Order:
        """Check what is asked for, to be entered together with what others ask for (see `submit`).

        Parameters
        ----------
        specs : sequence of JobSpec
            As for `submit`, as are the others.
        batch : str, optional
            Name of their batch.
        idempotency_keys : sequence of (str or None), optional
            One for each spec.

        Returns
        -------
        Order
            For `physforge.jobs.sql.submitting.enter_orders`.
        """
        return make_order(self._scope, self._quotas, specs, batch, idempotency_keys)

    def get(self, job_id: str) -> JobRecord:
        """Return a job (see `JobStore.get`)."""
        return record_of(self._read(lambda connection: find_job(connection, self._scope, job_id)))

    def find(self, selection: Selection) -> list[JobRecord]:
        """Return jobs (see `JobStore.find`)."""
        rows = self._read(lambda connection: find_jobs(connection, self._scope, selection))
        return [record_of(row) for row in rows]

    def count(self, selection: Selection) -> dict[State, int]:
        """Count jobs by state (see `JobStore.count`)."""
        return self._read(lambda connection: count_jobs(connection, self._scope, selection))

    def events(self, job_id: str) -> list[JobEvent]:
        """Return the changes of a job's state (see `JobStore.events`)."""

        def read(connection: sa.Connection) -> list[JobEvent]:
            job = find_job(connection, self._scope, job_id)
            query = sa.select(EVENTS).where(EVENTS.c.job_id == job.id).order_by(EVENTS.c.number)
            return [event_of(row) for row in connection.execute(query)]

        return self._read(read)

    def cancel(self, job_id: str) -> JobRecord:
        """Ask for a job's end (see `JobStore.cancel`)."""
        return self._ask(lambda connection: asking.cancel(connection, self._scope, job_id))

    def retry(self, job_id: str) -> JobRecord:
        """Have a job that failed or was cancelled run again (see `JobStore.retry`)."""
        return self._ask(lambda connection: asking.retry(connection, self._scope, self._quotas, job_id))

    def read_log(self, job_id: str, *, attempt: int | None = None, start: int = 0, limit: int = 1 << 20) -> LogPart:
        """Read a job's log (see `JobStore.read_log`)."""

        def read(connection: sa.Connection) -> LogPart:
            job = find_job(connection, self._scope, job_id)
            return logs.read_log(connection, job, attempt, start, limit)

        return self._read(read)

    def artifact(self, job_id: str) -> Path:
        """Return the folder of what a job made (see `JobStore.artifact`)."""
        job = self.get(job_id)
        if job.state != State.SUCCEEDED:
            raise JobError(f"The job {job.id} is {job.state}; an artifact is there once it has succeeded.")
        folder = None if job.artifact is None else self._folders.path("artifacts", job.artifact)
        if folder is None or not folder.is_dir():
            raise JobError(f"The artifact of job {job.id} was removed; `physforge job reproduce` makes it again.")
        return folder

    def claim(
        self, worker: str, *, job_id: str | None = None, executor: str | None = None, lease_s: float = LEASE_S
    ) -> Claim | None:
        """Take a queued job, with a lease (see `JobStore.claim`)."""
        ask = working.Ask(self._scope, self._quotas, worker, job_id, executor, lease_s)
        return self._database.together.run(working.claim_jobs, ask)

    def heartbeat(self, claim: Claim, progress: Progress | None = None, *, lease_s: float = LEASE_S) -> Beat:
        """Extend a lease, and say how far the work is (see `JobStore.heartbeat`)."""
        beating = working.Beating(self._scope, claim, progress, lease_s)
        return self._database.together.run(working.beat, beating, durable=False)

    def append_log(self, claim: Claim, start: int, text: str) -> None:
        """Add to the log of an attempt (see `JobStore.append_log`)."""
        self._database.together.run(logs.append_logs, logs.Writing(self._scope, claim, start, text), durable=False)

    def checkpoint(self, claim: Claim, folder: Path) -> None:
        """Keep what an attempt would go on from (see `JobStore.checkpoint`)."""
        before = self._own(claim).checkpoint
        name, _ = self._folders.take_in("checkpoints", claim.job.id, claim.attempt, folder)

        def write(connection: sa.Connection) -> None:
            which = of_claim(self._scope, claim)
            if write_columns(connection, Where.CLAIMED, which, {"checkpoint": name}, returning=("id",)) is None:
                raise lost(claim)

        try:
            self._together(write)
        except LostClaimError:
            self._folders.remove("checkpoints", name)
            raise
        self._folders.remove("checkpoints", before)

    def last_checkpoint(self, claim: Claim, target: Path) -> bool:
        """Copy what an earlier attempt kept (see `JobStore.last_checkpoint`)."""
        name = self._own(claim).checkpoint
        if name is None:
            return False
        copy_folder(self._folders.path("checkpoints", name), target)
        return True

    def publish(self, claim: Claim, folder: Path, outcome: Outcome) -> JobRecord:
        """Give the artifact of an attempt to the store, and end the job with success (see `JobStore.publish`).

        What this attempt has published already is returned as it is: the answer may have
        been lost on its way.
        """
        if outcome.state != State.SUCCEEDED:
            raise JobError(f"An artifact is of a success, not of a job that is {outcome.state}; use finish().")
        done = self._published(claim)
        if done is not None:
            return done
        name, size = self._folders.take_in("artifacts", claim.job.id, claim.attempt, folder)
        try:
            self._read(lambda connection: check_space(connection, self._scope, self._quotas, size))
            values = {
                "artifact": name,
                "artifact_bytes": size,
                "checkpoint": None,
                "fraction": 1.0,
                "finished_at": now(),
                "error": None,
            }
            details = {"artifact": name}
            ending = working.Ending(self._scope, claim, State.SUCCEEDED, values, details=details, outcome=outcome)
            ended = self._end(ending)
        except JobError:  # certainly not published; after another error the database may say that it is
            self._folders.remove("artifacts", name)
            raise
        self._folders.keep_only("artifacts", ended.id, name)
        self._folders.keep_only("checkpoints", ended.id, None)
        return ended

    def finish(self, claim: Claim, outcome: Outcome) -> JobRecord:
        """End an attempt without an artifact (see `JobStore.finish`)."""
        if outcome.state not in (State.FAILED, State.CANCELLED):
            raise JobError(f"An attempt ends as failed or cancelled here, not as {outcome.state}; use publish().")
        error = None if outcome.error is None else clean(outcome.error)[:_LONGEST_ERROR]
        values = {"error": error, "finished_at": now()}
        details = {"error": error}
        return self._end(working.Ending(self._scope, claim, outcome.state, values, details=details, outcome=outcome))

    def give_back(self, claim: Claim, reason: str) -> JobRecord:
        """Put a job back into the queue (see `JobStore.give_back`)."""
        details, more = {"reason": clean(reason)}, {"last_attempt": 1}
        return self._end(working.Ending(self._scope, claim, State.QUEUED, added=more, details=details))

    def lose(self, claim: Claim, reason: str) -> JobRecord:
        """End an attempt whose process died (see `JobStore.lose`)."""
        row: Row = self._database.together.run(working.lose_attempts, (self._scope, claim, reason))
        return record_of(row)

    def release_expired(self) -> list[JobRecord]:
        """Queue the jobs whose leases are over, or end them (see `JobStore.release_expired`)."""
        return self._release(self._scope)

    def release_everybodys(self) -> list[JobRecord]:
        """Do what `release_expired` does for the jobs of all owners in all projects.

        Returns
        -------
        list of JobRecord
            Those that changed, of whomever: for a service that serves all of them.
        """
        return self._release(None)

    def remove_old(self, *, older_than: timedelta | None = None, most_bytes: int | None = None) -> list[JobRecord]:
        """Delete artifacts to make room; records, events and logs stay.

        Parameters
        ----------
        older_than : datetime.timedelta, optional
            Those of jobs that ended before; also what such jobs that did not succeed
            would have gone on from.
        most_bytes : int, optional
            Space for all artifacts together; the oldest go first.

        Returns
        -------
        list of JobRecord
            Jobs that have no artifact any more. One that is needed by a job that has not
            ended stays.

        Raises
        ------
        JobError
            For a limit below zero.
        """
        removed = self._together(
            lambda connection: retention.forget_old(connection, self._scope, older_than, most_bytes)
        )
        for row in removed.artifacts:
            self._folders.keep_only("artifacts", str(row.id), None)
        for row in removed.checkpoints:
            self._folders.keep_only("checkpoints", str(row.id), None)
        there = self._folders.jobs("artifacts")
        for job_id in self._read(lambda connection: retention.ended_without(connection, self._scope, there)):
            self._folders.keep_only("artifacts", job_id, None)
        return [self.get(str(row.id)) for row in removed.artifacts]

    def close(self) -> None:
        """Close connections; those who share the database open new ones when they need them."""
        self._database.close()

    def _release(self, scope: Scope | None) -> list[JobRecord]:
        # Asked every second: somebody who only looks must not wait for those who write.
        if not self._read(working.has_expired):
            return []
        rows: list[Row] = self._database.together.run(working.release_expired, scope)
        return [record_of(row) for row in rows]

    def _read(self, work: Callable[[sa.Connection], Answer]) -> Answer:
        with self._database.reading() as session:
            return work(session.connection())

    def _together(self, work: Callable[[sa.Connection], Answer]) -> Answer:
        answer: Answer = self._database.together.run(working.one_by_one, work)
        return answer

    def _ask(self, work: Callable[[sa.Connection], Row]) -> JobRecord:
        return record_of(self._together(work))

    def _end(self, ending: working.Ending) -> JobRecord:
        row: Row = self._database.together.run(working.end_attempts, ending)
        return record_of(row)

    def _own(self, claim: Claim) -> Row:
        """Read the job of a claim that still holds."""
        row = self._read(lambda connection: select_claimed(connection, self._scope, claim, lock=False))
        if row is None:
            raise lost(claim)
        return row

    def _published(self, claim: Claim) -> JobRecord | None:
        """Return the job if this very attempt has succeeded; raise if it may not succeed any more."""
        query = sa.select(JOBS).where(*within(self._scope), JOBS.c.id == as_uuid(claim.job.id))
        row = self._read(lambda connection: connection.execute(query).one_or_none())
        if row is None or row.attempt != claim.attempt or row.state not in (State.RUNNING, State.SUCCEEDED):
            raise lost(claim)
        return record_of(row) if row.state == State.SUCCEEDED else None
