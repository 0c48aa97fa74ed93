"""One open database: transactions that read, and transactions that write."""

from __future__ import annotations

import weakref
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.engine import READ_ONLY, RELAXED, keeps_wal, make_engine
from physforge.database.group_commit import GroupCommit
from physforge.database.migrate import CENTRAL
from physforge.errors import DatabaseError


class Database:
    """A database that is there and up to date.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        From `make_engine`; its tables are those of this version of PhysForge.

    Examples
    --------
    >>> import tempfile
    >>> from physforge.database.tables import Principal
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     database = Database.open(f"sqlite:///{folder}/physforge.sqlite")
    ...     with database.writing() as session:
    ...         session.add(Principal(hub_name="ada"))
    ...     with database.reading() as session:
    ...         session.scalars(sa.select(Principal.hub_name)).all()
    ...     database.close()
    ['ada']
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._together = GroupCommit(weakref.proxy(self))
        # Where readers need not wait for writers, they need not wait for their connections either.
        self._reads_wait = not keeps_wal(engine.url)
        reading = engine if self._reads_wait else make_engine(engine.url)
        # Connections that nobody can use any more are closed, not left to warn at the end.
        for one in {engine, reading}:
            weakref.finalize(self, one.dispose)
        self._reader = reading.execution_options(**{READ_ONLY: True})
        self._relaxed = engine.execution_options(**{RELAXED: True})

    @classmethod
    def open(cls, url: str | sa.URL) -> Self:
        """Open a database, making it or bringing it up to date where needed.

        Parameters
        ----------
        url : str or sqlalchemy.URL
            ``sqlite:///path`` or ``postgresql+psycopg://...``. The folder of a
            SQLite file is made, readable by its owner alone.

        Returns
        -------
        Database
            To be closed when done.

        Raises
        ------
        DatabaseError
            If it cannot be reached or written, or a newer PhysForge made it.
        """
        engine = make_engine(url)
        try:
            if engine.dialect.name == "sqlite":
                Path(str(engine.url.database)).absolute().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            CENTRAL.bring_up_to_date(engine)
        except (sa.exc.SQLAlchemyError, OSError) as error:
            engine.dispose()
            raise DatabaseError(f"The database {_address(engine)} cannot be opened: {_reason(error)}.") from error
        except DatabaseError:
            engine.dispose()
            raise
        return cls(engine)

    def __repr__(self) -> str:
        return f"Database({_address(self._engine)!r})"

    @property
    def engine(self) -> sa.Engine:
        """The engine, for what transactions do not cover."""
        return self._engine

    @property
    def reads_wait(self) -> bool:
        """Whether a transaction that reads may have to wait: for a network, or for one that writes."""
        return self._reads_wait

    @property
    def together(self) -> GroupCommit:
        """Transactions that this process's threads share, for many small writes."""
        return self._together

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session for a transaction that only reads.

        Yields
        ------
        sqlalchemy.orm.Session
            It sees one state of the database, and never waits for a writer.

        Raises
        ------
        DatabaseError
            If the database fails.
        """
        with self._translated(), Session(self._reader) as session:
            yield session

    @contextmanager
    def writing(self, *, lock: str | None = None, shared: bool = False, durable: bool = True) -> Iterator[Session]:
        """Yield a session for a transaction that writes, and commit it.

        Parameters
        ----------
        lock : str, optional
            Name of what is locked until the commit. On SQLite every writer is alone
            anyway.
        shared : bool, default False
            Whether others that ask for it shared may go on beside.
        durable : bool, default True
            Whether the commit waits for the disk. If not, a power cut may undo it (a
            crash of the process cannot); only for what a power cut makes pointless
            anyway. The next durable commit makes it durable too.

        Yields
        ------
        sqlalchemy.orm.Session
            Rolled back if an error leaves the block.

        Raises
        ------
        DatabaseError
            If the database fails (a full disk, a lost connection). A violated
            constraint is raised as SQLAlchemy's own `IntegrityError`.
        """
        engine = self._engine if durable else self._relaxed
        with self._translated(), Session(engine, expire_on_commit=False) as session, session.begin():
            if not durable and self._engine.dialect.name == "postgresql":
                session.execute(sa.text("SET LOCAL synchronous_commit TO OFF"))
            if lock is not None and self._engine.dialect.name == "postgresql":
                take: Literal["_shared", ""] = "_shared" if shared else ""
                key = zlib.crc32(f"physforge:{lock}".encode())
                session.execute(sa.text(f"SELECT pg_advisory_xact_lock{take}(:key)"), {"key": key})
            yield session

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sa.Connection]:
        """Yield a connection for a transaction that writes, and commit it: `writing` without objects for rows.

        Parameters
        ----------
        durable : bool, default True
            As for `writing`.

        Yields
        ------
        sqlalchemy.Connection
            Rolled back if an error leaves the block.

        Raises
        ------
        DatabaseError
            As for `writing`.
        """
        with self._translated(), (self._engine if durable else self._relaxed).begin() as connection:
            if not durable and self._engine.dialect.name == "postgresql":
                connection.execute(sa.text("SET LOCAL synchronous_commit TO OFF"))
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
        self._reader.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.InternalError) as error:
            raise DatabaseError(f"The database {_address(self._engine)} failed: {_reason(error)}.") from error


def _address(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _reason(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split()).rstrip(".")
