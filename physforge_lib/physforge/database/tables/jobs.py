"""Jobs: what was asked for, what became of it, and who has it now."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from physforge.database.tables.base import Base, now

# Written out: SQLite uses such an index only where the query says the very same.
QUEUED = sa.text("state = 'queued'")
RUNNING = sa.text("state = 'running'")

#: SQLite counts up only what is its row's own number.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class JobBatchRow(Base):
    """A name for jobs that were asked for together."""

    __tablename__ = "job_batch"
    __table_args__ = (sa.UniqueConstraint("owner_id", "project_id", "name"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    owner_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("principal.id"))
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("project.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    created_at: Mapped[datetime] = mapped_column(default=now)


class JobMemberRow(Base):
    """A job in a batch; one that was there before may be in several."""

    __tablename__ = "job_member"

    batch_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("job_batch.id"), primary_key=True)
    job_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("job.id"), primary_key=True, index=True)


class JobRow(Base):
    """A job; whoever claims it is told from those before by `attempt`."""

    __tablename__ = "job"
    __table_args__ = (
        # The key first: jobs are looked up by many keys at once.
        sa.UniqueConstraint("key", "owner_id", "project_id"),
        sa.Index(
            "ix_job_queue",
            "owner_id",
            "project_id",
            "executor",
            "rank",
            "number",
            sqlite_where=QUEUED,
            postgresql_where=QUEUED,
        ),
        sa.Index(
            "ix_job_queue_any",
            "owner_id",
            "project_id",
            "rank",
            "number",
            sqlite_where=QUEUED,
            postgresql_where=QUEUED,
        ),
        sa.Index("ix_job_lease", "lease_until", sqlite_where=RUNNING, postgresql_where=RUNNING),
        sa.Index("ix_job_list", "owner_id", "project_id", "number"),
        sa.Index("ix_job_owner_state", "owner_id", "state"),
        sa.Index("ix_job_project_state", "project_id", "state"),
    )

    #: In the order of submission.
    number: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    owner_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("principal.id"))
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("project.id"))
    #: The batch that it was first asked for in.
    batch_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("job_batch.id"), index=True)
    #: Of what is the same job: ``spec:`` and the spec's hash, or ``key:`` and the hash of the caller's key.
    key: Mapped[str] = mapped_column(sa.String(80))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    kind: Mapped[str] = mapped_column(sa.String(255))
    #: Config, inputs, seed, and the repository's state.
    spec: Mapped[dict[str, Any]]
    executor: Mapped[str] = mapped_column(sa.String(255))
    #: The priority with the other sign, so that an index in one direction gives the order of claims.
    rank: Mapped[int]
    wall_limit_s: Mapped[float | None]
    max_attempts: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(16))
    attempt: Mapped[int] = mapped_column(default=0)
    #: The last attempt that is made before a lost worker ends the job.
    last_attempt: Mapped[int]
    #: Seconds since 1970, by the clock that leases are compared with.
    lease_until: Mapped[float | None]
    worker: Mapped[str | None] = mapped_column(sa.Text)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    fraction: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(sa.Text, default="")
    error: Mapped[str | None] = mapped_column(sa.Text)
    #: Folders below the store's, or NULL.
    artifact: Mapped[str | None] = mapped_column(sa.String(255))
    checkpoint: Mapped[str | None] = mapped_column(sa.String(255))
    artifact_bytes: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    artifact_removed_at: Mapped[datetime | None]
    #: How many events it has, and how much of the present attempt's log is there.
    events: Mapped[int] = mapped_column(default=1)
    log_length: Mapped[int] = mapped_column(default=0)
    cpu_s: Mapped[float] = mapped_column(default=0.0)
    gpu_s: Mapped[float] = mapped_column(default=0.0)
    run: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobEventRow(Base):
    """A change of a job's state; rows are only ever added."""

    __tablename__ = "job_event"

    job_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("job.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    attempt: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(16))
    details: Mapped[dict[str, Any]]


class JobNeedRow(Base):
    """A job whose artifact another one reads."""

    __tablename__ = "job_need"

    job_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("job.id"), primary_key=True)
    need_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("job.id"), primary_key=True, index=True)


class JobLogRow(Base):
    """A piece of an attempt's log; places are counted in characters."""

    __tablename__ = "job_log"

    job_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("job.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    start: Mapped[int] = mapped_column(primary_key=True)
    length: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text)
