"""What Alembic runs: migrations over the connection that it is given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from physforge.database.tables import METADATA
from physforge.errors import DatabaseError


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
        render_as_batch=True,
        transactional_ddl=True,
        compare_server_default=True,
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
        raise DatabaseError("Migrations need a connection; use physforge.database.upgrade(engine).")
