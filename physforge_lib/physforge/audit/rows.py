"""Read a log of any length row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from physforge.audit.tables import EVENTS

_PAGE = 2000


def rows_of(
    connection: sa.Connection, after: int | None = None, *conditions: sa.ColumnElement[bool]
) -> Iterator[Mapping[Any, Any]]:
    """Read rows in their order, some thousand at a time.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.
    after : int, optional
        Number of the row before the first; from the beginning by default.
    *conditions : sqlalchemy.ColumnElement
        Which rows; all by default.

    Yields
    ------
    mapping
        One row.
    """
    query = sa.select(EVENTS).where(*conditions).order_by(EVENTS.c.seq).limit(_PAGE)
    while True:
        page = connection.execute(query if after is None else query.where(EVENTS.c.seq > after)).mappings().all()
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1]["seq"]
