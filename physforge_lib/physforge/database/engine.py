"""Engines that behave alike on SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from physforge.database.filesystem import is_network
from physforge.errors import DatabaseError, MissingExtraError

#: How long a connection waits for another one's write, in milliseconds.
BUSY_MS = 30_000

#: Execution option of connections that only read.
READ_ONLY = "physforge_read_only"

#: Execution option of a connection whose transactions may be lost by a power cut, though never by a crash.
RELAXED = "physforge_relaxed"

#: How often a fresh database is asked for its journal mode while others do the same.
_JOURNAL_ATTEMPTS = 100


def make_engine(url: str | sa.URL, *, foreign_keys: bool = True) -> sa.Engine:
    """Make an engine with PhysForge's settings.

    Parameters
    ----------
    url : str or sqlalchemy.URL
        ``sqlite:///path`` or ``postgresql+psycopg://...``.
    foreign_keys : bool, default True
        SQLite only: whether references are enforced; migrations that copy tables
        need them off.

    Returns
    -------
    sqlalchemy.Engine
        On SQLite every transaction begins with ``BEGIN IMMEDIATE``, unless the
        connection has the option `READ_ONLY`; so no transaction can fail halfway
        because another one wrote first. Commits are on the disk
        (``synchronous=FULL``): with less, a power cut takes acknowledged rows.

    Raises
    ------
    DatabaseError
        For another kind of database, or SQLite in memory.
    MissingExtraError
        If the driver for PostgreSQL is not installed.

    Notes
    -----
    The write-ahead log needs memory that all readers share. On a network file system
    SQLite keeps a rollback journal instead, which is slower and safe there.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise DatabaseError(
            f"{url!r} is no database address; write sqlite:///path or postgresql+psycopg://..."
        ) from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, foreign_keys)
    if parsed.get_backend_name() == "postgresql":
        return _postgresql(parsed)
    raise DatabaseError(f"A {parsed.get_backend_name()} database is not supported; use SQLite or PostgreSQL.")


def keeps_wal(url: sa.URL) -> bool:
    """Say whether a database is a SQLite file with a write-ahead log, whose readers never wait for writers.

    Parameters
    ----------
    url : sqlalchemy.URL
        Of the database.

    Returns
    -------
    bool
        False for PostgreSQL, whose readers wait for the network, and for SQLite on a network file system.
    """
    return url.get_backend_name() == "sqlite" and not is_network(Path(str(url.database)))


def _postgresql(url: sa.URL) -> sa.Engine:
    try:
        return sa.create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise MissingExtraError("PostgreSQL needs a driver: pip install 'physforge[postgresql]'.") from error


def _sqlite(url: sa.URL, foreign_keys: bool) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise DatabaseError("SQLite in memory is not supported, since each connection would see its own; give a file.")
    journal = "WAL" if keeps_wal(url) else "DELETE"
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_MS / 1000, "isolation_level": None})

    @sa.event.listens_for(engine, "connect")
    def settle(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        _set_journal(connection, journal)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        reads = options.get(READ_ONLY)
        if not reads and journal == "WAL":  # without the log a relaxed commit could damage the file
            connection.exec_driver_sql(f"PRAGMA synchronous = {'NORMAL' if options.get(RELAXED) else 'FULL'}")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _set_journal(connection: sqlite3.Connection, mode: str) -> None:
    # SQLite does not wait for others while it changes the mode, whatever the timeout.
    for attempt in range(_JOURNAL_ATTEMPTS):
        try:
            (found,) = connection.execute("PRAGMA journal_mode").fetchone()
            if found.upper() == mode:
                return
            connection.execute(f"PRAGMA journal_mode = {mode}")
        except sqlite3.OperationalError:
            if attempt == _JOURNAL_ATTEMPTS - 1:
                raise
            time.sleep(0.05)
