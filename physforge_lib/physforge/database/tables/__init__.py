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
from physforge.database.tables.device_logins import DeviceLogin
from physforge.database.tables.identity import Group, Membership, Principal, Project
from physforge.database.tables.jobs import JobBatchRow, JobEventRow, JobLogRow, JobMemberRow, JobNeedRow, JobRow
from physforge.database.tables.notices import NoticeRow, NoticeSetting
from physforge.database.tables.rights import ApiKey, Grant
from physforge.database.tables.uploads import IdempotencyRow, UploadRow

#: What migrations are compared with.
METADATA = Base.metadata

__all__ = [
    "METADATA",
    "ApiKey",
    "Base",
    "BlobClaim",
    "BlobWriter",
    "DatasetRow",
    "DerivationRow",
    "DeviceLogin",
    "FieldRow",
    "Grant",
    "Group",
    "IdempotencyRow",
    "JobBatchRow",
    "JobEventRow",
    "JobLogRow",
    "JobMemberRow",
    "JobNeedRow",
    "JobRow",
    "Membership",
    "NoticeRow",
    "NoticeSetting",
    "ParentRow",
    "Principal",
    "Project",
    "SummaryRow",
    "UploadRow",
    "VersionBlobRow",
    "VersionRow",
]
