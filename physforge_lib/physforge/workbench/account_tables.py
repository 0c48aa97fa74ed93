"""The tables of the accounts' database, which is the workbench's own and holds nothing else."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from physforge.database.tables.base import Base, UtcDateTime, now

#: invited: holds a link, no password. requested: has a password, waits for approval.
State = Literal["invited", "requested", "active", "disabled", "deleted"]
LinkKind = Literal["invite", "reset"]

STATES: tuple[State, ...] = get_args(State)


#: What the tables below are; whoever changes them counts on, and brings older databases along.
VERSION = 1


class AccountBase(DeclarativeBase):
    """Base of the tables here."""

    metadata = sa.MetaData(naming_convention=Base.metadata.naming_convention)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        uuid.UUID: sa.Uuid(),
        list[str]: sa.JSON(),
    }


class SchemaVersion(AccountBase):
    """One row: which version of these tables the database holds."""

    __tablename__ = "account_schema"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class AccountRow(AccountBase):
    """Somebody who may come in, could, or once could.

    A deleted account keeps id and name, so that nobody who comes later inherits what
    is filed under that name; all else of it is gone.
    """

    __tablename__ = "account"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(sa.String(32), unique=True)
    state: Mapped[State] = mapped_column(sa.String(16))
    admin: Mapped[bool] = mapped_column(default=False)
    auditor: Mapped[bool] = mapped_column(default=False)
    groups: Mapped[list[str]] = mapped_column(default=list)
    password_hash: Mapped[str | None] = mapped_column(sa.String(255))
    #: Who this is at an identity provider.
    external_id: Mapped[str | None] = mapped_column(sa.String(512), unique=True)
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    password_changed_at: Mapped[datetime | None]
    #: Set where sessions must end; the hub clears it once they have.
    sign_out: Mapped[bool] = mapped_column(default=False, index=True)


class LinkRow(AccountBase):
    """A link that sets a password once; only the hash of its token is kept."""

    __tablename__ = "account_link"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    kind: Mapped[LinkKind] = mapped_column(sa.String(16))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
