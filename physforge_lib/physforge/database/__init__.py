"""The database: SQLAlchemy 2 on SQLite and PostgreSQL, one code for both.

`Database` opens it, `tables` says what is in it, and `migrations` (Alembic) brings an
older one up to date. Nobody but PhysForge's own processes opens the central one.
"""

from __future__ import annotations

from physforge.database.database import Database
from physforge.database.migrate import HEAD, current, downgrade, upgrade

__all__ = ["HEAD", "Database", "current", "downgrade", "upgrade"]
