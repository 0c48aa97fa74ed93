"""What people are told when their jobs end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: What a user loses when this migration is taken back; empty if nothing.
LOSES = "where people want to be told of the end of their jobs"


def upgrade() -> None:
    """Apply the migration."""
    op.create_table(
        "notice_setting",
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("webhook", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["principal_id"], ["principal.id"], name="fk_notice_setting_principal_id"),
        sa.PrimaryKeyConstraint("principal_id", name="pk_notice_setting"),
    )
    op.create_table(
        "notice",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_notice_job_id"),
        sa.PrimaryKeyConstraint("job_id", "attempt", "channel", name="pk_notice"),
    )
    op.create_index("ix_notice_due", "notice", ["state", "due_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("notice")
    op.drop_table("notice_setting")
