"""The tables, one subject a module. Rights attach to ids, never to names."""

from __future__ import annotations

from physforge.database.tables.base import Base
from physforge.database.tables.blobs import BlobClaim, BlobWriter
from physforge.database.tables.datasets import (
    DatasetRow,
    DerivationRow,
    FieldRow,
    ParentRow,
    SummaryRow,
    VersionBlobRow,
    VersionRow,
)
from physforge.database.tables.identity import Group, Membership, Principal, Project

#: What migrations are compared with.
METADATA = Base.metadata

__all__ = [
    "METADATA",
    "Base",
    "BlobClaim",
    "BlobWriter",
    "DatasetRow",
    "DerivationRow",
    "FieldRow",
    "Group",
    "Membership",
    "ParentRow",
    "Principal",
    "Project",
    "SummaryRow",
    "VersionBlobRow",
    "VersionRow",
]
