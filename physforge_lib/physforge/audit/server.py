"""Keep the log for processes that must not be able to change it: they hand events in over a Unix socket, and read.

In a workbench for many users root keeps the one event log, its keys and its signed heads
where the unprivileged services cannot reach them. The hub and the command line, which run
as root, append themselves; the REST API hands its events to this server. So there is one
chain whichever process acts, root opens no file that another user could have prepared,
and an API that was taken over can add to the log and read it, and neither change, cut nor
re-sign what is there.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socketserver
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from physforge.audit.entry import Page
from physforge.audit.event import Bounded
from physforge.audit.export import ExportStream
from physforge.audit.log import AuditLog
from physforge.audit.selection import Selection
from physforge.audit.wire import receive, send, send_part
from physforge.errors import AuditError, DatabaseError, PhysForgeError

#: A call that does not come within so long is not waited for, in seconds.
_PATIENCE_S = 60.0

#: Calls at the same time; others wait to be accepted.
_MOST_CALLS = 64

#: Most bytes of a call: a hundred events at their largest.
_MOST_BYTES = 2**19

#: Lines of an export are sent together.
_PART_BYTES = 2**16

_LOG = logging.getLogger("physforge.audit")

Answer = Callable[[AuditLog, Mapping[str, Any], str, Any], None]


class LogServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers calls of `RemoteLog`, each on a connection and in a thread of its own.

    Parameters
    ----------
    log : AuditLog
        Open.
    path : pathlib.Path
        Of the socket. Whoever may enter its folder, and has the folder's group, may call.
    through : str
        What the events of callers must say in ``details["through"]``: an event of the
        hub or the command line cannot come this way.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, log: AuditLog, path: Path, through: str) -> None:
        self.log, self.through = log, through
        self._places = threading.BoundedSemaphore(_MOST_CALLS)
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISSOCK(path.lstat().st_mode):
                raise AuditError(f"{path} is in the way of the event log's socket; remove it.")
            path.unlink()
        before = os.umask(0o117)
        try:
            super().__init__(str(path), _Call)
        finally:
            os.umask(before)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a call in a thread, once there is a place."""
        self._places.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer a call, and give the place free."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Note that a call ended otherwise than it should."""
        _LOG.exception("A call to the event log failed")


class _Call(socketserver.BaseRequestHandler):
    server: LogServer

    def handle(self) -> None:
        self.request.settimeout(_PATIENCE_S)
        # Whoever went away is told nothing.
        with contextlib.suppress(OSError):
            try:
                call = receive(self.request, _MOST_BYTES)
                answer = _ANSWERS.get(str(call.get("call"))) if isinstance(call, dict) else None
                if answer is None:
                    raise AuditError("The event log answers no such call.")
                answer(self.server.log, call, self.server.through, self.request)
            except PhysForgeError as error:
                kind = "database" if isinstance(error, DatabaseError) else "audit"
                send(self.request, {"error": kind, "text": str(error)[:1000]})


def _append(log: AuditLog, call: Mapping[str, Any], through: str, connection: Any) -> None:
    events = [Bounded.from_dict(one) for one in _list(call.get("events"))]
    for event in events:
        if _through(event) != through:
            raise AuditError(f"An event that comes here says that it came through {through!r}.")
    send(connection, {"numbers": log.submit_bounded(events).result() if events else []})


def _query(log: AuditLog, call: Mapping[str, Any], _through: str, connection: Any) -> None:
    after, limit = call.get("after"), call.get("limit")
    if not isinstance(limit, int) or not isinstance(after, int | None):
        raise AuditError("A page has a number of events, and begins after a number.")
    page: Page = log.query(
        _selection(call),
        after=after,
        limit=limit,
        newest_first=bool(call.get("newest_first")),
        personal=bool(call.get("personal")),
    )
    send(connection, {"entries": [one.to_dict() for one in page.entries], "next": page.next})


def _export(log: AuditLog, call: Mapping[str, Any], _through: str, connection: Any) -> None:
    file, form = str(call.get("file")), call.get("format")
    with log.exporting(file, _selection(call), format=form, personal=bool(call.get("personal"))) as stream:  # type: ignore[arg-type]
        for part in _parts(stream):
            send_part(connection, part)
        send(connection, {"manifest": asdict(stream.manifest())})


_ANSWERS: dict[str, Answer] = {"append": _append, "query": _query, "export": _export}


def _parts(stream: ExportStream) -> Iterator[bytes]:
    gathered = bytearray()
    for line in stream.lines():
        gathered += line
        if len(gathered) >= _PART_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _selection(call: Mapping[str, Any]) -> Selection:
    given = call.get("selection")
    if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
        raise AuditError("What was sent is no selection of events.")
    facts: dict[str, Any] = dict(given)
    try:
        for name in ("since", "until"):
            if name in facts:
                facts[name] = datetime.fromisoformat(facts[name])
        if "actor" in facts:
            facts["actor"] = UUID(facts["actor"])
        return Selection(**facts)
    except (TypeError, ValueError) as error:
        raise AuditError("What was sent is no selection of events.") from error


def _through(event: Bounded) -> object:
    return json.loads(event.columns["details"]).get("through")


def _list(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise AuditError("What was sent are no events.")
    return given
