"""What comes of jobs: logs that can be followed while they grow, and artifacts."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request, Response

from physforge.service.downloading import send_file
from physforge.service.etags import reply
from physforge.service.guard import Admitted, GuardedRoute, takes_time
from physforge.service.jobs.logs import EVENT_STREAM, follow, wants_events
from physforge.service.jobs.models import ArtifactModel, LogModel
from physforge.service.jobs.records import log_model
from physforge.service.problems import not_found, responses
from physforge.service.rights import JOB
from physforge.service.routes.versions import DOWNLOAD

router = APIRouter(prefix="/jobs/{job_id}", tags=["jobs"], route_class=GuardedRoute)

_LOG: dict[int | str, dict[str, Any]] = {
    200: {
        "model": LogModel,
        "content": {EVENT_STREAM: {"schema": {"type": "string"}}},
        "description": "A piece of the log; or, if the header Accept asks for text/event-stream, events: `log` with a "
        "piece, `job` with state and progress when they change, and `end` once the job has ended. Whoever sends the "
        "Last-Event-ID of a stream that broke is told what came since.",
    }
}


@router.get("/log", response_model=None, responses={**responses(401, 403, 404, 422, 429), **_LOG})
@takes_time
async def read_job_log(
    job_id: uuid.UUID,
    request: Request,
    access: Admitted,
    attempt: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="The last by default.")] = None,
    start: Annotated[int, Query(ge=0, le=2**53, description="From which character on.")] = 0,
    limit: Annotated[int, Query(ge=1, le=2**20, description="Most characters.")] = 2**16,
) -> Response | LogModel:
    """Read a job's log, or follow it."""
    if wants_events(request):
        return await follow(request, access, job_id, attempt, start)
    store = await to_thread.run_sync(access.services.jobs_with, job_id)
    read = lambda: store.read_log(str(job_id), attempt=attempt, start=start, limit=limit)  # noqa: E731
    return log_model(await to_thread.run_sync(read))


@router.get("/artifact", response_model=ArtifactModel, responses=responses(401, 403, 404, 409))
@takes_time
def list_artifact(job_id: uuid.UUID, request: Request, access: Admitted) -> Response:
    """List the files of what a job has made."""
    return reply(request, access.services.artifacts.describe(access.services.jobs_with(job_id), job_id))


@router.get("/artifact/{path:path}", response_class=Response, responses={**responses(401, 403, 404, 409), **DOWNLOAD})
@takes_time
def download_from_artifact(
    job_id: uuid.UUID,
    path: Annotated[str, Path(max_length=1024, description="As it is listed.")],
    request: Request,
    access: Admitted,
) -> Response:
    """Download a file of what a job has made, whole or by ranges."""
    store = access.services.jobs_with(job_id)
    # Only what the listing has: nothing that a caller wrote becomes part of a path.
    file = access.services.artifacts.find(store, job_id, path)
    if file is None:
        raise not_found("file in this artifact")
    if path == "manifest.json":
        # Once for each artifact, not for each file.
        access.record("job.download", JOB, job_id)
    return send_file(file[0], file[1].sha256, request)
