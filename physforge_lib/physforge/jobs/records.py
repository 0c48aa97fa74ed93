"""What a store of jobs says about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from physforge.jobs.spec import JobSpec
from physforge.jobs.states import State


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Parameters
    ----------
    fraction : float
        From 0 to 1.
    message : str, default ""
        What it does, in a few words.
    """

    fraction: float
    message: str = ""


@dataclass(frozen=True)
class JobRecord:
    """One job as it is now.

    Parameters
    ----------
    id : str
        A UUID.
    spec : JobSpec
        What it is to do.
    state : State
        Where it is in its life.
    attempt : int
        How often it was begun.
    progress : Progress
        Of the present attempt.
    owner, project : str
        Ids of the principal and the project.
    created_at : datetime.datetime
        When it was submitted.
    started_at, finished_at : datetime.datetime or None
        Of the last attempt.
    batch : str or None
        Id of the batch that it belongs to.
    worker : str or None
        Who runs it, or ran it last.
    error : str or None
        One sentence on why it failed.
    artifact : str or None
        Name of the artifact's folder, once it has succeeded.
    artifact_bytes : int
        Its size.
    cpu_s, gpu_s : float
        Used by all attempts.
    cancel_requested : bool
        Whether somebody asked for its end.
    run : dict
        The run record: versions, machine, git state, threads and hashes; empty before it ran.
    """

    id: str
    spec: JobSpec
    state: State
    attempt: int
    progress: Progress
    owner: str
    project: str
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    batch: str | None = None
    worker: str | None = None
    error: str | None = None
    artifact: str | None = None
    artifact_bytes: int = 0
    cpu_s: float = 0.0
    gpu_s: float = 0.0
    cancel_requested: bool = False
    run: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class JobEvent:
    """One change of a job's state; events are only ever appended.

    Parameters
    ----------
    number : int
        Counts from 1 for each job.
    at : datetime.datetime
        When.
    attempt : int
        In which attempt.
    state : State
        The state since then.
    details : dict
        Why, and by whom.
    """

    number: int
    at: datetime
    attempt: int
    state: State
    details: dict[str, Any]


@dataclass(frozen=True)
class Claim:
    """A worker's right to one attempt of a job: the fence of everything that it writes.

    Parameters
    ----------
    job : JobRecord
        The job, now running.
    attempt : int
        Which attempt this is; what an earlier one writes is refused.
    worker : str
        Who has it.
    """

    job: JobRecord
    attempt: int
    worker: str


@dataclass(frozen=True)
class Beat:
    """What a heartbeat is answered with.

    Parameters
    ----------
    cancel : bool
        Whether the work is to be stopped.
    """

    cancel: bool


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended.

    Parameters
    ----------
    state : State
        `State.SUCCEEDED`, `State.FAILED` or `State.CANCELLED`.
    error : str or None
        One sentence, if it failed.
    cpu_s, gpu_s : float
        What it used.
    run : dict
        The run record.
    """

    state: State
    error: str | None = None
    cpu_s: float = 0.0
    gpu_s: float = 0.0
    run: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LogPart:
    """A piece of a job's log.

    Parameters
    ----------
    text : str
        From `start` on.
    start, end : int
        In characters, within the log of `attempt`.
    attempt : int
        Which attempt wrote it.
    """

    text: str
    start: int
    end: int
    attempt: int


@dataclass(frozen=True)
class Selection:
    """Which jobs are meant.

    Parameters
    ----------
    states : frozenset of State or None
        None for all, as everywhere here.
    kinds : frozenset of str or None
        Names of tasks.
    batch : str or None
        Id of a batch.
    executor : str or None
        Who is to run them.
    newest_first : bool, default True
        Otherwise in the order in which they are claimed.
    limit : int, default 100
        Most jobs.
    after : str or None
        Id of the last job of the page before.
    """

    states: frozenset[State] | None = None
    kinds: frozenset[str] | None = None
    batch: str | None = None
    executor: str | None = None
    newest_first: bool = True
    limit: int = 100
    after: str | None = None
