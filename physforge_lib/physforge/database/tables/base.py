"""What all tables have in common: names of constraints, ids, and times in UTC."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets time zones, so it is put back when read."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment in UTC.

        Parameters
        ----------
        value : datetime.datetime or None
            With a time zone.
        dialect : sqlalchemy.Dialect
            Not used.

        Returns
        -------
        datetime.datetime or None
            As stored.
        """
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment with its time zone.

        Parameters
        ----------
        value : datetime.datetime or None
            As stored.
        dialect : sqlalchemy.Dialect
            Not used.

        Returns
        -------
        datetime.datetime or None
            In UTC.
        """
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table."""

    # Constraints need names of their own, or SQLite could not change them later.
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        uuid.UUID: sa.Uuid(),
        dict[str, Any]: sa.JSON(),
        list[Any]: sa.JSON(),
    }


def now() -> datetime:
    """Return the present moment.

    Returns
    -------
    datetime.datetime
        In UTC.
    """
    return datetime.now(UTC)
