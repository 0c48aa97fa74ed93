"""Follow one job over the REST API without a thread: its log, its state, its end."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx

from physforge.client import Login
from physforge.client.calls import PREFIX, meaning
from physforge.errors import RemoteError

#: Between two tries to follow, in seconds: the first, and the longest.
_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 5.0

#: Longest silence: the service says that it lives every 10 s.
_SILENCE_S = 30.0


async def follow(login: Login, job_id: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Follow a job until it ends, whatever becomes of the connection.

    Parameters
    ----------
    login : Login
        The workbench, and whose token.
    job_id : str
        A UUID.

    Yields
    ------
    name : str
        ``"log"``, ``"job"``, ``"lost"`` (no answer; it is tried again) or, at last, ``"end"``.
    facts : dict
        What is told.

    Raises
    ------
    PhysForgeError
        If the job may not be seen.
    """
    address, last_id, pause = f"{login.url}{PREFIX}/jobs/{uuid.UUID(job_id)}/log", "", _PAUSE_S
    headers = {"Authorization": f"Bearer {login.token}", "Accept": "text/event-stream"}
    async with httpx.AsyncClient(timeout=httpx.Timeout(10.0, read=_SILENCE_S), trust_env=False) as client:
        while True:
            known = {"Last-Event-ID": last_id} if last_id else {}
            try:
                async with client.stream("GET", address, headers={**headers, **known}) as answer:
                    if answer.status_code >= 400:
                        await answer.aread()
                        _raise_unless_it_passes(answer)
                    async for key, name, facts in _events(answer):
                        last_id, pause = key or last_id, _PAUSE_S
                        yield name, facts
                        if name == "end":
                            return
            except httpx.TransportError:
                yield "lost", {}
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_S, 2 * pause)


def _raise_unless_it_passes(answer: httpx.Response) -> None:
    if answer.status_code < 500:
        raise meaning(answer)
    raise httpx.ReadError(f"answer {answer.status_code}")


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[str, str, dict[str, Any]]]:
    if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
        raise RemoteError("The workbench does not send a log as it should; try again.")
    said: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            field, _, value = line.partition(": ")
            said[field] = value
            continue
        if "data" in said:
            yield said.get("id", ""), said.get("event", ""), json.loads(said["data"])
        said = {}
