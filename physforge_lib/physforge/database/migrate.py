"""Bring a database up to date, or back. Alembic is loaded only when there is something to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from physforge.database.engine import READ_ONLY, make_engine
from physforge.errors import DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

#: The revision that this version of PhysForge works with.
HEAD = "0004"

_LOCK = 0x70687973


def current(engine: sa.Engine) -> str | None:
    """Return the revision of a database.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        The database.

    Returns
    -------
    str or None
        None for an empty database.
    """
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return found


def bring_up_to_date(engine: sa.Engine) -> None:
    """Upgrade a database if it is not at `HEAD`.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        The database.

    Raises
    ------
    DatabaseError
        If a newer PhysForge made it.
    """
    if current(engine) != HEAD:
        upgrade(engine)


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Apply the migrations that a database lacks.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        The database. Several processes may do this at once; one works, the others
        wait and find it done.
    revision : str, default "head"
        Where to stop.

    Raises
    ------
    DatabaseError
        If a newer PhysForge made the database.

    Notes
    -----
    All happens in one transaction, on SQLite as well: a process killed midway leaves
    the database as it was.
    """
    from alembic import command

    _check_known(current(engine))
    _run(engine, command.upgrade, revision)


def downgrade(engine: sa.Engine, revision: str, *, allow_data_loss: bool = False) -> None:
    """Take back migrations.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        The database.
    revision : str
        Where to go back to; ``"base"`` for an empty database.
    allow_data_loss : bool, default False
        Whether migrations may be taken back that delete what users stored.

    Raises
    ------
    DatabaseError
        If data would be lost and that was not allowed; nothing is changed then.
    """
    from alembic import command

    _check_known(current(engine))
    losses = [] if allow_data_loss else _losses(current(engine), revision)
    if losses:
        raise DatabaseError(
            f"Going back to {revision} deletes {'; '.join(losses)}. Back the database up, and say "
            "allow_data_loss=True if that is meant."
        )
    _run(engine, command.downgrade, revision)


def configuration() -> Config:
    """Return Alembic's configuration for the migrations in the package.

    Returns
    -------
    alembic.config.Config
        Without a file; a connection is passed as ``attributes["connection"]``.
    """
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "physforge.database:migrations")
    config.set_main_option("path_separator", "os")
    return config


def scripts() -> ScriptDirectory:
    """Return the migrations in the package.

    Returns
    -------
    alembic.script.ScriptDirectory
        In their order.
    """
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(configuration())


def _check_known(revision: str | None) -> None:
    known = [script.revision for script in scripts().walk_revisions()]
    if revision is not None and revision not in known:
        raise DatabaseError(
            f"The database is at revision {revision}, which this version of PhysForge does not know; upgrade PhysForge."
        )


def _losses(present: str | None, target: str) -> list[str]:
    if present is None:
        return []
    taken_back = scripts().iterate_revisions(present, target)
    return [script.module.LOSES for script in taken_back if script.module.LOSES]


def _run(engine: sa.Engine, command: Any, revision: str) -> None:
    # SQLite changes a table by copying it, and references to the old one must not delete rows.
    worker = make_engine(engine.url, foreign_keys=False)
    config = configuration()
    try:
        with worker.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            config.attributes["connection"] = connection
            command(config, revision)
            if connection.dialect.name == "sqlite":
                _check_references(connection)
    finally:
        worker.dispose()


def _check_references(connection: sa.Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise DatabaseError(f"The migration would leave a broken reference in table {broken[0]}; it was taken back.")
