"""Jobs: ask for them, find, show, cancel, try again and share."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from physforge.jobs import JobRecord, State
from physforge.service import sharing
from physforge.service.etags import reply
from physforge.service.guard import Access, Admitted, GuardedRoute, takes_time
from physforge.service.idempotency import IdempotencyKey
from physforge.service.jobs import tokens as job_tokens
from physforge.service.jobs.finding import Wanted, count_jobs, find_jobs
from physforge.service.jobs.models import (
    JobCounts,
    JobEvents,
    JobList,
    JobModel,
    Kinds,
    NewJobs,
    NewToken,
    TokenModel,
)
from physforge.service.jobs.records import event_model, job_model
from physforge.service.jobs.submission import kinds_of_jobs, submit
from physforge.service.models import GrantRequest, Grants, Page, SubjectKind
from physforge.service.pagination import Limit
from physforge.service.problems import not_found, responses
from physforge.service.rights import JOB

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=GuardedRoute)

#: In the order of their priority and submission, or the last ones first.
Order = Annotated[bool, Query(description="The last ones first; else in the order in which they are claimed.")]
States = Annotated[list[State], Query(max_length=10, description="Any of these.")]
KindNames = Annotated[list[Annotated[str, Query(max_length=64)]], Query(max_length=50, description="Any of these.")]
Text = Annotated[str | None, Query(max_length=255, description="Exactly so.")]
Begins = Annotated[str | None, Query(max_length=36, description="First characters of the id.")]
Mine = Annotated[bool, Query(description="Only the caller's own, and none that are shared.")]
Says = Annotated[
    str | None, Query(min_length=1, max_length=200, description="Part of kind, settings, names of inputs or error.")
]
After = Annotated[str | None, Query(max_length=64, description="From `next` of the part before.")]


@router.get("", response_model=Page[JobModel], responses=responses(401, 403, 404, 422))
def list_jobs(
    request: Request,
    access: Admitted,
    state: States = [],  # noqa: B006 - FastAPI copies it
    kind: KindNames = [],  # noqa: B006
    batch: Text = None,
    executor: Text = None,
    project: uuid.UUID | None = None,
    begins: Begins = None,
    mine: Mine = False,
    text: Says = None,
    newest_first: Order = True,
    limit: Limit = 50,
    cursor: After = None,
) -> Response:
    """List the jobs that the caller may see."""
    wanted = Wanted(state, kind, batch, executor, project, begins, mine, text)
    after = None if cursor is None else _id_in(cursor)
    with access.services.database.reading() as session:
        page = find_jobs(session, access.caller, wanted, newest_first=newest_first, limit=limit, after=after)
    return reply(request, page)


@router.post("", status_code=201, response_model=JobList, responses=responses(401, 403, 404, 409, 413, 422))
async def submit_jobs(new: NewJobs, access: Admitted, idempotency_key: IdempotencyKey = "") -> Response:
    """Ask for jobs: all of them, or none. Equal work is one job, unless keys say otherwise."""
    records, role = await submit(access, new, idempotency_key)
    made = JobList.model_construct(items=[job_model(one, role) for one in records])
    return Response(made.model_dump_json(), 201, media_type="application/json")


@router.get("/counts", responses=responses(401, 403, 404, 422))
@takes_time
def count_all_jobs(
    access: Admitted,
    kind: KindNames = [],  # noqa: B006
    batch: Text = None,
    executor: Text = None,
    project: uuid.UUID | None = None,
    mine: Mine = False,
    text: Says = None,
) -> JobCounts:
    """Count the jobs that the caller may see, by state."""
    wanted = Wanted([], kind, batch, executor, project, None, mine, text)
    with access.services.database.reading() as session:
        return JobCounts(counts=count_jobs(session, access.caller, wanted))


@router.get("/kinds", response_model=Kinds, responses=responses(401, 403))
def list_kinds(request: Request, access: Admitted) -> Response:  # noqa: ARG001
    """List the kinds of jobs, with the JSON schema of the settings of each."""
    return reply(request, kinds_of_jobs())


@router.get("/{job_id}", response_model=JobModel, responses=responses(401, 403, 404))
def show_job(job_id: uuid.UUID, request: Request, access: Admitted) -> Response:
    """Show a job."""
    return reply(request, job_model(access.services.jobs_with(job_id).get(str(job_id)), access.role))


@router.get("/{job_id}/events", responses=responses(401, 403, 404))
def list_job_events(job_id: uuid.UUID, access: Admitted) -> JobEvents:
    """List the changes of a job's state, the first first."""
    found = access.services.jobs_with(job_id).events(str(job_id))
    return JobEvents(items=[event_model(one) for one in found])


@router.post("/{job_id}/cancel", responses=responses(401, 403, 404, 409))
def cancel_job(job_id: uuid.UUID, access: Admitted) -> JobModel:
    """Ask for a job's end; one that has ended stays as it is."""
    job = access.services.jobs_with(job_id).cancel(str(job_id))
    return _told("job.cancel", job, access)


@router.post("/{job_id}/retry", responses=responses(401, 403, 404, 409))
def retry_job(job_id: uuid.UUID, access: Admitted) -> JobModel:
    """Have a job that failed or was cancelled run again."""
    job = access.services.jobs_with(job_id).retry(str(job_id))
    return _told("job.retry", job, access)


@router.post("/{job_id}/token", status_code=201, responses=responses(401, 403, 404, 413, 422))
def create_job_token(job_id: uuid.UUID, new: NewToken, access: Admitted) -> TokenModel:
    """Make a token for whoever is to run the job: it is good for that alone, and for what the job reads."""
    expires = int(time.time()) + new.seconds
    token = job_tokens.JobToken(job_id, access.principal_id, expires)
    text = job_tokens.sign(token, access.services.settings.link_secret)
    access.record("job.token", JOB, job_id, expires=expires)
    return TokenModel(token=text, expires=datetime.fromtimestamp(expires, UTC))


@router.get("/{job_id}/grants", responses=responses(401, 403, 404))
def list_job_grants(job_id: uuid.UUID, access: Admitted) -> Grants:
    """List with whom a job is shared; those who see it through its project are listed there."""
    with access.services.database.reading() as session:
        return sharing.grants_on(session, JOB, job_id)


@router.put("/{job_id}/grants/{subject_kind}/{subject_id}", responses=responses(401, 403, 404, 409, 413, 422))
def share_job(
    job_id: uuid.UUID, subject_kind: SubjectKind, subject_id: uuid.UUID, role: GrantRequest, access: Admitted
) -> Grants:
    """Share a job with a person or a group."""
    with access.services.database.writing() as session:
        sharing.give(session, JOB, job_id, (subject_kind, subject_id), role.role, access.principal_id)
        session.flush()
        grants = sharing.grants_on(session, JOB, job_id)
    access.record("share.grant", JOB, job_id, role=role.role, subject=str(subject_id))
    return grants


@router.delete("/{job_id}/grants/{subject_kind}/{subject_id}", status_code=204, responses=responses(401, 403, 404, 422))
def unshare_job(job_id: uuid.UUID, subject_kind: SubjectKind, subject_id: uuid.UUID, access: Admitted) -> Response:
    """Share a job no more with a person or a group."""
    with access.services.database.writing() as session:
        sharing.take(session, JOB, job_id, (subject_kind, subject_id))
    access.record("share.revoke", JOB, job_id, subject=str(subject_id))
    return Response(status_code=204)


def _told(act: str, job: JobRecord, access: Access) -> JobModel:
    access.record(act, JOB, job.id, state=str(job.state))
    return job_model(job, access.role)


def _id_in(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise not_found("part of the list") from None
