"""What Alembic runs for the event log: migrations over the connection that it is given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from physforge.audit.schema import VERSION_TABLE
from physforge.audit.tables import METADATA
from physforge.errors import DatabaseError


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name in METADATA.tables


def run(connection: sa.Connection) -> None:
    """Run the migrations that were asked for, in one transaction.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        On SQLite and PostgreSQL alike, data definitions are part of the transaction.
    """
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        version_table=VERSION_TABLE,
        render_as_batch=True,
        transactional_ddl=True,
        compare_server_default=True,
        include_name=_is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


# Alembic runs this file as a script; a plain import of it (documentation, checks) does nothing.
if hasattr(context, "config"):
    bind = context.config.attributes.get("connection")
    if isinstance(bind, sa.Engine):
        with bind.begin() as opened:
            run(opened)
    elif isinstance(bind, sa.Connection):
        run(bind)
    else:
        raise DatabaseError("The event log's migrations need a connection; open it with AuditLog.")
