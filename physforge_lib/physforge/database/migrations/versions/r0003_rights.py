"""Grants, API keys, uploads, and answers to calls that may come twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: What a user loses when this migration is taken back; empty if nothing.
LOSES = "all shares, API keys and unfinished uploads"


def upgrade() -> None:
    """Apply the migration."""
    op.create_table(
        "grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("object_kind", sa.String(length=16), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=True),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(principal_id IS NULL) <> (group_id IS NULL)", name="one_subject"),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name="fk_grant_group_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["principal_id"], ["principal.id"], name="fk_grant_principal_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["granted_by"], ["principal.id"], name="fk_grant_granted_by"),
        sa.PrimaryKeyConstraint("id", name="pk_grant"),
        sa.UniqueConstraint(
            "object_kind", "object_id", "principal_id", name="uq_grant_object_kind_object_id_principal_id"
        ),
        sa.UniqueConstraint("object_kind", "object_id", "group_id", name="uq_grant_object_kind_object_id_group_id"),
    )
    op.create_index("ix_grant_principal_id", "grant", ["principal_id"])
    op.create_index("ix_grant_group_id", "grant", ["group_id"])
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["principal_id"], ["principal.id"], name="fk_api_key_principal_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("digest", name="uq_api_key_digest"),
    )
    op.create_index("ix_api_key_principal_id", "api_key", ["principal_id"])
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["principal.id"], name="fk_upload_owner_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_upload_project_id"),
        sa.ForeignKeyConstraint(["sender_id"], ["principal.id"], name="fk_upload_sender_id"),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name="fk_upload_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
    )
    for column in ("owner_id", "project_id", "sender_id", "version_id"):
        op.create_index(f"ix_upload_{column}", "upload", [column])
    op.create_table(
        "idempotency",
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["principal.id"], name="fk_idempotency_principal_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("principal_id", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("idempotency")
    op.drop_table("upload")
    op.drop_table("api_key")
    op.drop_table("grant")
