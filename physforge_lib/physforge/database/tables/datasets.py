"""Data sets, their versions, where these come from, and what was found in them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from physforge.database.tables.base import Base, now

_PRESENT = sa.text("removed_at IS NULL")


class DatasetRow(Base):
    """A name and the versions behind it.

    Those in the trash have `removed_at`; those whose trash was emptied have
    `purged_at` as well, and are shown only where others come from them.
    """

    __tablename__ = "dataset"
    __table_args__ = (
        sa.Index(
            "uq_dataset_present_name",
            "project_id",
            "owner_id",
            "name",
            unique=True,
            sqlite_where=_PRESENT,
            postgresql_where=_PRESENT,
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    owner_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("principal.id"), index=True)
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("project.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    # No foreign key: it would run in a circle with the version's own.
    head_id: Mapped[uuid.UUID]
    created_at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]


class VersionRow(Base):
    """One state of a data set; it never changes."""

    __tablename__ = "version"
    __table_args__ = (sa.UniqueConstraint("dataset_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    dataset_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("dataset.id"))
    owner_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("principal.id"), index=True)
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("project.id"), index=True)
    number: Mapped[int]
    author: Mapped[str] = mapped_column(sa.String(255))
    message: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    layout: Mapped[str] = mapped_column(sa.String(16))
    format: Mapped[str] = mapped_column(sa.String(64))
    original_name: Mapped[str] = mapped_column(sa.Text)
    options: Mapped[dict[str, Any]]
    attributes: Mapped[dict[str, Any]]


class ParentRow(Base):
    """The version that a version goes on from; several after a merge."""

    __tablename__ = "version_parent"

    version_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("version.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("version.id"), index=True)


class DerivationRow(Base):
    """Another data set's version that a version was computed from, and how."""

    __tablename__ = "version_derivation"

    version_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("version.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("version.id"), index=True)
    operation: Mapped[str] = mapped_column(sa.Text)
    settings: Mapped[dict[str, Any]]


class VersionBlobRow(Base):
    """A blob that a version is made of."""

    __tablename__ = "version_blob"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    version_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("version.id"), primary_key=True, index=True)


class FieldRow(Base):
    """What a variable of a version is like; NULL where it holds no number."""

    __tablename__ = "version_field"

    version_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("version.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    role: Mapped[str] = mapped_column(sa.String(16))
    dims: Mapped[list[Any]]
    shape: Mapped[list[Any]]
    units: Mapped[str | None] = mapped_column(sa.Text)
    minimum: Mapped[float | None]
    maximum: Mapped[float | None]
    mean: Mapped[float | None]
    sd: Mapped[float | None]
    missing: Mapped[int] = mapped_column(sa.BigInteger)


class SummaryRow(Base):
    """What was found when a version was first looked at."""

    __tablename__ = "version_summary"

    version_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("version.id"), primary_key=True)
    attributes: Mapped[dict[str, Any]]
    findings: Mapped[list[Any]]
    preview: Mapped[dict[str, Any]]
