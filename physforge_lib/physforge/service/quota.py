"""How much an owner's data take, and may take."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.tables import DatasetRow, UploadRow, VersionRow
from physforge.service.problems import RefusedError
from physforge.service.settings import ServiceSettings

_OWNER = sa.bindparam("owner", type_=sa.Uuid())
_STORED = (
    sa.select(sa.func.coalesce(sa.func.sum(VersionRow.size), 0))
    .join(DatasetRow, DatasetRow.id == VersionRow.dataset_id)
    .where(VersionRow.owner_id == _OWNER, DatasetRow.purged_at.is_(None))
)
_COMING = sa.select(sa.func.coalesce(sa.func.sum(UploadRow.size), 0)).where(
    UploadRow.owner_id == _OWNER, UploadRow.version_id.is_(None)
)
#: Built once, and one question: everybody's every look at themselves asks it.
_USED = sa.select(_STORED.scalar_subquery() + _COMING.scalar_subquery())


def used_bytes(session: Session, owner_id: uuid.UUID) -> int:
    """Return what an owner's data sets take, with those in the trash and unfinished uploads.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    owner_id : uuid.UUID
        Whose.

    Returns
    -------
    int
        Bytes; equal files are counted each time, so that the figure does not tell what
        others have.
    """
    return int(session.execute(_USED, {"owner": owner_id}).scalar_one())


def check_quota(session: Session, settings: ServiceSettings, owner_id: uuid.UUID, size: int) -> None:
    """Refuse a file for which an owner has no room.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    settings : ServiceSettings
        The limits.
    owner_id : uuid.UUID
        Whose data set it would be.
    size : int
        Bytes.

    Raises
    ------
    RefusedError
        413 for a file beyond the limit of one; 403 beyond the owner's quota.
    """
    if size > settings.max_upload_bytes:
        raise RefusedError(413, "file-too-large", f"A file may have {settings.max_upload_bytes} bytes, not {size}.")
    if settings.quota_bytes is None:
        return
    used = used_bytes(session, owner_id)
    if used + size > settings.quota_bytes:
        raise RefusedError(
            403,
            "quota",
            f"{used} of {settings.quota_bytes} bytes are used; {size} more do not fit. Delete something, and empty "
            "the trash.",
        )
