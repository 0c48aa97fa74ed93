"""Write blobs so that garbage collection never takes one that is about to be used.

1. The writer's row is committed; temporary files bear its id.
2. Everything is copied under temporary names, and hashed.
3. In one transaction, which excludes the collector, temporary files become blobs,
   unless a blob of that hash is there, and the rows that refer to them are entered.

What is too much for one batch is published earlier: the writer claims its hashes in a
transaction that excludes the collector, and then turns the files into blobs. The claims
end with step 3.

The collector deletes a blob only while it excludes step 3 and claims, and if neither a
row nor a claim names it. So a claim comes either before the collector looks, and is
respected, or after the blob is gone, and then publishing puts it there again. A process
killed between the two halves of step 3 leaves a blob without a row, which is garbage.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database import Database
from physforge.database.tables import BlobClaim, BlobWriter
from physforge.database.tables.base import now
from physforge.datasets.store.blobs import BlobStore, Written, gone
from physforge.datasets.store.liveness import this_place, this_process
from physforge.errors import DatabaseError, StoreError

#: What claims and the collector lock.
LOCK = "blobs"


class BlobWriting:
    """One write of blobs. Made by `writing_blobs`.

    Parameters
    ----------
    database : Database
        Where writer and claims are noted.
    blobs : BlobStore
        Where the bytes go.
    """

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database, self._blobs = database, blobs
        self._id = uuid.uuid4()
        self._count = 0
        self._pending: list[Written] = []
        self._claimed: set[str] = set()
        self._reused: set[str] = set()
        self._settled = False

    def copy(self, source: BinaryIO, description: str = "") -> Written:
        """Copy a stream under a temporary name.

        Parameters
        ----------
        source : file object
            Open for reading.
        description : str, optional
            For a progress bar.

        Returns
        -------
        Written
            With its hash.
        """
        self._count += 1
        written = self._blobs.write(f"{self._id.hex}-{self._count}", source, description)
        self._pending.append(written)
        return written

    def put(self, content: bytes) -> Written:
        """Write bytes under a temporary name.

        Parameters
        ----------
        content : bytes
            What to write.

        Returns
        -------
        Written
            With its hash.
        """
        return self.copy(io.BytesIO(content))

    def reuse(self, sha256s: Iterable[str]) -> None:
        """Refer to blobs that are there, without a copy; `settle` sees that they still are.

        Parameters
        ----------
        sha256s : iterable of str
            Of a version that whoever writes may read.
        """
        self._reused.update(sha256s)

    def publish(self) -> None:
        """Claim what was copied so far, and turn it into blobs before the end."""
        fresh = {one.sha256 for one in self._pending} - self._claimed
        with self._database.writing(lock=LOCK, shared=True) as session:
            alive = sa.update(BlobWriter).where(BlobWriter.id == self._id).values(seen_at=now())
            if _count(session, alive) != 1:
                raise self._taken_for_dead()
            if fresh:
                rows = [{"writer_id": self._id, "sha256": sha256} for sha256 in sorted(fresh)]
                session.execute(sa.insert(BlobClaim), rows)
        self._claimed |= fresh
        self._blobs.publish(self._pending)
        self._pending = []

    def settle(self, session: Session) -> None:
        """Publish what is left and end the claims, in the transaction that refers to the blobs.

        Parameters
        ----------
        session : sqlalchemy.orm.Session
            From ``Database.writing(lock=LOCK, shared=True)``.

        Raises
        ------
        StoreError
            If the collector took this writer for dead, or what was to be used again is
            gone; nothing is registered then.
        """
        ended = _count(session, sa.delete(BlobClaim).where(BlobClaim.writer_id == self._id))
        lived = _count(session, sa.delete(BlobWriter).where(BlobWriter.id == self._id))
        if ended != len(self._claimed) or lived != 1:
            raise self._taken_for_dead()
        for sha256 in self._reused:
            # While the collector is excluded: what is there now stays.
            if not self._blobs.exists(sha256):
                raise gone(sha256)
        self._blobs.publish(self._pending)
        self._settled = True

    def begin(self) -> None:
        """Note the writer, for collectors that run meanwhile; after a power cut there is no writer to note."""
        with self._database.writing(durable=False) as session:
            session.add(BlobWriter(id=self._id, place=this_place(), process=this_process()))

    def end(self) -> None:
        """Delete what is left of a write that was given up."""
        for one in range(1, self._count + 1) if self._pending or not self._settled else ():
            # The first reason is the one to report; the collector comes by again.
            with suppress(StoreError):
                self._blobs.discard(f"{self._id.hex}-{one}")
        if not self._settled:
            with suppress(DatabaseError), self._database.writing() as session:
                session.execute(sa.delete(BlobClaim).where(BlobClaim.writer_id == self._id))
                session.execute(sa.delete(BlobWriter).where(BlobWriter.id == self._id))

    def _taken_for_dead(self) -> StoreError:
        return StoreError("Writing took so long that the store gave it up; nothing was registered. Add the data again.")


@contextmanager
def writing_blobs(database: Database, blobs: BlobStore) -> Iterator[BlobWriting]:
    """Yield a write of blobs; what is not settled when it ends leaves nothing.

    Parameters
    ----------
    database : Database
        Where writer and claims are noted.
    blobs : BlobStore
        Where the bytes go.

    Yields
    ------
    BlobWriting
        To copy, publish and settle.
    """
    writing = BlobWriting(database, blobs)
    writing.begin()
    try:
        yield writing
    finally:
        writing.end()


def _count(session: Session, statement: sa.Update | sa.Delete) -> int:
    result = session.execute(statement)
    return int(result.rowcount)  # type: ignore[attr-defined]
