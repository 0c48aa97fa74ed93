"""Programs that wait for somebody to confirm a login on a page."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from physforge.database.tables.base import Base, now


class DeviceLogin(Base):
    """A login that was begun; it is deleted when its key is given out. Its codes are kept as hashes."""

    __tablename__ = "device_login"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    device_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    #: What the program calls itself.
    client: Mapped[str] = mapped_column(sa.String(255))
    scopes: Mapped[list[Any]]
    key_days: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    polled_at: Mapped[datetime | None]
    #: Who decided; nobody has yet if NULL.
    principal_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("principal.id", ondelete="CASCADE"), index=True
    )
    approved: Mapped[bool] = mapped_column(default=False)
