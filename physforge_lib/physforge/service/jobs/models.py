"""What the REST API takes and gives about jobs, in the words of the OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue

from physforge.jobs import LEASE_S, State
from physforge.service.models import Line, Strict

_ID = "8b0d9f0e-6e0c-4a51-9d0a-4f2f1e1f8a11"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  # pragma: allowlist secret
_WHEN = "2026-11-30T09:30:00Z"

#: Most jobs of one call.
MAX_JOBS = 2000

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=[_SHA256])]

#: Name of a kind of job; whether there is one, the workbench knows.
Kind = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_-]*$", examples=["discovery"])]

#: Who runs a job: no spaces, as it may be an address.
Executor = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[!-~]+$", examples=["local"])]

#: Name of a batch.
Batch = Annotated[Line, Field(min_length=1, max_length=64, examples=["sweep-7"])]

Attempt = Annotated[int, Field(ge=1, le=2**31 - 1, examples=[1])]
Position = Annotated[int, Field(ge=0, le=2**53, examples=[0])]
Seconds = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False, examples=[1.5])]

_Worker = Annotated[Line, Field(min_length=1, max_length=255, examples=["worker-3"])]
_Sentence = Annotated[str, Field(max_length=10_000)]


class InputModel(Strict):
    """Something that a job reads, named by its content."""

    field: Annotated[Line, Field(min_length=1, max_length=64)] = Field(examples=["dataset"])
    name: Annotated[Line, Field(max_length=255)] = Field("", examples=["run7"])
    what: Literal["dataset", "job"] = Field(examples=["dataset"])
    reference: Annotated[Line, Field(min_length=1, max_length=255)] = Field(
        description="Id of the version or job; catalog:NAME for a data set of the catalog.", examples=[_ID]
    )
    sha256: Sha256


class GitModel(Strict):
    """State of a repository."""

    commit: str = Field(min_length=7, max_length=64, pattern=r"^[0-9a-f]+$", examples=["2610a9b"])
    dirty: bool = Field(description="Whether tracked files differ from the commit.")


class NewJob(Strict):
    """What is asked for."""

    kind: Kind
    config: dict[str, JsonValue] = Field(default_factory=dict, examples=[{"dataset": "burgers"}])
    inputs: list[InputModel] | None = Field(
        None,
        max_length=100,
        description="What the config's names were found to be; found by the workbench if there are none.",
    )
    seed: int = Field(0, ge=0, le=2**64 - 1, examples=[0])
    executor: Executor = "local"
    priority: int = Field(0, ge=-1_000_000, le=1_000_000, description="Higher ones are run first.", examples=[0])
    wall_limit_s: float | None = Field(None, gt=0, le=1e9, allow_inf_nan=False, examples=[3600])
    max_attempts: int = Field(3, ge=1, le=100, description="If its workers are lost.", examples=[3])
    git: GitModel | None = Field(None, description="The repository in which the job is asked for.")


class NewJobs(Strict):
    """Jobs that are asked for together: all of them, or none."""

    jobs: list[NewJob] = Field(min_length=1, max_length=MAX_JOBS)
    batch: Batch | None = Field(
        None, description="The same name again goes on with the same batch.", examples=["sweep-7"]
    )
    idempotency_keys: list[Annotated[str, Field(max_length=255, pattern=r"^[!-~]+$")] | None] | None = Field(
        None,
        max_length=MAX_JOBS,
        description="One for each job; by default equal work is one job. Not beside the header Idempotency-Key.",
    )
    project_id: UUID | None = Field(None, description="The caller's default project, if not given.")


class ProgressModel(Strict):
    """How far a job is."""

    fraction: float = Field(ge=0, le=1, allow_inf_nan=False, examples=[0.5])
    message: str = Field("", max_length=1000, examples=["epoch 50 of 100"])


class JobModel(BaseModel):
    """A job as it is now."""

    id: UUID = Field(examples=[_ID])
    kind: str = Field(examples=["discovery"])
    config: dict[str, Any]
    inputs: list[InputModel]
    seed: int
    executor: str = Field(examples=["local"])
    priority: int
    wall_limit_s: float | None
    max_attempts: int
    git: GitModel | None = Field(description="The repository in which the job was asked for.")
    sha256: str = Field(description="Of the work: equal for equal work.", examples=[_SHA256])
    state: State
    attempt: int
    progress: ProgressModel
    owner_id: UUID = Field(examples=[_ID])
    project_id: UUID = Field(examples=[_ID])
    role: str = Field(description="Of the caller.", examples=["owner"])
    created: datetime = Field(examples=[_WHEN])
    started: datetime | None
    finished: datetime | None
    batch: str | None
    worker: str | None
    error: str | None
    artifact: str | None
    artifact_bytes: int
    cpu_s: float
    gpu_s: float
    cancel_requested: bool
    run: dict[str, Any] = Field(description="The run record: versions, machine, git state, threads and hashes.")


class JobList(BaseModel):
    """Jobs, in the order in which they were asked for."""

    items: list[JobModel]


class JobEventModel(BaseModel):
    """One change of a job's state."""

    number: int = Field(examples=[1])
    at: datetime = Field(examples=[_WHEN])
    attempt: int
    state: State
    details: dict[str, Any]


class JobEvents(BaseModel):
    """All changes of a job's state, the first first."""

    items: list[JobEventModel]


class JobCounts(BaseModel):
    """How many jobs are in each state."""

    counts: dict[State, int]


class KindModel(BaseModel):
    """A kind of job."""

    kind: str = Field(examples=["discovery"])
    title: str
    config: dict[str, Any] = Field(description="JSON schema of its settings.")


class Kinds(BaseModel):
    """All kinds of jobs that this workbench knows."""

    items: list[KindModel]


class LogModel(BaseModel):
    """A piece of a job's log."""

    text: str
    start: int = Field(description="In characters, within the log of the attempt.")
    end: int
    attempt: int


class ArtifactFile(Strict):
    """A file of an artifact or a checkpoint."""

    path: str = Field(min_length=1, max_length=1024, examples=["result.json"])
    size: int = Field(ge=0, le=2**53, examples=[1024])
    sha256: Sha256


class ArtifactModel(BaseModel):
    """What a job has made."""

    name: str | None
    size: int
    files: list[ArtifactFile]


class NewToken(Strict):
    """How long a job's token is to be good."""

    seconds: int = Field(24 * 3600, ge=60, le=30 * 24 * 3600, examples=[86400])


class TokenModel(BaseModel):
    """The token of a job: whoever has it can run this job, and read what it reads."""

    token: str
    expires: datetime = Field(examples=[_WHEN])


class NewClaim(Strict):
    """Somebody who wants to run a job."""

    worker: _Worker
    lease_s: float = Field(LEASE_S, gt=0, le=3600, allow_inf_nan=False, examples=[LEASE_S])
    executor: Executor | None = Field(None, description="Only jobs that are meant for it.")


class ClaimModel(BaseModel):
    """The right to one attempt; the job is null if there is nothing to claim."""

    job: JobModel | None
    attempt: int
    worker: str


class Fence(Strict):
    """Whose write it is."""

    attempt: Attempt
    worker: _Worker


class Heartbeat(Fence):
    """That a worker lives."""

    progress: ProgressModel | None = None
    lease_s: float = Field(LEASE_S, gt=0, le=3600, allow_inf_nan=False, examples=[LEASE_S])


class BeatModel(BaseModel):
    """Whether to stop."""

    cancel: bool


class LogAddition(Fence):
    """What comes next in a log."""

    start: Position
    text: str = Field(max_length=200_000)


class Files(Fence):
    """Files whose parts have been sent."""

    files: list[ArtifactFile] = Field(max_length=10_000)


class End(Fence):
    """How an attempt ended."""

    state: Literal["failed", "cancelled"] = Field(examples=["failed"])
    error: _Sentence | None = None
    cpu_s: Seconds = 0.0
    gpu_s: Seconds = 0.0
    run: dict[str, JsonValue] = Field(default_factory=dict)


class Publication(Files):
    """A success, with the files of its artifact."""

    cpu_s: Seconds = 0.0
    gpu_s: Seconds = 0.0
    run: dict[str, JsonValue] = Field(default_factory=dict)


class Return(Fence):
    """Why a job is given back."""

    reason: Annotated[Line, Field(max_length=1000)] = ""


class PartModel(BaseModel):
    """How much of a file is there."""

    offset: int
    size: int
