"""The event log's migrations: a line of their own, as the log may share a PostgreSQL database with other tables."""

from __future__ import annotations

from physforge.audit.tables import METADATA
from physforge.database.migration_line import MigrationLine

EVENT_LOG = MigrationLine(
    name="event log",
    location="physforge.audit:migrations:versions",
    metadata=METADATA,
    version_table="audit_revision",
    head="a0001",
    lock=0x70666175,
)
