"""Who else may use an object, and the keys of programs that act for somebody."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from physforge.database.tables.base import Base, now


class Grant(Base):
    """A right on one object, given to a principal or to a group."""

    __tablename__ = "grant"
    __table_args__ = (
        sa.UniqueConstraint("object_kind", "object_id", "principal_id"),
        sa.UniqueConstraint("object_kind", "object_id", "group_id"),
        sa.CheckConstraint("(principal_id IS NULL) <> (group_id IS NULL)", name="one_subject"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    object_kind: Mapped[str] = mapped_column(sa.String(16))
    # No foreign key: the object may be of any kind.
    object_id: Mapped[uuid.UUID]
    principal_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("principal.id", ondelete="CASCADE"), index=True
    )
    group_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("group.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(sa.String(16))
    granted_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("principal.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class ApiKey(Base):
    """A key of the REST API; the key itself is kept nowhere, only its hash."""

    __tablename__ = "api_key"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    principal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("principal.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
