"""Logins that somebody is to confirm on a page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: What a user loses when this migration is taken back; empty if nothing.
LOSES = ""


def upgrade() -> None:
    """Apply the migration."""
    op.create_table(
        "device_login",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device_digest", sa.String(length=64), nullable=False),
        sa.Column("user_digest", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=255), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("key_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("principal_id", sa.Uuid(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["principal.id"], name="fk_device_login_principal_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_device_login"),
        sa.UniqueConstraint("device_digest", name="uq_device_login_device_digest"),
        sa.UniqueConstraint("user_digest", name="uq_device_login_user_digest"),
    )
    op.create_index("ix_device_login_expires_at", "device_login", ["expires_at"])
    op.create_index("ix_device_login_principal_id", "device_login", ["principal_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("device_login")
