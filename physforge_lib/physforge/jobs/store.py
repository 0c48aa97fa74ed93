"""What a store of jobs can do: the same over a database and over the REST API."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from pathlib import Path

from physforge.jobs.records import Beat, Claim, JobEvent, JobRecord, LogPart, Outcome, Progress, Selection
from physforge.jobs.spec import JobSpec
from physforge.jobs.states import State

#: For how long a claim holds without a heartbeat, in seconds: a killed worker is noticed before ten are over, even if
#: just then the service of a workbench is killed too, and takes some seconds to start again.
LEASE_S = 6.0
#: Between heartbeats.
HEARTBEAT_S = 1.5


class JobStore(abc.ABC):
    """Jobs, what became of them, and the claims of those who run them.

    Every change of a state is one compare-and-set, fenced by the attempt, with its event
    in the same transaction. A store is used from any number of threads and processes.
    """

    # For whoever asks for work.

    @abc.abstractmethod
    def submit(
        self,
        specs: Sequence[JobSpec],
        *,
        batch: str | None = None,
        idempotency_keys: Sequence[str | None] | None = None,
    ) -> list[JobRecord]:
        """Ask for jobs: all of them or none.

        Parameters
        ----------
        specs : sequence of JobSpec
            Validated, with inputs resolved.
        batch : str, optional
            Name of the batch that they make up; asked for again, the same name goes on with the same batch.
        idempotency_keys : sequence of (str or None), optional
            One for each spec. By default equal work of one owner in one project is one
            job, whatever became of it; with a key it is the key that says what is the same.

        Returns
        -------
        list of JobRecord
            In the order of `specs`; jobs that are there already among them.

        Raises
        ------
        JobError
            For a quota that is exceeded, a job that is needed and not there, or a key that stands for other work.
        """

    @abc.abstractmethod
    def get(self, job_id: str) -> JobRecord:
        """Return a job.

        Parameters
        ----------
        job_id : str
            Its id, or the first characters of it if no other job's id begins so.

        Returns
        -------
        JobRecord
            As it is now.

        Raises
        ------
        UnknownJobError
            If there is none.
        """

    @abc.abstractmethod
    def find(self, selection: Selection) -> list[JobRecord]:
        """Return jobs.

        Parameters
        ----------
        selection : Selection
            Which ones.

        Returns
        -------
        list of JobRecord
            At most `selection.limit`.
        """

    @abc.abstractmethod
    def count(self, selection: Selection) -> dict[State, int]:
        """Count jobs by state.

        Parameters
        ----------
        selection : Selection
            Which ones; its limit does not count.

        Returns
        -------
        dict of State to int
            Every state, also those without jobs.
        """

    @abc.abstractmethod
    def events(self, job_id: str) -> list[JobEvent]:
        """Return the changes of a job's state, the first first.

        Parameters
        ----------
        job_id : str
            As for `get`.

        Returns
        -------
        list of JobEvent
            All of them.
        """

    @abc.abstractmethod
    def cancel(self, job_id: str) -> JobRecord:
        """Ask for a job's end; one that does not run yet ends at once, and so do those that wait for it.

        Parameters
        ----------
        job_id : str
            As for `get`. One that has ended stays as it is.

        Returns
        -------
        JobRecord
            As it is then.
        """

    @abc.abstractmethod
    def retry(self, job_id: str) -> JobRecord:
        """Have a job that failed or was cancelled run again.

        Parameters
        ----------
        job_id : str
            As for `get`.

        Returns
        -------
        JobRecord
            Waiting or queued, with `spec.max_attempts` attempts before it.

        Raises
        ------
        JobError
            If it has not ended, or has succeeded.
        """

    @abc.abstractmethod
    def read_log(self, job_id: str, *, attempt: int | None = None, start: int = 0, limit: int = 1 << 20) -> LogPart:
        """Read a job's log.

        Parameters
        ----------
        job_id : str
            As for `get`.
        attempt : int, optional
            The last by default.
        start : int, default 0
            From which character on.
        limit : int
            Most characters.

        Returns
        -------
        LogPart
            Empty if there is nothing after `start` yet.
        """

    @abc.abstractmethod
    def artifact(self, job_id: str) -> Path:
        """Return the folder of what a job made, on this machine.

        Parameters
        ----------
        job_id : str
            As for `get`.

        Returns
        -------
        pathlib.Path
            Not to be written to.

        Raises
        ------
        JobError
            If the job has not succeeded, or its artifact was removed to make room.
        """

    # For whoever runs jobs.

    @abc.abstractmethod
    def claim(
        self, worker: str, *, job_id: str | None = None, executor: str | None = None, lease_s: float = LEASE_S
    ) -> Claim | None:
        """Take a queued job, with a lease.

        Parameters
        ----------
        worker : str
            Who takes it, for people to read.
        job_id : str, optional
            This one alone; else the one of highest priority, and of these the oldest.
        executor : str, optional
            Only jobs that are meant for it.
        lease_s : float
            How long it holds.

        Returns
        -------
        Claim or None
            None if there is nothing to claim (or the owner has as many running as the quota allows).
        """

    @abc.abstractmethod
    def heartbeat(self, claim: Claim, progress: Progress | None = None, *, lease_s: float = LEASE_S) -> Beat:
        """Extend a lease, and say how far the work is.

        Parameters
        ----------
        claim : Claim
            Whose.
        progress : Progress, optional
            Unchanged if not given.
        lease_s : float
            How long it holds from now on.

        Returns
        -------
        Beat
            Whether to stop.

        Raises
        ------
        LostClaimError
            If the job is no longer this claim's: stop, and publish nothing.
        """

    @abc.abstractmethod
    def append_log(self, claim: Claim, start: int, text: str) -> None:
        """Add to the log of an attempt.

        Parameters
        ----------
        claim : Claim
            Whose.
        start : int
            How many characters were written before; what is there already is not written twice.
        text : str
            What comes then.

        Raises
        ------
        LostClaimError
            As for `heartbeat`.
        """

    @abc.abstractmethod
    def checkpoint(self, claim: Claim, folder: Path) -> None:
        """Keep what an attempt would go on from, in place of what was kept before.

        Parameters
        ----------
        claim : Claim
            Whose.
        folder : pathlib.Path
            Complete; copied.

        Raises
        ------
        LostClaimError
            As for `heartbeat`.
        """

    @abc.abstractmethod
    def last_checkpoint(self, claim: Claim, target: Path) -> bool:
        """Copy what an earlier attempt kept.

        Parameters
        ----------
        claim : Claim
            Whose job.
        target : pathlib.Path
            A folder that does not exist yet.

        Returns
        -------
        bool
            False if nothing was kept; `target` is not made then.
        """

    @abc.abstractmethod
    def publish(self, claim: Claim, folder: Path, outcome: Outcome) -> JobRecord:
        """Give the artifact of an attempt to the store, and end the job with success.

        Parameters
        ----------
        claim : Claim
            Whose.
        folder : pathlib.Path
            The artifact, complete; it is moved or copied, and appears whole or not at all.
        outcome : Outcome
            A success.

        Returns
        -------
        JobRecord
            The job, done.

        Raises
        ------
        LostClaimError
            As for `heartbeat`; nothing is published then.
        """

    @abc.abstractmethod
    def finish(self, claim: Claim, outcome: Outcome) -> JobRecord:
        """End an attempt without an artifact: failed or cancelled.

        Parameters
        ----------
        claim : Claim
            Whose.
        outcome : Outcome
            No success.

        Returns
        -------
        JobRecord
            The job, ended.

        Raises
        ------
        LostClaimError
            As for `heartbeat`.
        """

    @abc.abstractmethod
    def give_back(self, claim: Claim, reason: str) -> JobRecord:
        """Put a job back into the queue, since its worker is told to end; it counts as no attempt lost.

        Parameters
        ----------
        claim : Claim
            Whose.
        reason : str
            For the event.

        Returns
        -------
        JobRecord
            Queued.

        Raises
        ------
        LostClaimError
            As for `heartbeat`.
        """

    def lose(self, claim: Claim, reason: str) -> JobRecord:  # noqa: ARG002 - a store may do better
        """End an attempt whose process died: queue the job again, or end it if it was begun too often.

        Parameters
        ----------
        claim : Claim
            Whose.
        reason : str
            One sentence, for the event, and for the job's error if this was its last attempt.

        Returns
        -------
        JobRecord
            Queued, or failed.

        Raises
        ------
        LostClaimError
            As for `heartbeat`.

        Notes
        -----
        This one lets the lease end and says no reason; a store that can do it in one
        transaction, with the reason, should.
        """
        self.heartbeat(claim, lease_s=0.0)
        self.release_expired()
        return self.get(claim.job.id)

    @abc.abstractmethod
    def release_expired(self) -> list[JobRecord]:
        """Queue the jobs whose leases are over, or end them if they were begun too often.

        Returns
        -------
        list of JobRecord
            Those that changed.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Close connections."""
