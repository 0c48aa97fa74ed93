"""Which erased subjects have a key again, after a backup of the keys was restored."""

from __future__ import annotations

import sqlalchemy as sa

from physforge.audit.keys import Keys
from physforge.audit.tables import EVENTS
from physforge.errors import AuditError

#: The act that an erasure is recorded as.
ERASURE = "subject.erase"


def came_back(connection: sa.Connection, keys: Keys) -> list[str]:
    """Return the erased subjects that have a key.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.
    keys : Keys
        Of the log.

    Returns
    -------
    list of str
        Those to erase once more.
    """
    erased = sa.select(EVENTS.c.object_id).where(EVENTS.c.act == ERASURE).distinct().order_by(EVENTS.c.object_id)
    return [str(name) for name in connection.execute(erased).scalars() if not _is_gone(keys, str(name))]


def _is_gone(keys: Keys, name: str) -> bool:
    try:
        return keys.is_erased(name)
    except AuditError:  # the row was edited, which the chain tells; or the key cannot be read either
        return True
