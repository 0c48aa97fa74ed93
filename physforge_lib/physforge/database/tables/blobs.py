"""Writes of blobs that are under way, so that garbage collection leaves them alone."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from physforge.database.tables.base import Base, now


class BlobWriter(Base):
    """A process that is writing blobs; its temporary files bear its id."""

    __tablename__ = "blob_writer"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    place: Mapped[str] = mapped_column(sa.String(255))
    process: Mapped[str] = mapped_column(sa.String(255))
    seen_at: Mapped[datetime] = mapped_column(default=now)


class BlobClaim(Base):
    """A blob that a writer is about to refer to; it is not garbage meanwhile."""

    __tablename__ = "blob_claim"

    writer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("blob_writer.id", ondelete="CASCADE"), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True, index=True)
