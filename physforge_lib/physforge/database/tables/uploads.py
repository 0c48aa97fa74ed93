"""Uploads that are under way, and the answers to calls that may come twice."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from physforge.database.tables.base import Base, now


class UploadRow(Base):
    """A file that arrives in chunks; how much of it is there, its own length says."""

    __tablename__ = "upload"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    #: Whose data set it becomes, and in which project.
    owner_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("principal.id"), index=True)
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("project.id"), index=True)
    #: Who sends it.
    sender_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("principal.id"), index=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    facts: Mapped[dict[str, Any]]
    version_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("version.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class IdempotencyRow(Base):
    """The answer to a call that bore an Idempotency-Key."""

    __tablename__ = "idempotency"

    principal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("principal.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    request: Mapped[str] = mapped_column(sa.String(64))
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
