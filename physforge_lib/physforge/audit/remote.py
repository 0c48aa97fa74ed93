"""The log as a process sees it that must not be able to change it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from physforge.audit.entry import Entry, Page
from physforge.audit.event import Bounded, Event
from physforge.audit.export import Format, Manifest
from physforge.audit.selection import Selection
from physforge.audit.wire import receive, send
from physforge.errors import AuditError, DatabaseError

#: For so long a server that was just started again is waited for, in seconds.
_PATIENCE_S = 10.0

#: An answer comes within so long, in seconds.
_ANSWER_S = 60.0


class RemoteLog:
    """Hands events to the process that keeps the log (`physforge audit serve`), and asks it.

    Parameters
    ----------
    path : pathlib.Path
        Of its socket.

    Notes
    -----
    A server that is away is waited for, 10 s long: the supervisor starts it again sooner.
    One that dies after it wrote an event and before it said so is sent it once more: an
    event may then stand in the log twice, and is never missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __repr__(self) -> str:
        return f"RemoteLog({str(self._path)!r})"

    def append(self, event: Event) -> int:
        """Record an event, and wait until it is on the disk.

        Parameters
        ----------
        event : Event
            What happened.

        Returns
        -------
        int
            Its number in the log.

        Raises
        ------
        DatabaseError
            If it cannot be recorded.
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
        """
        answer = self._ask({"call": "append", "events": [Bounded.of(one).to_dict() for one in events]})
        return [int(number) for number in answer["numbers"]]

    def query(
        self,
        selection: Selection | None = None,
        *,
        after: int | None = None,
        limit: int = 100,
        newest_first: bool = False,
        personal: bool = False,
    ) -> Page:
        """Find events, as `AuditLog.query` does.

        Parameters
        ----------
        selection : Selection, optional
            Which ones.
        after : int, optional
            `Page.next` of the page before.
        limit : int, default 100
            Most events of the page.
        newest_first : bool, default False
            Which way.
        personal : bool, default False
            Whether personal fields are decrypted.

        Returns
        -------
        Page
            Events, and where to go on.
        """
        call = {"after": after, "limit": limit, "newest_first": newest_first, "personal": personal}
        answer = self._ask({"call": "query", "selection": (selection or Selection()).to_dict(), **call})
        entries = [Entry(**{**one, "time": datetime.fromisoformat(one["time"])}) for one in answer["entries"]]
        return Page(tuple(entries), answer["next"])

    @contextmanager
    def exporting(
        self,
        file: str,
        selection: Selection | None = None,
        *,
        format: Format = "jsonl",  # noqa: A002 - what it is called everywhere
        personal: bool = False,
    ) -> Iterator[RemoteExport]:
        """Yield an export bit by bit, as `AuditLog.exporting` does.

        Parameters
        ----------
        file : str
            What it will be called, for the manifest.
        selection : Selection, optional
            Which events.
        format : {"jsonl", "csv"}, default "jsonl"
            How they are written.
        personal : bool, default False
            Whether personal fields are decrypted.

        Yields
        ------
        RemoteExport
            To be read once.
        """
        call = {"call": "export", "file": file, "format": format, "personal": personal}
        with self._connected() as connection:
            send(connection, {**call, "selection": (selection or Selection()).to_dict()})
            yield RemoteExport(connection)

    def answers(self) -> bool:
        """Say whether somebody keeps the log just now.

        Returns
        -------
        bool
            Whether a connection is taken.
        """
        try:
            with self._connected():
                return True
        except OSError:
            return False

    def close(self) -> None:
        """Do nothing: no connection is kept."""

    def _ask(self, call: Mapping[str, Any]) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                with self._connected() as connection:
                    send(connection, call)
                    return _answer(receive(connection))
            except OSError as error:
                if time.monotonic() > deadline:
                    raise DatabaseError(
                        f"The event log does not answer at {self._path} ({error}); the log of the process audit "
                        "says why."
                    ) from error
            time.sleep(0.1)

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_ANSWER_S)
            connection.connect(str(self._path))
            yield connection


class RemoteExport:
    """An export that comes bit by bit.

    Parameters
    ----------
    connection : socket.socket
        On which it was asked for.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._manifest: Manifest | None = None

    def lines(self) -> Iterator[bytes]:
        """Yield the file, once.

        Yields
        ------
        bytes
            Whole lines, several at a time.

        Raises
        ------
        AuditError
            If a row is damaged.
        """
        while True:
            message = receive(self._connection)
            if not isinstance(message, bytes):
                self._manifest = Manifest(**_answer(message)["manifest"])
                return
            yield message

    def manifest(self) -> Manifest:
        """Return what the lines hold, which were all read.

        Returns
        -------
        Manifest
            Signed by the log.
        """
        if self._manifest is None:
            raise AuditError("The export was not read to its end.")
        return self._manifest


def _answer(message: Any) -> dict[str, Any]:
    if not isinstance(message, dict):
        raise AuditError("What came is no answer of the event log.")
    if "error" in message:
        raise (DatabaseError if message["error"] == "database" else AuditError)(str(message.get("text")))
    return message
