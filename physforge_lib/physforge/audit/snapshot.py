"""Look at one state of a log while others append to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from physforge.database import Database


@contextmanager
def snapshot(database: Database) -> Iterator[sa.Connection]:
    """Yield a connection that sees one state of the log, damaged texts included.

    Parameters
    ----------
    database : Database
        Of the log.

    Yields
    ------
    sqlalchemy.Connection
        In a transaction that only reads.

    Raises
    ------
    DatabaseError
        If the database fails.
    """
    with database.reading() as session:
        if database.engine.dialect.name == "postgresql":
            yield session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            return
        connection = session.connection()
        driver: Any = connection.connection.dbapi_connection
        # SQLite lets anything be written into a text; reading it must not end the verification.
        driver.text_factory = _lenient
        try:
            yield connection
        finally:
            driver.text_factory = str


def _lenient(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")
