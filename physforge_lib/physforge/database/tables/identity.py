"""Who owns what: principals, groups of them, and projects."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from physforge.database.tables.base import Base, now

#: The principal of a workspace without a hub, and the project that it works in.
LOCAL_PRINCIPAL = "local"
DEFAULT_PROJECT = "default"


class Principal(Base):
    """Somebody, or a service, that can own things.

    Its name at the hub may change or be used again; the id never is. Whoever has an
    account at the workbench has its id here too, so that one id says who somebody is in
    rights, in the event log and at the hub.
    """

    __tablename__ = "principal"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    hub_name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    #: Whether the id is that of an account; else it was made here for a name that the hub said.
    is_account: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


class Group(Base):
    """Principals that are given rights together."""

    __tablename__ = "group"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Membership(Base):
    """A principal in a group."""

    __tablename__ = "membership"

    group_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("group.id", ondelete="CASCADE"), primary_key=True)
    principal_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("principal.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Project(Base):
    """A piece of work; every owned row belongs to one."""

    __tablename__ = "project"
    __table_args__ = (sa.UniqueConstraint("owner_id", "name"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(sa.String(255))
    owner_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("principal.id"))
    group_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("group.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
