"""Append rows: all that wait are committed together, by one thread of each process."""

from __future__ import annotations

import collections
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.audit.chain import first_hash, row_hash
from physforge.audit.heads import Head, HeadFile
from physforge.audit.keys import Keys
from physforge.audit.tables import EVENTS, HEADS
from physforge.database import Database
from physforge.errors import AuditError

#: Rows in one commit.
MOST_ROWS = 1000

#: How long those that waited together before are waited for, in seconds; one that is alone never waits.
GATHER_S = 0.002

_LOCK = "audit"

Row = dict[str, Any]
Waiting = tuple[list[Row], "Future[list[int]]"]


@dataclass(frozen=True)
class Schedule:
    """When heads are signed.

    Parameters
    ----------
    events : int
        At the latest after so many rows, whoever wrote them.
    seconds : float
        At the latest so long after a row.
    """

    events: int = 1000
    seconds: float = 10.0


class Writer:
    """One process's hand on the chain.

    Its thread takes whatever rows wait, reads the chain's end under a lock that holds
    between processes, and commits; a single fsync serves all of them.

    Parameters
    ----------
    database : Database
        Of the log.
    log : str
        Id of the log.
    keys : Keys
        Of the log.
    heads : HeadFile
        Where signed heads are kept.
    schedule : Schedule
        When they are signed.
    """

    def __init__(self, database: Database, log: str, keys: Keys, heads: HeadFile, schedule: Schedule) -> None:
        self._database = database
        self._log = log
        self._keys = keys
        self._heads = heads
        self._schedule = schedule
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self._closed = False
        self._unsigned_since: float | None = None
        self._last_batch = 0
        self._to_keep: collections.deque[Head] = collections.deque()

    def submit(self, rows: list[Row]) -> Future[list[int]]:
        """Hand in rows that follow each other.

        Parameters
        ----------
        rows : list of dict
            Without seq and hashes.

        Returns
        -------
        concurrent.futures.Future
            Their numbers, once they are on the disk.

        Raises
        ------
        AuditError
            If the log is closed.
        """
        future: Future[list[int]] = Future()
        # From here on it cannot be cancelled: an act is recorded even if nobody waits any more.
        future.set_running_or_notify_cancel()
        with self._guard:
            if self._closed:
                raise AuditError("This event log is closed; open it again to append.")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="physforge-audit", daemon=True)
                self._thread.start()
            self._waiting.put((rows, future))
        return future

    def close(self) -> None:
        """Commit what waits, sign a head, and end the thread."""
        with self._guard:
            thread, self._thread, self._closed = self._thread, None, True
        if thread is not None:
            self._waiting.put(None)
            if thread is not threading.current_thread():  # the garbage collector runs anywhere
                thread.join()

    def sign_now(self) -> None:
        """Sign a head at the chain's end, if it has none yet.

        Raises
        ------
        DatabaseError
            If the database fails.
        OSError
            If the head cannot be kept elsewhere.
        """
        with self._database.writing(lock=_LOCK) as session:
            seq, last = self._end(session)
            head = self._signed(session, seq, last) if seq and not _has_head(session, seq) else None
        if head is not None:
            self._to_keep.append(head)
        self._keep()

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch, going_on = self._take()
            if batch:
                self._commit_all(batch)
            if self._is_head_due() or (not going_on and self._unsigned_since is not None):
                self._try_to(self.sign_now)

    def _take(self) -> tuple[list[Waiting], bool]:
        batch: list[Waiting] = []
        rows, before, self._last_batch = 0, self._last_batch, 0
        try:
            one = self._waiting.get(timeout=self._patience())
            deadline = time.monotonic() + GATHER_S
            while one is not None:
                batch.append(one)
                rows += len(one[0])
                self._last_batch += 1
                if rows >= MOST_ROWS:
                    return batch, True
                # Those whose events were just committed come back at once: no fsync for the first of them alone.
                patience = deadline - time.monotonic() if len(batch) < before else 0.0
                one = self._waiting.get(timeout=patience) if patience > 0 else self._waiting.get_nowait()
        except queue.Empty:
            return batch, True
        return batch, False

    def _patience(self) -> float | None:
        if self._unsigned_since is None:
            return None
        return max(self._unsigned_since + self._schedule.seconds - time.monotonic(), 0.001)

    def _is_head_due(self) -> bool:
        since = self._unsigned_since
        return since is not None and time.monotonic() >= since + self._schedule.seconds

    def _commit_all(self, batch: Sequence[Waiting]) -> None:
        rows = [row for several, _ in batch for row in several]
        try:
            head = self._commit(rows)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait for the commit must learn of it
            for _, future in batch:
                future.set_exception(error)
            return
        for several, future in batch:
            future.set_result([row["seq"] for row in several])
        self._unsigned_since = self._unsigned_since or time.monotonic()
        if head is not None:
            self._to_keep.append(head)
            self._try_to(self._keep)

    def _commit(self, rows: Sequence[Row]) -> Head | None:
        with self._database.writing(lock=_LOCK) as session:
            first, last = self._end(session)
            for seq, row in enumerate(rows, first + 1):
                row["seq"], row["previous_hash"] = seq, last
                row["hash"] = last = row_hash(row)
                row["seal"] = self._keys.seal(last)
            session.execute(sa.insert(EVENTS), rows)
            seq = first + len(rows)
            # A new thousand: so the processes need not agree on who signs.
            is_due = seq // self._schedule.events > first // self._schedule.events
            return self._signed(session, seq, last) if is_due else None

    def _end(self, session: Session) -> tuple[int, str]:
        query = sa.select(EVENTS.c.seq, EVENTS.c.hash).order_by(EVENTS.c.seq.desc()).limit(1)
        found = session.execute(query).first()
        return (0, first_hash(self._log)) if found is None else (found.seq, found.hash)

    def _signed(self, session: Session, seq: int, last: str) -> Head:
        head = Head.signed(self._keys, self._log, seq, last, time.time_ns() // 1000)
        # One that is there already is of a log that was longer: it stays as evidence.
        if not _has_head(session, seq):
            kept = {"seq": seq, "hash": last, "time_us": head.time_us, "signature": head.signature}
            session.execute(sa.insert(HEADS), [kept])
        return head

    def _keep(self) -> None:
        while self._to_keep:
            head = self._to_keep.popleft()
            try:
                self._heads.append(head)
            except OSError:
                self._to_keep.appendleft(head)
                raise
        self._unsigned_since = None

    def _try_to(self, sign_or_keep: Callable[[], None]) -> None:
        try:
            sign_or_keep()
        except Exception as error:  # noqa: BLE001 - the acts are recorded; that they are not signed must stop nobody
            self._unsigned_since = time.monotonic()
            text = " ".join(str(error).split())[:500]
            logging.getLogger("physforge.audit").error("No head could be kept in %s: %s", self._heads.path, text)


def _has_head(session: Session, seq: int) -> bool:
    return session.execute(sa.select(HEADS.c.seq).where(HEADS.c.seq == seq)).first() is not None
