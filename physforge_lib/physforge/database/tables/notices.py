"""What people are told when their jobs end, where, and whether it was."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from physforge.database.tables.base import Base, now


class NoticeSetting(Base):
    """Where somebody wants to be told that a job has ended; who wants nothing has no row."""

    __tablename__ = "notice_setting"

    principal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("principal.id"), primary_key=True)
    email: Mapped[str | None] = mapped_column(sa.String(254))
    webhook: Mapped[str | None] = mapped_column(sa.Text)
    #: What ended before is not told.
    changed_at: Mapped[datetime] = mapped_column(default=now)


class NoticeRow(Base):
    """One notice about one end of a job; whoever raises `tries` sends it."""

    __tablename__ = "notice"
    __table_args__ = (sa.Index("ix_notice_due", "state", "due_at"),)

    job_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("job.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    #: ``email`` or ``webhook``.
    channel: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    #: ``due``, ``sent`` or ``failed``.
    state: Mapped[str] = mapped_column(sa.String(16), default="due")
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=now)
