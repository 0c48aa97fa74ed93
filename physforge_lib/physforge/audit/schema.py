"""Bring the log's database up to date: a line of migrations of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from physforge.database.engine import READ_ONLY
from physforge.errors import DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

#: The revision that this version of PhysForge works with.
HEAD = "a0001"

#: Not Alembic's own name, so that the log may share a PostgreSQL database with other tables.
VERSION_TABLE = "audit_revision"

_LOCK = 0x70666175


def current(engine: sa.Engine) -> str | None:
    """Return the revision of a log's database.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        The database.

    Returns
    -------
    str or None
        None where there is no log yet.
    """
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        if not sa.inspect(connection).has_table(VERSION_TABLE):
            return None
        version = sa.column("version_num", sa.String())
        found: str | None = connection.execute(sa.select(version).select_from(sa.table(VERSION_TABLE))).scalar()
        return found


def bring_up_to_date(engine: sa.Engine) -> None:
    """Apply the migrations that a log's database lacks.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        The database. Several processes may do this at once.

    Raises
    ------
    DatabaseError
        If a newer PhysForge made it.
    """
    revision = current(engine)
    if revision == HEAD:
        return
    from alembic import command
    from alembic.script import ScriptDirectory

    config = configuration()
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    if revision is not None and revision not in known:
        raise DatabaseError(
            f"The event log is at revision {revision}, which this PhysForge does not know; upgrade PhysForge."
        )
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def configuration() -> Config:
    """Return Alembic's configuration for the log's migrations.

    Returns
    -------
    alembic.config.Config
        Without a file; a connection is passed as ``attributes["connection"]``.
    """
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "physforge.audit:migrations")
    config.set_main_option("path_separator", "os")
    return config
