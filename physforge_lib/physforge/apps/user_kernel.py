"""A kernel on somebody's own server, to work in as them."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from physforge.apps.work import RESULT_TYPE
from physforge.errors import WorkbenchError

#: Longest that a server may take to start, and a request to it to answer, in seconds.
_START_SECONDS, _ANSWER_SECONDS = 120.0, 30.0

#: Between two questions whether the server is there, in seconds.
_POLL_SECONDS = 0.5

#: Largest message from a kernel, in bytes.
_LARGEST = 64 * 2**20


@dataclass(eq=False)
class UserKernel:
    """Runs PhysForge's functions in a kernel of the person's own server, which is started if need be.

    Parameters
    ----------
    url : str
        The workbench's address, ending in a slash.
    api_url : str
        The hub's API.
    user : str
        The person's name at the hub.
    token : str
        Of the hub, which may start and use the person's server.
    """

    url: str
    api_url: str
    user: str
    token: str = field(repr=False)
    _kernel: str = ""
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def run(self, request: Mapping[str, Any], said: Callable[[str], None]) -> dict[str, Any]:
        """Answer a request of `physforge.apps.work` as the person.

        Parameters
        ----------
        request : mapping
            For JSON.
        said : callable
            Told in words what is going on.

        Returns
        -------
        dict
            The answer.

        Raises
        ------
        WorkbenchError
            If the server does not start, the kernel dies, or the work ends in an error: with its words.
        """
        async with self._busy:
            try:
                if not self._kernel:
                    await self._start(said)
                said("Working on your server")
                return await self._execute(json.dumps(dict(request)))
            except (httpx.HTTPError, OSError) as error:
                self._kernel = ""
                raise WorkbenchError(f"Your server did not answer ({error}); try again.") from error

    async def close(self) -> None:
        """Stop the kernel; the server goes on."""
        kernel, self._kernel = self._kernel, ""
        if kernel:
            async with self._client() as client:
                await client.delete(f"{self._server}api/kernels/{kernel}")

    @property
    def _server(self) -> str:
        return f"{self.url}user/{quote(self.user)}/"

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(headers={"Authorization": f"token {self.token}"}, timeout=_ANSWER_SECONDS)

    async def _start(self, said: Callable[[str], None]) -> None:
        async with self._client() as client:
            if not await self._is_up(client):
                said("Starting your server")
                answer = await client.post(f"{self.api_url}/users/{quote(self.user)}/server")
                # 400: it runs, or is being started.
                if answer.status_code not in (201, 202, 400):
                    raise WorkbenchError(f"Your server could not be started: {_message(answer)}.")
                async with asyncio.timeout(_START_SECONDS):
                    while not await self._is_up(client):
                        await asyncio.sleep(_POLL_SECONDS)
            said("Starting a kernel on your server")
            started = await client.post(f"{self._server}api/kernels", json={"name": "python3", "path": ""})
            if started.status_code != httpx.codes.CREATED:
                raise WorkbenchError(f"No kernel could be started on your server: {_message(started)}.")
            self._kernel = str(started.json()["id"])

    async def _is_up(self, client: httpx.AsyncClient) -> bool:
        answer = await client.get(f"{self._server}api/status")
        return answer.status_code == httpx.codes.OK

    async def _execute(self, request: str) -> dict[str, Any]:
        session, message = uuid.uuid4().hex, uuid.uuid4().hex
        address = f"{self._server}api/kernels/{self._kernel}/channels?session_id={session}".replace("http", "ws", 1)
        asked = HTTPRequest(address, headers={"Authorization": f"token {self.token}"})
        connection = await websocket_connect(asked, max_message_size=_LARGEST, ping_interval=20.0)
        try:
            # A JSON text within a Python one: nothing that somebody typed is code.
            code = f"from physforge.apps.work import answer\nanswer({request!r})"
            await connection.write_message(json.dumps(_execute_request(code, session, message)))
            return await _answer_to(connection, message)
        finally:
            connection.close()


async def _answer_to(connection: WebSocketClientConnection, message: str) -> dict[str, Any]:
    result: dict[str, Any] | None = None
    while True:
        text = await connection.read_message()
        if text is None:
            raise WorkbenchError("The kernel on your server ended; try again.")
        if isinstance(text, bytes):
            continue
        found = json.loads(text)
        if found.get("parent_header", {}).get("msg_id") != message:
            continue
        content, kind = found["content"], found["header"]["msg_type"]
        if kind == "display_data" and RESULT_TYPE in content["data"]:
            result = content["data"][RESULT_TYPE]
        elif kind == "error":
            raise WorkbenchError(f"{content['ename']}: {content['evalue']}")
        elif kind == "status" and content["execution_state"] == "idle":
            if result is None:
                raise WorkbenchError("The kernel on your server gave no answer; try again.")
            return result


def _execute_request(code: str, session: str, message: str) -> dict[str, Any]:
    content = {
        "code": code,
        "silent": False,
        "store_history": False,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": True,
    }
    header = {"msg_id": message, "session": session, "username": "", "msg_type": "execute_request", "version": "5.3"}
    return {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"answer {answer.status_code}"
