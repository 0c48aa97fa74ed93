"""Delete blobs that nothing refers to, and what interrupted writes left behind."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database import Database
from physforge.database.tables import BlobClaim, BlobWriter, DatasetRow, VersionBlobRow, VersionRow
from physforge.database.tables.base import now
from physforge.datasets.store.blobs import BlobStore
from physforge.datasets.store.liveness import is_alive, this_place
from physforge.datasets.store.records import Garbage
from physforge.datasets.store.writing import LOCK

#: A writer on another machine that has not been seen for so long is given up.
LEASE = timedelta(days=1)

#: Blobs that are looked at while writers wait.
_BATCH = 100


def collect(database: Database, blobs: BlobStore, grace: timedelta) -> Garbage:
    """Collect the garbage of a store.

    Parameters
    ----------
    database : Database
        Says what is referred to.
    blobs : BlobStore
        Where it is deleted.
    grace : datetime.timedelta
        How long ago a data set must have been deleted.

    Returns
    -------
    Garbage
        What was deleted, and how much waits for the end of its grace.

    Notes
    -----
    See `writing` for why no blob is taken that a writer is about to use.
    """
    # Temporary files first: a writer is noted before it makes any, so one without a writer has none any more.
    temporaries = blobs.temporaries()
    with database.writing() as session:
        _forget_dead_writers(session)
        _release(session, grace)
        writers = {one.hex for one in session.scalars(sa.select(BlobWriter.id))}
    left_over = [name for name in temporaries if name.partition("-")[0] not in writers]
    freed = sum(blobs.discard(name) for name in left_over)
    present = blobs.blobs()
    deleted: list[str] = []
    waiting = iter(present)
    while batch := list(islice(waiting, _BATCH)):
        deleted += _delete_unused(database, blobs, batch)
    freed += sum(present[sha256] for sha256 in deleted)
    with database.reading() as session:
        held = sum(present.get(sha256, 0) for sha256 in session.scalars(_waiting()))
    return Garbage(len(deleted), len(left_over), freed, len(present) - len(deleted), held)


def _waiting() -> sa.Select[str]:
    """Select the blobs that deleted data sets refer to, and no other."""
    referred = (
        sa.select(VersionBlobRow.sha256)
        .join(VersionRow, VersionRow.id == VersionBlobRow.version_id)
        .join(DatasetRow, DatasetRow.id == VersionRow.dataset_id)
    )
    present = DatasetRow.purged_at.is_(None)
    return referred.where(~present, VersionBlobRow.sha256.not_in(referred.where(present))).distinct()


def _delete_unused(database: Database, blobs: BlobStore, batch: list[str]) -> list[str]:
    with database.writing(lock=LOCK) as session:
        used = set(session.scalars(sa.select(VersionBlobRow.sha256).where(VersionBlobRow.sha256.in_(batch))))
        used |= set(session.scalars(sa.select(BlobClaim.sha256).where(BlobClaim.sha256.in_(batch))))
        unused = [sha256 for sha256 in batch if sha256 not in used]
        # While the lock is held: nobody can claim one of these before it is gone.
        for sha256 in unused:
            blobs.delete(sha256)
    return unused


def _forget_dead_writers(session: Session) -> None:
    dead = [writer.id for writer in session.scalars(sa.select(BlobWriter)) if not _lives(writer)]
    _delete_writers(session, dead)


def _lives(writer: BlobWriter) -> bool:
    if writer.place == this_place():
        return is_alive(writer.process)
    return now() - writer.seen_at < LEASE


def _delete_writers(session: Session, ids: list[UUID]) -> None:
    if ids:
        session.execute(sa.delete(BlobClaim).where(BlobClaim.writer_id.in_(ids)))
        session.execute(sa.delete(BlobWriter).where(BlobWriter.id.in_(ids)))


def _release(session: Session, grace: timedelta) -> None:
    """Take the references of deleted data sets back; their rows stay, for the lineage of others."""
    deleted = (
        sa.select(VersionRow.id)
        .join(DatasetRow, DatasetRow.id == VersionRow.dataset_id)
        .where(DatasetRow.purged_at.is_not(None), DatasetRow.purged_at <= now() - grace)
    )
    session.execute(sa.delete(VersionBlobRow).where(VersionBlobRow.version_id.in_(deleted)))
