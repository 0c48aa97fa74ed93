"""Jobs as the REST API answers with them."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from physforge.jobs import Claim, JobEvent, JobRecord, JobSpec, LogPart
from physforge.service.jobs.models import (
    ClaimModel,
    GitModel,
    InputModel,
    JobEventModel,
    JobModel,
    LogModel,
    ProgressModel,
)
from physforge.service.policy import Role


def job_model(job: JobRecord, role: Role | None) -> JobModel:
    """Return a job for an answer.

    Parameters
    ----------
    job : JobRecord
        From the store.
    role : Role or None
        Of the caller.

    Returns
    -------
    JobModel
        The same facts.
    """
    # What the store says is checked already, and this is made many hundred times a second.
    return JobModel.model_construct(
        **_of_spec(job.spec),
        id=uuid.UUID(job.id),
        state=job.state,
        attempt=job.attempt,
        progress=ProgressModel.model_construct(fraction=job.progress.fraction, message=job.progress.message),
        owner_id=uuid.UUID(job.owner),
        project_id=uuid.UUID(job.project),
        role=str(role or Role.OTHER),
        created=job.created_at,
        started=job.started_at,
        finished=job.finished_at,
        batch=job.batch,
        worker=job.worker,
        error=job.error,
        artifact=job.artifact,
        artifact_bytes=job.artifact_bytes,
        cpu_s=job.cpu_s,
        gpu_s=job.gpu_s,
        cancel_requested=job.cancel_requested,
        run=job.run,
    )


def _of_spec(spec: JobSpec) -> dict[str, Any]:
    return {
        "kind": spec.kind,
        "config": spec.config,
        "inputs": [InputModel.model_construct(**asdict(one)) for one in spec.inputs],
        "seed": spec.seed,
        "executor": spec.executor,
        "priority": spec.priority,
        "wall_limit_s": spec.wall_limit_s,
        "max_attempts": spec.max_attempts,
        "git": None if spec.git is None else GitModel.model_construct(**spec.git),
        "sha256": spec.sha256,
    }


def event_model(event: JobEvent) -> JobEventModel:
    """Return a change of a job's state for an answer.

    Parameters
    ----------
    event : JobEvent
        From the store.

    Returns
    -------
    JobEventModel
        The same facts.
    """
    return JobEventModel.model_construct(**vars(event))


def log_model(part: LogPart) -> LogModel:
    """Return a piece of a log for an answer.

    Parameters
    ----------
    part : LogPart
        From the store.

    Returns
    -------
    LogModel
        The same facts.
    """
    return LogModel.model_construct(**vars(part))


def claim_model(claim: Claim | None, worker: str, role: Role | None) -> ClaimModel:
    """Return a claim for an answer.

    Parameters
    ----------
    claim : Claim or None
        From the store.
    worker : str
        Who asked for it.
    role : Role or None
        Of the caller, towards the job.

    Returns
    -------
    ClaimModel
        Without a job if there is nothing to claim.
    """
    if claim is None:
        return ClaimModel.model_construct(job=None, attempt=0, worker=worker)
    return ClaimModel.model_construct(job=job_model(claim.job, role), attempt=claim.attempt, worker=claim.worker)
