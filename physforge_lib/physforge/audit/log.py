"""The event log: append, verify, query, export, erase."""

from __future__ import annotations

import os
import time
import uuid
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from physforge.audit.entry import Entry, Page
from physforge.audit.erasure import ERASURE, came_back
from physforge.audit.event import Bounded, Event
from physforge.audit.export import ExportStream, Format, Manifest, write_export
from physforge.audit.heads import HeadFile
from physforge.audit.keys import month_of
from physforge.audit.opening import open_database
from physforge.audit.selection import MOST_EVENTS, Selection, page_query
from physforge.audit.settings import AuditSettings
from physforge.audit.snapshot import snapshot
from physforge.audit.verification import Verification, verify_chain
from physforge.audit.writer import Row, Schedule, Writer
from physforge.errors import AuditError


class AuditLog:
    """An append-only record of who did what, in a database of its own.

    Each row's hash covers the row and the hash before it; a seal shows that the log
    wrote it; heads signed now and then are kept in another place. So `verify` finds
    rows that were edited, deleted, reordered, inserted or cut off, and an older copy
    put in place. Personal fields are encrypted with a key of each subject; destroying
    the key erases them everywhere, and the chain stays valid.

    Parameters
    ----------
    url : str or sqlalchemy.URL
        ``sqlite:///path`` or ``postgresql+psycopg://...``.
    keys_folder : str or path-like
        Where the keys are, apart from the database; made when missing.
    heads : str or path-like, optional
        File of signed heads; by default ``heads.jsonl`` in the folder of keys. Best on
        another disk or machine: who can write to the database and to this file can
        cut the log's end unseen.
    schedule : Schedule, optional
        When heads are signed; by default every 1,000 rows, and 10 s after a row. What
        is younger than the last head can be cut off unseen.
    create : bool, default True
        Whether a log is made where there is none.

    Raises
    ------
    AuditError
        If there is no log and none is to be made, or the keys are missing, not those
        of this log, or readable by others.
    DatabaseError
        If the database cannot be opened.

    Notes
    -----
    Any number of processes and threads may append at once. Open it after forking, not
    before. To begin anew after a finding that was looked into, move the database and
    the file of heads to an archive together.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with AuditLog(f"sqlite:///{folder}/audit.sqlite", f"{folder}/keys") as log:
    ...         log.append(Event(act="dataset.create", object_kind="dataset", object_id="run7"))
    ...         log.verify().ok
    1
    True
    """

    def __init__(
        self,
        url: str | sa.URL,
        keys_folder: str | os.PathLike[str],
        *,
        heads: str | os.PathLike[str] | None = None,
        schedule: Schedule | None = None,
        create: bool = True,
    ) -> None:
        folder = Path(keys_folder).absolute()
        self._database, self._keys, self._id = open_database(url, folder, create=create)
        self._heads = HeadFile(folder / "heads.jsonl" if heads is None else Path(heads).absolute())
        self._writer = Writer(self._database, self._id, self._keys, self._heads, schedule or Schedule())
        self._finalizer = weakref.finalize(self, self._writer.close)

    @classmethod
    def of(cls, settings: AuditSettings, *, create: bool = True) -> Self:
        """Open the log of a state folder.

        Parameters
        ----------
        settings : AuditSettings
            Its places.
        create : bool, default True
            Whether a log is made where there is none.

        Returns
        -------
        AuditLog
            To be closed when done.
        """
        return cls(settings.url, settings.keys_folder, heads=settings.heads, create=create)

    def __repr__(self) -> str:
        return f"AuditLog({self._database.engine.url.render_as_string(hide_password=True)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def id(self) -> str:
        """Id of the log."""
        return self._id

    @property
    def public_key(self) -> str:
        """What signed heads and manifests are checked with."""
        return self._keys.public_key

    def append(self, event: Event) -> int:
        """Record an event, and wait until it is on the disk.

        Parameters
        ----------
        event : Event
            What happened; its time is now.

        Returns
        -------
        int
            Its number in the log.

        Raises
        ------
        DatabaseError
            If it cannot be written; nothing is recorded then.
        """
        return self.append_all([event])[0]

    def append_all(self, events: Sequence[Event]) -> list[int]:
        """Record events that follow each other, all or none.

        Parameters
        ----------
        events : sequence of Event
            What happened.

        Returns
        -------
        list of int
            Their numbers in the log.

        Raises
        ------
        DatabaseError
            If they cannot be written.
        """
        return self.submit(events).result() if events else []

    def submit(self, events: Sequence[Event]) -> Future[list[int]]:
        """Hand in events without waiting.

        Parameters
        ----------
        events : sequence of Event
            What happened.

        Returns
        -------
        concurrent.futures.Future
            Their numbers, once they are on the disk; in a coroutine, wait with
            ``await asyncio.wrap_future(log.submit([event]))``.

        Raises
        ------
        AuditError
            If the log is closed.
        """
        return self.submit_bounded([Bounded.of(event) for event in events])

    def submit_bounded(self, events: Sequence[Bounded]) -> Future[list[int]]:
        """Hand in events that another process has bounded already.

        Parameters
        ----------
        events : sequence of Bounded
            What happened; their time is now.

        Returns
        -------
        concurrent.futures.Future
            As for `submit`.
        """
        return self._writer.submit([self._row(event) for event in events])

    def sign(self) -> None:
        """Sign a head now, whatever the schedule says.

        Raises
        ------
        DatabaseError
            If the database fails.
        OSError
            If the head cannot be kept in its place.
        """
        self._writer.sign_now()

    def verify(self) -> Verification:
        """Look at every row, and at the signed heads.

        Returns
        -------
        Verification
            With the first broken row and what was done to it, or none.

        Raises
        ------
        DatabaseError
            If the database fails.
        """
        # Read before the rows, so that each head is of rows that are seen.
        heads, unreadable = self._heads.read()
        remarks = []
        if unreadable:
            remarks.append(f"{unreadable} lines of {self._heads.path} are no heads; a power cut leaves one.")
        with snapshot(self._database) as connection:
            back = came_back(connection, self._keys)
            if back:
                remarks.append(f"Erased subjects have a key again ({', '.join(back)}): erase them once more.")
            return verify_chain(connection, self._keys, heads, self._has_heads, remarks)

    def query(
        self,
        selection: Selection | None = None,
        *,
        after: int | None = None,
        limit: int = 100,
        newest_first: bool = False,
        personal: bool = False,
    ) -> Page:
        """Find events.

        Parameters
        ----------
        selection : Selection, optional
            Which ones; all by default.
        after : int, optional
            `Page.next` of the page before.
        limit : int, default 100
            Most events of the page, up to 1,000.
        newest_first : bool, default False
            Which way.
        personal : bool, default False
            Whether personal fields are decrypted. Who asks for that should be
            recorded: append an ``audit.read`` event.

        Returns
        -------
        Page
            Events, and where to go on.

        Raises
        ------
        AuditError
            For an impossible limit, or a damaged row.
        DatabaseError
            If the database fails.
        """
        if not 1 <= limit <= MOST_EVENTS:
            raise AuditError(f"A page has 1 to {MOST_EVENTS} events, and not {limit}.")
        query = page_query(selection or Selection(), after, limit + 1, newest_first)
        with self._database.reading() as session:
            rows = session.execute(query).mappings().all()
        keys = self._keys if personal else None
        entries = tuple(Entry.of(row, keys) for row in rows[:limit])
        return Page(entries, entries[-1].seq if len(rows) > limit else None)

    def export(
        self,
        to: str | os.PathLike[str],
        selection: Selection | None = None,
        *,
        format: Format = "jsonl",  # noqa: A002 - what it is called everywhere
        personal: bool = False,
    ) -> Manifest:
        """Write events to a file, with a signed manifest beside it.

        Parameters
        ----------
        to : str or path-like
            A file that does not exist yet; the manifest is ``<to>.manifest.json``.
        selection : Selection, optional
            Which events; all by default.
        format : {"jsonl", "csv"}, default "jsonl"
            JSON lines hold rows as they are hashed; in CSV, what a spreadsheet would
            take for a formula begins with an apostrophe.
        personal : bool, default False
            Whether personal fields are written so that anybody can read them. An
            erasure does not reach such a file.

        Returns
        -------
        Manifest
            What was written.

        Raises
        ------
        AuditError
            If the file exists, cannot be written, or a row is damaged.
        DatabaseError
            If the database fails.
        """
        path = Path(to)
        with self.exporting(path.name, selection, format=format, personal=personal) as stream:
            return write_export(path, stream)

    @contextmanager
    def exporting(
        self,
        file: str,
        selection: Selection | None = None,
        *,
        format: Format = "jsonl",  # noqa: A002 - what it is called everywhere
        personal: bool = False,
    ) -> Iterator[ExportStream]:
        """Yield an export line by line, to be sent somewhere.

        Parameters
        ----------
        file : str
            What it will be called, for the manifest.
        selection : Selection, optional
            Which events; all by default.
        format : {"jsonl", "csv"}, default "jsonl"
            How they are written.
        personal : bool, default False
            Whether personal fields are written so that anybody can read them.

        Yields
        ------
        ExportStream
            It sees one state of the log, whatever is appended meanwhile.
        """
        with snapshot(self._database) as connection:
            yield ExportStream(
                connection,
                self._keys,
                log=self._id,
                selection=selection or Selection(),
                format=format,
                personal=personal,
                file=file,
            )

    def erase_subject(self, subject: uuid.UUID | str, *, actor: uuid.UUID | None = None) -> bool:
        """Destroy a subject's key, so that its personal fields can never be read again.

        Parameters
        ----------
        subject : uuid.UUID or str
            A principal's id; or a month such as ``anonymous-2026-11``, whose personal
            fields belong to no principal.
        actor : uuid.UUID, optional
            Who asked for it; recorded with the act.

        Returns
        -------
        bool
            Whether there was a key. The chain stays valid, and later events of the
            subject are recorded without personal fields.

        Raises
        ------
        AuditError
            For a text that is no subject.
        DatabaseError
            If the act cannot be recorded.

        Notes
        -----
        Backups of the folder of keys made before still hold the key: let them expire.
        After one is restored, `verify` names the subjects to erase once more.
        """
        name = str(subject)
        had_key = self._keys.destroy(name)
        self.append(Event(act=ERASURE, actor=actor, object_kind="subject", object_id=name))
        return had_key

    def close(self) -> None:
        """Commit what waits, sign a head, and close all connections."""
        self._finalizer()
        self._database.close()

    def _row(self, event: Bounded) -> Row:
        row: dict[str, Any] = {"time_us": time.time_ns() // 1000, **event.columns, "subject": None, "personal": None}
        if event.personal is not None:
            row["subject"] = month_of(datetime.now(UTC)) if event.subject is None else event.subject
            row["personal"] = self._keys.encrypt(row["subject"], event.personal)
        return row

    def _has_heads(self) -> bool:
        # The first one may be on its way from the database to the file.
        for _ in range(20):
            if self._heads.read()[0]:
                return True
            time.sleep(0.05)
        return False
