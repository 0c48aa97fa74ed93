"""The central database's migrations."""

from __future__ import annotations

from physforge.database.migration_line import MigrationLine
from physforge.database.tables import METADATA

#: The revision that this version of PhysForge works with.
HEAD = "0007"

CENTRAL = MigrationLine(
    name="database",
    location="physforge.database:migrations:versions",
    metadata=METADATA,
    version_table="alembic_version",
    head=HEAD,
    lock=0x70687973,
)

current = CENTRAL.current
upgrade = CENTRAL.upgrade
downgrade = CENTRAL.downgrade
