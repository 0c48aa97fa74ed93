"""The jobs of a workbench as a store, over its REST API."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from physforge.client import Cache, Login
from physforge.client.jobs import Document, JobCalls
from physforge.errors import JobError
from physforge.jobs.records import Beat, Claim, JobEvent, JobRecord, LogPart, Outcome, Progress, Selection
from physforge.jobs.spec import Input, JobSpec
from physforge.jobs.states import State
from physforge.jobs.store import LEASE_S, JobStore
from physforge.settings import Settings

#: What artifacts in the cache may take, in bytes; those used in the last day stay all the same.
MOST_BYTES = 10 * 2**30
_A_DAY_S = 24 * 3600.0

#: Longest piece of a log that is sent at a time, in characters.
_PIECE = 100_000

#: Longest error that is sent, in characters.
_LONGEST_ERROR = 10_000


class RemoteJobStore(JobStore):
    """The jobs that a user of a workbench may see; or, with the token of a job, that job alone.

    Parameters
    ----------
    login : Login
        Where, and who.
    cache : Cache, optional
        Artifacts are kept in its folder; in the user's own cache by default.
    project : str, optional
        Id of the project that jobs are submitted into; the user's default one if not given.

    Notes
    -----
    A service that does not answer is a `RemoteError`; what may be sent twice was tried
    several times by then. Heartbeats are not: the next one follows soon.
    """

    def __init__(self, login: Login, cache: Cache | None = None, *, project: str | None = None) -> None:
        self._jobs = JobCalls(login)
        self._cache = cache
        self._project = project

    def __repr__(self) -> str:
        return f"RemoteJobStore({self._jobs.login.url!r})"

    @property
    def calls(self) -> JobCalls:
        """The REST API's own words, for what a store does not say."""
        return self._jobs

    def login_for(self, job_id: str, *, seconds: int = 24 * 3600) -> Login:
        """Return a login for whoever is to run one job: it can do that, read what the job reads, and nothing else.

        Parameters
        ----------
        job_id : str
            As for `get`.
        seconds : int, default 86400
            How long it is good: from a minute to 30 days.

        Returns
        -------
        Login
            Of the same workbench.
        """
        made = self._jobs.post(f"/{self._jobs.full_id(job_id)}/token", {"seconds": seconds})
        return Login(self._jobs.login.url, made["token"])

    def submit(
        self,
        specs: Sequence[JobSpec],
        *,
        batch: str | None = None,
        idempotency_keys: Sequence[str | None] | None = None,
    ) -> list[JobRecord]:
        """Ask for jobs (see `JobStore.submit`)."""
        if not specs:
            return []
        keys = None if idempotency_keys is None else list(idempotency_keys)
        for one in specs:
            _check_is_json(one)
        made = self._jobs.submit(
            [asdict(one) for one in specs], batch=batch, idempotency_keys=keys, project_id=self._project
        )
        return [as_job(one) for one in made]

    def get(self, job_id: str) -> JobRecord:
        """Return a job (see `JobStore.get`)."""
        return as_job(self._jobs.get(f"/{self._jobs.full_id(job_id)}"))

    def find(self, selection: Selection) -> list[JobRecord]:
        """Return jobs, those that are shared with the user among them (see `JobStore.find`)."""
        found = self._jobs.find(
            selection.limit,
            selection.after,
            newest_first=selection.newest_first,
            state=None if selection.states is None else sorted(selection.states),
            **_query(selection),
        )
        return [as_job(one) for one in found] if selection.states is None or selection.states else []

    def count(self, selection: Selection) -> dict[State, int]:
        """Count jobs by state (see `JobStore.count`)."""
        found = self._jobs.get("/counts", **_query(selection))["counts"]
        wanted = frozenset(State) if selection.states is None else selection.states
        return {state: int(found[state]) if state in wanted else 0 for state in State}

    def events(self, job_id: str) -> list[JobEvent]:
        """Return the changes of a job's state (see `JobStore.events`)."""
        found = self._jobs.get(f"/{self._jobs.full_id(job_id)}/events")["items"]
        return [
            JobEvent(
                one["number"], datetime.fromisoformat(one["at"]), one["attempt"], State(one["state"]), one["details"]
            )
            for one in found
        ]

    def cancel(self, job_id: str) -> JobRecord:
        """Ask for a job's end (see `JobStore.cancel`)."""
        return as_job(self._jobs.post(f"/{self._jobs.full_id(job_id)}/cancel", again=True))

    def retry(self, job_id: str) -> JobRecord:
        """Have a job run again (see `JobStore.retry`)."""
        return as_job(self._jobs.post(f"/{self._jobs.full_id(job_id)}/retry"))

    def read_log(self, job_id: str, *, attempt: int | None = None, start: int = 0, limit: int = 1 << 20) -> LogPart:
        """Read a job's log (see `JobStore.read_log`)."""
        found = self._jobs.get(
            f"/{self._jobs.full_id(job_id)}/log", attempt=attempt, start=start, limit=min(limit, 1 << 20)
        )
        return LogPart(found["text"], found["start"], found["end"], found["attempt"])

    def artifact(self, job_id: str) -> Path:
        """Download what a job made, unless the cache has it (see `JobStore.artifact`)."""
        key = self._jobs.full_id(job_id)
        root = (Settings.from_environment().cache_folder if self._cache is None else self._cache.folder) / "artifacts"
        target = root / key
        if not target.exists():
            _make_room(root)
        self._jobs.fetch_folder(f"/{key}/artifact", target)
        return target

    def claim(
        self, worker: str, *, job_id: str | None = None, executor: str | None = None, lease_s: float = LEASE_S
    ) -> Claim | None:
        """Take a queued job of the user's own (see `JobStore.claim`)."""
        words: dict[str, Any] = {"worker": worker, "lease_s": lease_s}
        if job_id is None:
            return _as_claim(self._jobs.post("/claim", {**words, "executor": executor}))
        key = self._jobs.full_id(job_id)
        return _as_claim(self._jobs.post(f"/{key}/claim", {**words, "executor": executor}))

    def heartbeat(self, claim: Claim, progress: Progress | None = None, *, lease_s: float = LEASE_S) -> Beat:
        """Extend a lease (see `JobStore.heartbeat`)."""
        said = None if progress is None else asdict(progress)
        words = {**_fence(claim), "progress": said, "lease_s": lease_s}
        return Beat(bool(self._jobs.post(f"/{claim.job.id}/heartbeat", words)["cancel"]))

    def append_log(self, claim: Claim, start: int, text: str) -> None:
        """Add to the log of an attempt (see `JobStore.append_log`)."""
        for first in range(0, max(len(text), 1), _PIECE):
            words = {**_fence(claim), "start": start + first, "text": text[first : first + _PIECE]}
            self._jobs.post(f"/{claim.job.id}/log", words, again=True)

    def checkpoint(self, claim: Claim, folder: Path) -> None:
        """Keep what an attempt would go on from (see `JobStore.checkpoint`)."""
        files = self._jobs.send_folder(claim.job.id, _fence(claim), folder)
        self._jobs.post(f"/{claim.job.id}/checkpoint", {**_fence(claim), "files": files})

    def last_checkpoint(self, claim: Claim, target: Path) -> bool:
        """Copy what an earlier attempt kept (see `JobStore.last_checkpoint`)."""
        return self._jobs.fetch_folder(f"/{claim.job.id}/checkpoint", target, **_fence(claim))

    def publish(self, claim: Claim, folder: Path, outcome: Outcome) -> JobRecord:
        """Give the artifact of an attempt to the workbench (see `JobStore.publish`)."""
        if outcome.state is not State.SUCCEEDED:
            raise JobError(f"An artifact is of a job that has succeeded, not {outcome.state}; use finish().")
        files = self._jobs.send_folder(claim.job.id, _fence(claim), folder)
        words = {**_fence(claim), "files": files, "cpu_s": outcome.cpu_s, "gpu_s": outcome.gpu_s, "run": outcome.run}
        return as_job(self._jobs.post(f"/{claim.job.id}/publish", words, again=True))

    def finish(self, claim: Claim, outcome: Outcome) -> JobRecord:
        """End an attempt without an artifact (see `JobStore.finish`)."""
        error = None if outcome.error is None else outcome.error[:_LONGEST_ERROR]
        words = {**_fence(claim), **asdict(outcome), "error": error}
        return as_job(self._jobs.post(f"/{claim.job.id}/finish", words, again=True))

    def give_back(self, claim: Claim, reason: str) -> JobRecord:
        """Put a job back into the queue (see `JobStore.give_back`)."""
        return as_job(self._jobs.post(f"/{claim.job.id}/give-back", {**_fence(claim), "reason": reason}))

    def lose(self, claim: Claim, reason: str) -> JobRecord:
        """End an attempt whose process died (see `JobStore.lose`)."""
        return as_job(self._jobs.post(f"/{claim.job.id}/lose", {**_fence(claim), "reason": reason}))

    def release_expired(self) -> list[JobRecord]:
        """Queue the user's jobs whose leases are over; the workbench does so by itself, too."""
        if self._jobs.login.is_for_one_job:
            return []
        return [as_job(one) for one in self._jobs.post("/release")["items"]]

    def close(self) -> None:
        """Close the connection."""
        self._jobs.close()


def as_job(record: Document) -> JobRecord:
    """Return a job.

    Parameters
    ----------
    record : dict
        From the REST API.

    Returns
    -------
    JobRecord
        The same facts.
    """
    spec = JobSpec(
        kind=record["kind"],
        config=record["config"],
        inputs=tuple(Input(**one) for one in record["inputs"]),
        seed=record["seed"],
        executor=record["executor"],
        priority=record["priority"],
        wall_limit_s=record["wall_limit_s"],
        max_attempts=record["max_attempts"],
        git=record["git"],
    )
    started, finished = (
        None if record[name] is None else datetime.fromisoformat(record[name]) for name in ("started", "finished")
    )
    same = ("id", "attempt", "batch", "worker", "error", "artifact", "artifact_bytes", "cpu_s", "gpu_s", "run")
    return JobRecord(
        spec=spec,
        state=State(record["state"]),
        progress=Progress(**record["progress"]),
        owner=record["owner_id"],
        project=record["project_id"],
        created_at=datetime.fromisoformat(record["created"]),
        started_at=started,
        finished_at=finished,
        cancel_requested=record["cancel_requested"],
        **{name: record[name] for name in same},
    )


def _check_is_json(spec: JobSpec) -> None:
    try:
        json.dumps(asdict(spec), allow_nan=False)
    except (ValueError, TypeError) as error:
        raise JobError(f"The {spec.kind[:80]!r} job is no JSON with finite numbers: {error}.") from error


def _as_claim(answer: Document) -> Claim | None:
    if answer["job"] is None:
        return None
    return Claim(as_job(answer["job"]), answer["attempt"], answer["worker"])


def _fence(claim: Claim) -> dict[str, Any]:
    return {"attempt": claim.attempt, "worker": claim.worker}


def _query(selection: Selection) -> dict[str, Any]:
    return {
        "kind": None if selection.kinds is None else sorted(selection.kinds),
        "batch": selection.batch,
        "executor": selection.executor,
    }


def _make_room(root: Path) -> None:
    """Delete artifacts that were not used for longest, if they take much."""
    if not root.is_dir():
        return
    folders = sorted((one for one in root.iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime)
    sizes = {one: sum(file.stat().st_size for file in one.rglob("*") if file.is_file()) for one in folders}
    total = sum(sizes.values())
    for one in folders:
        if total <= MOST_BYTES or one.stat().st_mtime > time.time() - _A_DAY_S:
            return
        shutil.rmtree(one, ignore_errors=True)
        total -= sizes[one]
