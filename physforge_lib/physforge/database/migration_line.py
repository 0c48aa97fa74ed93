"""One line of migrations: what brings a database up to date, or back. Alembic is loaded only when there is work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from physforge.database.engine import READ_ONLY, make_engine
from physforge.errors import DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

#: In Alembic's configuration: the line that `migrations/env.py` is run for.
LINE = "line"


@dataclass(frozen=True, eq=False)
class MigrationLine:
    """The migrations of some tables, which may share a database with others.

    Parameters
    ----------
    name : str
        What the database is called in messages.
    location : str
        Of the migrations, one a file: a package, and folders in it, with colons between.
    metadata : sqlalchemy.MetaData
        The tables as they are to be in the end.
    version_table : str
        Where the revision of a database is kept.
    head : str
        The revision that this version of PhysForge works with.
    lock : int
        Held on PostgreSQL while migrating; another one for each line.
    """

    name: str
    location: str
    metadata: sa.MetaData
    version_table: str
    head: str
    lock: int

    def current(self, engine: sa.Engine) -> str | None:
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
            if not sa.inspect(connection).has_table(self.version_table):
                return None
            version = sa.column("version_num", sa.String())
            found: str | None = connection.execute(
                sa.select(version).select_from(sa.table(self.version_table))
            ).scalar()
            return found

    def bring_up_to_date(self, engine: sa.Engine) -> None:
        """Upgrade a database if it is not at `head`.

        Parameters
        ----------
        engine : sqlalchemy.Engine
            The database.

        Raises
        ------
        DatabaseError
            If a newer PhysForge made it.
        """
        if self.current(engine) != self.head:
            self.upgrade(engine)

    def upgrade(self, engine: sa.Engine, revision: str = "head") -> None:
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

        self._check_known(self.current(engine))
        self._run(engine, command.upgrade, revision)

    def downgrade(self, engine: sa.Engine, revision: str, *, allow_data_loss: bool = False) -> None:
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

        self._check_known(self.current(engine))
        losses = [] if allow_data_loss else self._losses(self.current(engine), revision)
        if losses:
            raise DatabaseError(
                f"Going back to {revision} deletes {'; '.join(losses)}. Back the {self.name} up, and say "
                "allow_data_loss=True if that is meant."
            )
        self._run(engine, command.downgrade, revision)

    def configuration(self) -> Config:
        """Return Alembic's configuration for the migrations in the package.

        Returns
        -------
        alembic.config.Config
            Without a file; a connection is passed as ``attributes["connection"]``.
        """
        from alembic.config import Config

        config = Config()
        # One env.py runs all lines.
        config.set_main_option("script_location", "physforge.database:migrations")
        config.set_main_option("version_locations", self.location)
        # Colons are part of a location.
        config.set_main_option("path_separator", "newline")
        config.attributes[LINE] = self
        return config

    def scripts(self) -> ScriptDirectory:
        """Return the migrations in the package.

        Returns
        -------
        alembic.script.ScriptDirectory
            In their order.
        """
        from alembic.script import ScriptDirectory

        return ScriptDirectory.from_config(self.configuration())

    def _check_known(self, revision: str | None) -> None:
        known = [script.revision for script in self.scripts().walk_revisions()]
        if revision is not None and revision not in known:
            raise DatabaseError(
                f"The {self.name} is at revision {revision}, which this version of PhysForge does not know; "
                "upgrade PhysForge."
            )

    def _losses(self, present: str | None, target: str) -> list[str]:
        if present is None:
            return []
        taken_back = self.scripts().iterate_revisions(present, target)
        return [script.module.LOSES for script in taken_back if script.module.LOSES]

    def _run(self, engine: sa.Engine, command: Any, revision: str) -> None:
        # SQLite changes a table by copying it, and references to the old one must not delete rows.
        worker = make_engine(engine.url, foreign_keys=False)
        config = self.configuration()
        try:
            with worker.begin() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": self.lock})
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
