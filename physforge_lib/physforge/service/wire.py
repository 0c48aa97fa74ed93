"""Around every call: an id, a limit on its body, one line in the log, and the figures."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from http import HTTPStatus
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from physforge.service.metrics import Metrics
from physforge.service.problems import MEDIA_TYPE, Problem
from physforge.service.settings import PREFIX

logger = logging.getLogger("physforge.service")

#: A log line is never longer, in bytes: an address or name may be.
MAX_LINE = 4000

_MAX_PATH = 500

#: Logged where the caller went away before there was an answer.
_GONE = 499

_WATCHED = (f"{PREFIX}/health/", f"{PREFIX}/metrics")
_CHUNKS = (f"{PREFIX}/uploads/", f"{PREFIX}/jobs/")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_LINK = re.compile(r"/links/.*")


class Wire:
    """Pure ASGI, since it must see bodies and answers as they stream.

    Parameters
    ----------
    app : ASGI application
        Called for every request.
    metrics : Metrics
        Counts.
    body_bytes : int
        Largest body, except of chunks of uploads.
    chunk_bytes : int
        Largest chunk of an upload.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, body_bytes: int, chunk_bytes: int) -> None:
        self._app, self._metrics = app, metrics
        self._body_bytes, self._chunk_bytes = body_bytes, chunk_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one call.

        Parameters
        ----------
        scope, receive, send : ASGI
            Of the call.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = _Call(scope, receive, send, self._limit(scope))
        start = time.perf_counter()
        with self._metrics.in_progress():
            try:
                if call.announced_too_much:
                    await call.refuse_body()
                else:
                    await self._app(scope, call.receive, call.send)
            except ClientDisconnect:
                # Either the caller is gone, or more came than may.
                await call.refuse_body()
            except Exception:  # the last place where anything can be said of it
                logger.exception("%s failed", call.id)
                await call.refuse(500, "failed", "The service failed; its log has the reason under the request's id.")
            finally:
                seconds = time.perf_counter() - start
                self._metrics.count(scope["method"], _route_of(scope), call.status or _GONE, seconds)
                _log(scope, call, seconds)

    def _limit(self, scope: Scope) -> int:
        # A sweep is submitted in one call, and a log comes in long pieces.
        is_chunk = (scope["method"] == "PUT" and scope["path"].startswith(_CHUNKS)) or (
            scope["method"] == "POST" and scope["path"].startswith(f"{PREFIX}/jobs")
        )
        return self._chunk_bytes if is_chunk else self._body_bytes


class _Call:
    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        self.id = given.decode() if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = self.id
        self._receive, self._send, self._limit = receive, send, limit
        self._read = 0
        self.exceeded = False
        self.status = 0
        self.sent = 0
        length = headers.get(b"content-length", b"0")
        self.announced_too_much = length.isdigit() and int(length[:20]) > limit

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            if self._read > self._limit:
                self.exceeded = True
                return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        if self.exceeded:
            # Whatever the application makes of the cut, the caller learns the reason.
            await self.refuse_body()
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            secure = [
                (b"x-request-id", self.id.encode()),
                (b"x-content-type-options", b"nosniff"),
                (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
            ]
            headers = [*message.get("headers", ()), *secure]
            if not any(name.lower() == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"private, no-cache"))
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
        await self._send(message)

    async def refuse_body(self) -> None:
        if not (self.exceeded or self.announced_too_much):
            return
        detail = f"The body is longer than the {self._limit} bytes that this call may have; nothing was kept of it."
        await self.refuse(413, "body-too-large", detail)

    async def refuse(self, status: int, kind: str, detail: str) -> None:
        if self.status:
            return
        self.exceeded = False
        body = Problem(
            type=f"urn:physforge:problem:{kind}",
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            request_id=self.id,
        )
        content = body.model_dump_json().encode()
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(content)).encode()),
            # What is left of the body is not read.
            (b"connection", b"close"),
        ]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": content})
        self.exceeded = True


def _route_of(scope: Scope) -> str:
    route = scope.get("route")
    return str(getattr(route, "path_format", "unknown"))


def _log(scope: Scope, call: _Call, seconds: float) -> None:
    state: dict[str, Any] = scope["state"]
    access = state.get("access")
    caller = getattr(access, "caller_or_none", None)
    facts = {
        "request_id": call.id,
        "method": scope["method"][:20],
        # Without its query, and without a link, which is a credential.
        "path": _LINK.sub("/links/...", scope["path"])[:_MAX_PATH],
        "status": call.status or _GONE,
        "problem": state.get("problem"),
        "principal": str(caller.principal_id) if caller is not None else None,
        "credential": getattr(caller, "credential", None),
        "bytes": call.sent,
        "ms": round(1000 * seconds, 1),
    }
    # JSON escapes what would end the line or move the cursor.
    line = json.dumps({key: value for key, value in facts.items() if value is not None})
    # Asked for every few seconds by whoever watches.
    level = logging.DEBUG if scope["path"].startswith(_WATCHED) and call.status == 200 else logging.INFO
    logger.log(level, "%s", line[:MAX_LINE])
