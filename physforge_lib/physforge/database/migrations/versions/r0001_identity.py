"""Principals, groups and projects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: What a user loses when this migration is taken back; empty if nothing.
LOSES = "all principals, groups and projects"


def upgrade() -> None:
    """Apply the migration."""
    op.create_table(
        "principal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hub_name", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_principal"),
        sa.UniqueConstraint("hub_name", name="uq_principal_hub_name"),
    )
    op.create_table(
        "group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_group"),
        sa.UniqueConstraint("name", name="uq_group_name"),
    )
    op.create_table(
        "membership",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name="fk_membership_group_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["principal.id"], name="fk_membership_principal_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "principal_id", name="pk_membership"),
    )
    op.create_index("ix_membership_principal_id", "membership", ["principal_id"])
    op.create_table(
        "project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name="fk_project_group_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["principal.id"], name="fk_project_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
        sa.UniqueConstraint("owner_id", "name", name="uq_project_owner_id_name"),
    )
    op.create_index("ix_project_group_id", "project", ["group_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("project")
    op.drop_table("membership")
    op.drop_table("group")
    op.drop_table("principal")
