"""What those who run jobs call: claim, heartbeat, log, files, and the end. Late words of an old attempt are refused."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from physforge.errors import LostClaimError
from physforge.jobs import Claim, JobRecord, JobStore, Outcome, Progress, State
from physforge.service.downloading import send_file
from physforge.service.guard import Access, Admitted, GuardedRoute, takes_time
from physforge.service.jobs.artifacts import describe_folder, find_in_folder
from physforge.service.jobs.models import (
    ArtifactFile,
    ArtifactModel,
    BeatModel,
    ClaimModel,
    End,
    Fence,
    Files,
    Heartbeat,
    JobList,
    JobModel,
    LogAddition,
    NewClaim,
    PartModel,
    Publication,
    Return,
)
from physforge.service.jobs.records import claim_model, job_model
from physforge.service.policy import Role
from physforge.service.problems import RefusedError, not_found, responses
from physforge.service.rights import JOB
from physforge.service.routes.versions import DOWNLOAD

router = APIRouter(prefix="/jobs", tags=["running jobs"], route_class=GuardedRoute)

AttemptNumber = Annotated[int, Query(ge=1, le=2**31 - 1)]
WorkerName = Annotated[str, Query(min_length=1, max_length=255)]
_REFUSALS = responses(401, 403, 404, 409, 413, 422)


@router.post("/claim", responses=responses(401, 403, 413, 422))
def claim_any_job(new: NewClaim, access: Admitted) -> ClaimModel:
    """Take the job of the caller's own that is next."""
    for store in access.services.jobs_owned_by(access.principal_id):
        claim = store.claim(new.worker, executor=new.executor, lease_s=new.lease_s)
        if claim is not None:
            return claim_model(claim, new.worker, Role.OWNER)
    return claim_model(None, new.worker, None)


@router.post("/release", responses=responses(401, 403))
def release_expired_jobs(access: Admitted) -> JobList:
    """Queue the caller's jobs whose leases are over; the service does so by itself, too."""
    found = [job for store in access.services.jobs_owned_by(access.principal_id) for job in store.release_expired()]
    return JobList.model_construct(items=[job_model(one, Role.OWNER) for one in found])


@router.post("/{job_id}/claim", responses=_REFUSALS)
def claim_job(job_id: uuid.UUID, new: NewClaim, access: Admitted) -> ClaimModel:
    """Take a job, with a lease."""
    store = access.services.jobs_with(job_id)
    claim = store.claim(new.worker, job_id=str(job_id), executor=new.executor, lease_s=new.lease_s)
    return claim_model(claim, new.worker, access.role)


@router.post("/{job_id}/heartbeat", responses=_REFUSALS)
def beat(job_id: uuid.UUID, sign: Heartbeat, access: Admitted) -> BeatModel:
    """Extend a lease, and say how far the work is."""
    store, claim = _claim(access, job_id, sign)
    progress = None if sign.progress is None else Progress(sign.progress.fraction, sign.progress.message)
    return BeatModel(cancel=store.heartbeat(claim, progress, lease_s=sign.lease_s).cancel)


@router.post("/{job_id}/log", status_code=204, responses=_REFUSALS)
def append_job_log(job_id: uuid.UUID, addition: LogAddition, access: Admitted) -> Response:
    """Add to the log of an attempt; what is there already is not written twice."""
    store, claim = _claim(access, job_id, addition)
    store.append_log(claim, addition.start, addition.text)
    return Response(status_code=204)


@router.put(
    "/{job_id}/parts/{sha256}",
    responses=responses(401, 403, 404, 409, 413, 422, 507),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def send_part(
    job_id: uuid.UUID,
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="Of the whole file.")],
    attempt: AttemptNumber,
    worker: WorkerName,
    offset: Annotated[int, Query(ge=0, le=2**53, description="Where in the file the chunk begins.")],
    size: Annotated[int, Query(ge=0, le=2**53, description="Of the whole file.")],
    request: Request,
    access: Admitted,
) -> PartModel:
    """Send a chunk of a file of a checkpoint or an artifact; one that came before changes nothing."""
    # Whole before anything is written: a connection that breaks leaves no half chunk.
    chunk = await request.body()
    fence = Fence.model_construct(attempt=attempt, worker=worker)
    file = ArtifactFile.model_construct(path="", size=size, sha256=sha256)
    return await run_in_threadpool(_add, access, job_id, fence, file, offset, chunk)


@router.post("/{job_id}/checkpoint", status_code=204, responses=_REFUSALS)
def keep_checkpoint(job_id: uuid.UUID, files: Files, access: Admitted) -> Response:
    """Keep what a later attempt goes on from; its files have been sent."""
    store, claim = _claim(access, job_id, files)
    with access.services.parts.folder_of(job_id, files.attempt, files.files) as folder:
        store.checkpoint(claim, folder)
    return Response(status_code=204)


@router.get("/{job_id}/checkpoint", responses=responses(401, 403, 404, 409, 422))
@takes_time
def show_checkpoint(job_id: uuid.UUID, attempt: AttemptNumber, worker: WorkerName, access: Admitted) -> ArtifactModel:
    """List the files of what an earlier attempt kept; none if nothing was."""
    store, claim = _claim(access, job_id, Fence.model_construct(attempt=attempt, worker=worker))
    folder = access.services.parts.scratch(job_id, attempt)
    if not folder.is_dir() and not store.last_checkpoint(claim, folder):
        return ArtifactModel(name=None, size=0, files=[])
    return describe_folder("checkpoint", folder)


@router.get(
    "/{job_id}/checkpoint/{path:path}",
    response_class=Response,
    responses={**responses(401, 403, 404, 409, 422), **DOWNLOAD},
)
@takes_time
def download_from_checkpoint(
    job_id: uuid.UUID,
    path: Annotated[str, Path(max_length=1024, description="As it is listed.")],
    attempt: AttemptNumber,
    worker: WorkerName,
    request: Request,
    access: Admitted,
) -> Response:
    """Download a file of what an earlier attempt kept; it has to be listed first."""
    _claim(access, job_id, Fence.model_construct(attempt=attempt, worker=worker))
    file = find_in_folder(access.services.parts.scratch(job_id, attempt), path)
    if file is None:
        raise not_found("file in this checkpoint")
    return send_file(file[0], file[1].sha256, request)


@router.post("/{job_id}/publish", responses=_REFUSALS)
def publish_job(job_id: uuid.UUID, end: Publication, access: Admitted) -> JobModel:
    """End a job with success: its artifact appears whole, and once."""
    store, claim = _claim(access, job_id, end, State.SUCCEEDED)
    if claim.job.state is State.SUCCEEDED:
        # The same words again, as the answer to the first was lost.
        return job_model(claim.job, access.role)
    outcome = Outcome(State.SUCCEEDED, None, end.cpu_s, end.gpu_s, end.run)
    with access.services.parts.folder_of(job_id, end.attempt, end.files) as folder:
        job = store.publish(claim, folder, outcome)
    access.record("job.publish", JOB, job_id, attempt=end.attempt, size=job.artifact_bytes)
    return _over(access, job, end)


@router.post("/{job_id}/finish", responses=_REFUSALS)
def finish_job(job_id: uuid.UUID, end: End, access: Admitted) -> JobModel:
    """End an attempt without an artifact."""
    store, claim = _claim(access, job_id, end)
    outcome = Outcome(State(end.state), end.error, end.cpu_s, end.gpu_s, end.run)
    job = store.finish(claim, outcome)
    access.record("job.finish", JOB, job_id, attempt=end.attempt, state=end.state)
    return _over(access, job, end)


@router.post("/{job_id}/give-back", responses=_REFUSALS)
def give_job_back(job_id: uuid.UUID, words: Return, access: Admitted) -> JobModel:
    """Put a job back into the queue, since its worker is told to end."""
    store, claim = _claim(access, job_id, words)
    return _over(access, store.give_back(claim, words.reason), words)


@router.post("/{job_id}/lose", responses=_REFUSALS)
def lose_job(job_id: uuid.UUID, words: Return, access: Admitted) -> JobModel:
    """Say that the process of an attempt died: the job is queued again, or ends if it was begun too often."""
    store, claim = _claim(access, job_id, words)
    return _over(access, store.lose(claim, words.reason), words)


def _claim(access: Access, job_id: uuid.UUID, fence: Fence, ended: State | None = None) -> tuple[JobStore, Claim]:
    """Return the claim that a call speaks for, unless it can be seen already that it is lost.

    Every write of the store compares again, in its own transaction.
    """
    store = access.services.jobs_with(job_id)
    job = store.get(str(job_id))
    is_same = (job.attempt, job.worker) == (fence.attempt, fence.worker)
    if not is_same or job.state not in {State.RUNNING, ended}:
        raise LostClaimError(
            f"Attempt {fence.attempt} of {fence.worker!a:.100} has this job no longer: it is {job.state}, in attempt "
            f"{job.attempt}."
        )
    return store, Claim(job, fence.attempt, fence.worker)


def _add(access: Access, job_id: uuid.UUID, fence: Fence, file: ArtifactFile, offset: int, chunk: bytes) -> PartModel:
    claim = _claim(access, job_id, fence, State.SUCCEEDED)[1]
    if claim.job.state is State.SUCCEEDED:
        # Published already, and the answer was lost.
        return PartModel(offset=file.size, size=file.size)
    if not chunk and file.size:
        raise RefusedError(422, "empty-chunk", "The chunk is empty.")
    return PartModel(offset=access.services.parts.add(job_id, fence.attempt, file, offset, chunk), size=file.size)


def _over(access: Access, job: JobRecord, fence: Fence) -> JobModel:
    access.services.parts.drop(uuid.UUID(job.id), fence.attempt)
    return job_model(job, access.role)
