"""Data sets that keep their history: bytes by their hash, versions, lineage, trash.

`DatasetStore` is the promise, `DatabaseStore` keeps it with a database (SQLite or
PostgreSQL) and a blob store (a folder, or what fsspec reaches). `Workspace.store` is the
one of a user's state folder.
"""

from __future__ import annotations

from physforge.datasets.store.blobs import BlobStore, open_blobs
from physforge.datasets.store.database_store import DatabaseStore
from physforge.datasets.store.interface import DatasetStore
from physforge.datasets.store.lineage import Lineage
from physforge.datasets.store.records import Derivation, Description, Garbage, StoredDataset, Version

__all__ = [
    "BlobStore",
    "DatabaseStore",
    "DatasetStore",
    "Derivation",
    "Description",
    "Garbage",
    "Lineage",
    "StoredDataset",
    "Version",
    "open_blobs",
]
