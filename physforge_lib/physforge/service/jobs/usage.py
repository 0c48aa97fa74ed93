"""What jobs use of the quotas, for the person to see."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.tables.base import now
from physforge.jobs import State
from physforge.jobs.quota import PERIOD_DAYS, Quotas
from physforge.jobs.sql.rows import JOBS
from physforge.service.models import JobLimits, JobQuota, JobQuotas, JobUsage


def job_quotas(session: Session, quotas: Quotas, owner_id: uuid.UUID, project_id: uuid.UUID) -> JobQuotas | None:
    """Return the limits of a person's jobs, and what is used of them.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    quotas : Quotas
        The limits.
    owner_id, project_id : uuid.UUID
        Whose, and in which project.

    Returns
    -------
    JobQuotas or None
        None where nothing is limited, which is not counted then.
    """
    if quotas == Quotas():
        return None
    return JobQuotas(
        user=JobQuota(limits=JobLimits(**asdict(quotas.user)), used=_used(session, JOBS.c.owner_id == owner_id)),
        project=JobQuota(
            limits=JobLimits(**asdict(quotas.project)), used=_used(session, JOBS.c.project_id == project_id)
        ),
    )


def _used(session: Session, condition: sa.ColumnElement[bool]) -> JobUsage:
    by_state = sa.select(JOBS.c.state, sa.func.count()).where(condition).group_by(JOBS.c.state)
    counts = {State(state): int(number) for state, number in session.execute(by_state)}
    since = now() - timedelta(days=PERIOD_DAYS)
    seconds = sa.select(sa.func.sum(JOBS.c.cpu_s), sa.func.sum(JOBS.c.gpu_s))
    cpu_s, gpu_s = session.execute(seconds.where(condition, JOBS.c.started_at > since)).one()
    kept = sa.select(sa.func.sum(JOBS.c.artifact_bytes)).where(condition, JOBS.c.artifact.is_not(None))
    return JobUsage(
        running=counts.get(State.RUNNING, 0),
        queued=counts.get(State.QUEUED, 0) + counts.get(State.WAITING, 0),
        cpu_s=cpu_s or 0.0,
        gpu_s=gpu_s or 0.0,
        artifact_bytes=int(session.scalar(kept) or 0),
    )
