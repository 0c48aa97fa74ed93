"""How much an owner's data take, and may take."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.tables import DatasetRow, UploadRow, VersionRow
from physforge.service.problems import RefusedError
from physforge.service.settings import ServiceSettings


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
    stored = (
        sa.select(sa.func.sum(VersionRow.size))
        .join(DatasetRow, DatasetRow.id == VersionRow.dataset_id)
        .where(VersionRow.owner_id == owner_id, DatasetRow.purged_at.is_(None))
    )
    coming = sa.select(sa.func.sum(UploadRow.size)).where(
        UploadRow.owner_id == owner_id, UploadRow.version_id.is_(None)
    )
    return int(session.scalar(stored) or 0) + int(session.scalar(coming) or 0)


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
