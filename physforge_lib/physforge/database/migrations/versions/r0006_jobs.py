"""Jobs, their events, needs, batches and logs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: What a user loses when this migration is taken back; empty if nothing.
LOSES = "all jobs, with their events, logs and the record of every run"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the migration."""
    _make_batches()
    _make_jobs()
    _make_indexes()
    _make_parts()


def downgrade() -> None:
    """Take it back."""
    for name in ("job_log", "job_need", "job_event", "job_member", "job", "job_batch"):
        op.drop_table(name)


def _make_batches() -> None:
    op.create_table(
        "job_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["principal.id"], name="fk_job_batch_owner_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_job_batch_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job_batch"),
        sa.UniqueConstraint("owner_id", "project_id", "name", name="uq_job_batch_owner_id_project_id_name"),
    )
    op.create_index("ix_job_batch_project_id", "job_batch", ["project_id"])


def _make_jobs() -> None:
    op.create_table(
        "job",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("executor", sa.String(length=255), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("wall_limit_s", sa.Double(), nullable=True),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("last_attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("fraction", sa.Double(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("artifact", sa.String(length=255), nullable=True),
        sa.Column("checkpoint", sa.String(length=255), nullable=True),
        sa.Column("artifact_bytes", sa.BigInteger(), nullable=False),
        sa.Column("artifact_removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("log_length", sa.Integer(), nullable=False),
        sa.Column("cpu_s", sa.Double(), nullable=False),
        sa.Column("gpu_s", sa.Double(), nullable=False),
        sa.Column("run", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["principal.id"], name="fk_job_owner_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_job_project_id"),
        sa.ForeignKeyConstraint(["batch_id"], ["job_batch.id"], name="fk_job_batch_id"),
        sa.PrimaryKeyConstraint("number", name="pk_job"),
        sa.UniqueConstraint("id", name="uq_job_id"),
        sa.UniqueConstraint("key", "owner_id", "project_id", name="uq_job_key_owner_id_project_id"),
    )


def _make_indexes() -> None:
    for name, columns, state in (
        ("ix_job_queue", ["owner_id", "project_id", "executor", "rank", "number"], "queued"),
        ("ix_job_queue_any", ["owner_id", "project_id", "rank", "number"], "queued"),
        ("ix_job_lease", ["lease_until"], "running"),
    ):
        where = sa.text(f"state = '{state}'")
        op.create_index(name, "job", columns, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_job_list", "job", ["owner_id", "project_id", "number"])
    op.create_index("ix_job_owner_state", "job", ["owner_id", "state"])
    op.create_index("ix_job_project_state", "job", ["project_id", "state"])
    op.create_index("ix_job_batch_id", "job", ["batch_id"])
    op.create_index("ix_job_sha256", "job", ["sha256"])


def _make_parts() -> None:
    op.create_table(
        "job_member",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["job_batch.id"], name="fk_job_member_batch_id"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_member_job_id"),
        sa.PrimaryKeyConstraint("batch_id", "job_id", name="pk_job_member"),
    )
    op.create_index("ix_job_member_job_id", "job_member", ["job_id"])
    op.create_table(
        "job_event",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_event_job_id"),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_job_event"),
    )
    op.create_table(
        "job_need",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_need_job_id"),
        sa.ForeignKeyConstraint(["need_id"], ["job.id"], name="fk_job_need_need_id"),
        sa.PrimaryKeyConstraint("job_id", "need_id", name="pk_job_need"),
    )
    op.create_index("ix_job_need_need_id", "job_need", ["need_id"])
    op.create_table(
        "job_log",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_log_job_id"),
        sa.PrimaryKeyConstraint("job_id", "attempt", "start", name="pk_job_log"),
    )
