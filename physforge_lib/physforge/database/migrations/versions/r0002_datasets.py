"""Data sets and their versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: What a user loses when this migration is taken back; empty if nothing.
LOSES = "all data sets, their versions and lineage"


def upgrade() -> None:
    """Apply the migration."""
    op.create_table(
        "blob_writer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=255), nullable=False),
        sa.Column("process", sa.String(length=255), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blob_writer"),
    )
    op.create_table(
        "blob_claim",
        sa.Column("writer_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["writer_id"], ["blob_writer.id"], name="fk_blob_claim_writer_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("writer_id", "sha256", name="pk_blob_claim"),
    )
    op.create_index("ix_blob_claim_sha256", "blob_claim", ["sha256"])
    op.create_table(
        "dataset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("head_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["principal.id"], name="fk_dataset_owner_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_dataset_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_dataset"),
    )
    op.create_index("ix_dataset_owner_id", "dataset", ["owner_id"])
    op.create_index("ix_dataset_project_id", "dataset", ["project_id"])
    op.create_index(
        "uq_dataset_present_name",
        "dataset",
        ["project_id", "owner_id", "name"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("layout", sa.String(length=16), nullable=False),
        sa.Column("format", sa.String(length=64), nullable=False),
        sa.Column("original_name", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name="fk_version_dataset_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["principal.id"], name="fk_version_owner_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_version_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_version"),
        sa.UniqueConstraint("dataset_id", "number", name="uq_version_dataset_id_number"),
    )
    op.create_index("ix_version_owner_id", "version", ["owner_id"])
    op.create_index("ix_version_project_id", "version", ["project_id"])
    op.create_index("ix_version_sha256", "version", ["sha256"])
    op.create_table(
        "version_parent",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["version.id"], name="fk_version_parent_parent_id"),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name="fk_version_parent_version_id"),
        sa.PrimaryKeyConstraint("version_id", "position", name="pk_version_parent"),
    )
    op.create_index("ix_version_parent_parent_id", "version_parent", ["parent_id"])
    op.create_table(
        "version_derivation",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["version.id"], name="fk_version_derivation_source_id"),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name="fk_version_derivation_version_id"),
        sa.PrimaryKeyConstraint("version_id", "position", name="pk_version_derivation"),
    )
    op.create_index("ix_version_derivation_source_id", "version_derivation", ["source_id"])
    op.create_table(
        "version_blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name="fk_version_blob_version_id"),
        sa.PrimaryKeyConstraint("sha256", "version_id", name="pk_version_blob"),
    )
    op.create_index("ix_version_blob_version_id", "version_blob", ["version_id"])
    op.create_table(
        "version_field",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("dims", sa.JSON(), nullable=False),
        sa.Column("shape", sa.JSON(), nullable=False),
        sa.Column("units", sa.Text(), nullable=True),
        sa.Column("minimum", sa.Double(), nullable=True),
        sa.Column("maximum", sa.Double(), nullable=True),
        sa.Column("mean", sa.Double(), nullable=True),
        sa.Column("sd", sa.Double(), nullable=True),
        sa.Column("missing", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name="fk_version_field_version_id"),
        sa.PrimaryKeyConstraint("version_id", "position", name="pk_version_field"),
    )
    op.create_table(
        "version_summary",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("preview", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name="fk_version_summary_version_id"),
        sa.PrimaryKeyConstraint("version_id", name="pk_version_summary"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("version_summary")
    op.drop_table("version_field")
    op.drop_table("version_blob")
    op.drop_table("version_derivation")
    op.drop_table("version_parent")
    op.drop_table("version")
    op.drop_table("dataset")
    op.drop_table("blob_claim")
    op.drop_table("blob_writer")
