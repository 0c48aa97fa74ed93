"""What Alembic runs: the migrations of a line, over the connection that it is given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from physforge.database.migration_line import LINE, MigrationLine
from physforge.errors import DatabaseError


def run(line: MigrationLine, connection: sa.Connection) -> None:
    """Run the migrations that were asked for, in one transaction.

    Parameters
    ----------
    line : MigrationLine
        Whose tables they are.
    connection : sqlalchemy.Connection
        On SQLite and PostgreSQL alike, data definitions are part of the transaction.
    """
    context.configure(
        connection=connection,
        target_metadata=line.metadata,
        version_table=line.version_table,
        render_as_batch=True,
        transactional_ddl=True,
        compare_server_default=True,
        # Other tables may be there, of another line.
        include_name=lambda name, kind, _parents: kind != "table" or name in line.metadata.tables,
    )
    with context.begin_transaction():
        context.run_migrations()


# Alembic runs this file as a script; a plain import of it (documentation, checks) does nothing.
if hasattr(context, "config"):
    attributes = context.config.attributes
    bind = attributes.get("connection")
    if isinstance(bind, sa.Engine):
        with bind.begin() as opened:
            run(attributes[LINE], opened)
    elif isinstance(bind, sa.Connection):
        run(attributes[LINE], bind)
    else:
        raise DatabaseError("Migrations need a line and a connection; use MigrationLine.upgrade(engine).")
