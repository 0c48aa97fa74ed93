"""Logs as server-sent events: what is there, what comes, and the job's end."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import anyio
from anyio import to_thread
from fastapi import Request
from starlette.responses import StreamingResponse

from physforge.errors import PhysForgeError
from physforge.jobs import FINAL, JobRecord, JobStore, LogPart
from physforge.service.guard import Access, admit
from physforge.service.jobs.records import job_model, log_model
from physforge.service.policy import RULES
from physforge.service.problems import RefusedError

EVENT_STREAM = "text/event-stream"

#: Streams of one caller at the same time.
MAX_STREAMS = 20

#: Between two looks at a job that says much, and at one that is quiet, in seconds.
FASTEST_S, SLOWEST_S = 0.2, 1.0

#: Something is sent at least so often, in seconds, so that whoever is between does not think it dead.
ALIVE_S = 10.0

#: After so long a stream ends without an end of the job, and is asked for again, in seconds.
LONGEST_S = 3600.0

_PIECE = 2**16

#: What does not change, or is not there before the end.
_NOT_TOLD = {"config", "inputs", "run"}
_LAST_ID = re.compile(r"(\d{1,9})-(\d{1,15})")
_RULE = RULES["GET", "/jobs/{job_id}/log"]


def wants_events(request: Request) -> bool:
    """Say whether a caller asks for server-sent events.

    Parameters
    ----------
    request : fastapi.Request
        With ``Accept``, perhaps.

    Returns
    -------
    bool
        Whether that media type is named.
    """
    return EVENT_STREAM in request.headers.get("accept", "")


async def follow(
    request: Request, access: Access, job_id: uuid.UUID, attempt: int | None, start: int
) -> StreamingResponse:
    """Answer with a log that is followed.

    Parameters
    ----------
    request : fastapi.Request
        With ``Last-Event-ID``, perhaps.
    access : Access
        Of the caller; looked at again from time to time.
    job_id : uuid.UUID
        Whose log.
    attempt : int or None
        This one alone; by default the last one, and those that come.
    start : int
        From which character on.

    Returns
    -------
    StreamingResponse
        Events.

    Raises
    ------
    RefusedError
        429 for a caller with too many of them.
    """
    streams = access.services.streams
    caller = access.principal_id
    if streams.get(caller, 0) >= MAX_STREAMS:
        raise RefusedError(429, "too-many-streams", f"You follow {MAX_STREAMS} logs already; stop some.")
    store = await to_thread.run_sync(access.services.jobs_with, job_id)
    place = _Place.of(request, attempt, start)
    header = request.headers.get("authorization")

    async def counted() -> AsyncIterator[str]:
        streams[caller] = streams.get(caller, 0) + 1
        try:
            async for event in _events(access, header, store, job_id, place):
                yield event
        finally:
            streams[caller] -= 1

    # Nobody between is to collect events until there are many.
    return StreamingResponse(counted(), media_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"})


@dataclass
class _Place:
    """Where in which log a stream is; `stays` if no other attempt is of interest."""

    attempt: int | None
    start: int
    stays: bool

    @classmethod
    def of(cls, request: Request, attempt: int | None, start: int) -> _Place:
        last = _LAST_ID.fullmatch(request.headers.get("last-event-id", ""))
        if last is not None:
            return cls(int(last[1]), int(last[2]), stays=attempt is not None)
        return cls(attempt, start, stays=attempt is not None)


async def _events(
    access: Access, header: str | None, store: JobStore, job_id: uuid.UUID, place: _Place
) -> AsyncIterator[str]:
    services = access.services
    began = said = checked = time.monotonic()
    pause, told = FASTEST_S, None
    while (now := time.monotonic()) < began + LONGEST_S and not services.closing:
        if now > checked + services.settings.cache_seconds:
            checked = now
            if not await to_thread.run_sync(_may_still, access, header, job_id):
                return
        try:
            job, part = await to_thread.run_sync(_look, store, job_id, place, limiter=services.readers)
        except PhysForgeError:
            # The database does not answer: the caller comes again, and goes on where this ends.
            return
        facts = (job.state, job.attempt, job.progress, job.cancel_requested)
        if facts != told:
            told = facts
            said = now
            yield _event("job", job_model(job, access.role).model_dump(mode="json", exclude=_NOT_TOLD))
        if part.text:
            place.attempt, place.start, said, pause = part.attempt, part.end, now, FASTEST_S
            yield _event("log", log_model(part).model_dump(), f"{part.attempt}-{part.end}")
            continue
        if place.attempt not in (None, job.attempt) and not place.stays:
            place.attempt, place.start = job.attempt, 0
            continue
        if job.state in FINAL or (place.stays and place.attempt is not None and place.attempt < job.attempt):
            yield _event("end", {"state": str(job.state), "error": job.error})
            return
        if now > said + ALIVE_S:
            said = now
            yield ": alive\n\n"
        await anyio.sleep(pause)
        pause = min(SLOWEST_S, pause * 1.2)


def _look(store: JobStore, job_id: uuid.UUID, place: _Place) -> tuple[JobRecord, LogPart]:
    # The job first: if it has ended by then, the log that is read after it is all there is.
    job = store.get(str(job_id))
    return job, store.read_log(str(job_id), attempt=place.attempt, start=place.start, limit=_PIECE)


def _may_still(access: Access, header: str | None, job_id: uuid.UUID) -> bool:
    try:
        admit(access.services, access.request_id, _RULE, header, {"job_id": str(job_id)})
    except RefusedError as refusal:
        # The hub that does not answer for a moment is no reason.
        return refusal.status == 503
    return True


def _event(name: str, facts: dict[str, Any], key: str | None = None) -> str:
    # JSON has no line ends of its own, so one line of data holds it.
    number = "" if key is None else f"id: {key}\n"
    return f"{number}event: {name}\ndata: {json.dumps(facts)}\n\n"
