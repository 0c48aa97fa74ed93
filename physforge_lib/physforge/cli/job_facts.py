"""A job as JSON and as a row of a table: fields that scripts may rely on."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from physforge.jobs import JobEvent, JobRecord

#: Characters of an id that are shown, if that is enough to tell the jobs apart.
SHORT = 8

COLORS = {
    "waiting": "dim",
    "queued": "yellow",
    "running": "cyan",
    "succeeded": "green",
    "failed": "red",
    "cancelled": "magenta",
}


def job_facts(job: JobRecord) -> dict[str, Any]:
    """Say what is known of a job, as ``--json`` prints it.

    Parameters
    ----------
    job : JobRecord
        From a store.

    Returns
    -------
    dict
        JSON-serialisable; times in ISO 8601, durations in seconds, sizes in bytes.
    """
    spec = job.spec
    return {
        "id": job.id,
        "kind": spec.kind,
        "state": job.state.value,
        "progress": {"fraction": job.progress.fraction, "message": job.progress.message},
        "attempt": job.attempt,
        "batch": job.batch,
        "executor": spec.executor,
        "priority": spec.priority,
        "seed": spec.seed,
        "wall_limit_s": spec.wall_limit_s,
        "config": spec.config,
        "inputs": [
            {"field": one.field, "name": one.name, "what": one.what, "reference": one.reference, "sha256": one.sha256}
            for one in spec.inputs
        ],
        "sha256": spec.sha256,
        "created": _iso(job.created_at),
        "started": _iso(job.started_at),
        "finished": _iso(job.finished_at),
        "worker": job.worker,
        "cancel_requested": job.cancel_requested,
        "error": job.error,
        "artifact": job.artifact,
        "artifact_bytes": job.artifact_bytes,
        "cpu_s": job.cpu_s,
        "gpu_s": job.gpu_s,
        "run": job.run,
    }


def event_facts(event: JobEvent) -> dict[str, Any]:
    """Say what is known of a change.

    Parameters
    ----------
    event : JobEvent
        From a store.

    Returns
    -------
    dict
        JSON-serialisable.
    """
    return {
        "number": event.number,
        "at": _iso(event.at),
        "attempt": event.attempt,
        "state": event.state.value,
        "details": event.details,
    }


def short_ids(ids: Sequence[str]) -> dict[str, str]:
    """Shorten ids as far as they can still be told apart.

    Parameters
    ----------
    ids : sequence of str
        Without repetition.

    Returns
    -------
    dict of str to str
        Id -> its beginning, all of one length.

    Examples
    --------
    >>> short_ids(["3f2a91c0-aaaa", "3f2a91c0-abbb"])
    {'3f2a91c0-aaaa': '3f2a91c0-aa', '3f2a91c0-abbb': '3f2a91c0-ab'}
    """
    ordered = sorted(ids)
    shared = map(_shared, itertools.pairwise(ordered))
    length = max(SHORT, 1 + max(shared, default=0))
    return {one: one[:length] for one in ids}


def _shared(pair: tuple[str, str]) -> int:
    """Return how many characters at the beginning are the same."""
    return next((place for place, (one, other) in enumerate(zip(*pair, strict=False)) if one != other), len(pair[0]))


def short_id(job_id: str) -> str:
    """Shorten one id for a message.

    Parameters
    ----------
    job_id : str
        A UUID.

    Returns
    -------
    str
        Its first characters.
    """
    return job_id[:SHORT]


def duration(job: JobRecord, now: datetime | None = None) -> str:
    """Say how long a job's last attempt took, or takes so far.

    Parameters
    ----------
    job : JobRecord
        From a store.
    now : datetime.datetime, optional
        The present by default.

    Returns
    -------
    str
        Such as ``"12 s"`` or ``"1:02:03"``; empty if it has not begun.
    """
    if job.started_at is None:
        return ""
    end = job.finished_at or now or datetime.now(UTC)
    return span(max(0.0, (end - job.started_at).total_seconds()))


def span(seconds: float) -> str:
    """Say a duration.

    Parameters
    ----------
    seconds : float
        Not negative.

    Returns
    -------
    str
        For people.

    Examples
    --------
    >>> span(0.34), span(75), span(3723)
    ('0.3 s', '1:15', '1:02:03')
    """
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def in_words(state: str) -> str:
    """Say a state as the end of a sentence about a job.

    Parameters
    ----------
    state : str
        Of the job.

    Returns
    -------
    str
        Such as ``"has failed"``.
    """
    return {"succeeded": "has succeeded", "failed": "has failed", "cancelled": "was cancelled"}.get(
        state, f"is {state}"
    )


def ago(moment: datetime, now: datetime | None = None) -> str:
    """Say how long ago something was.

    Parameters
    ----------
    moment : datetime.datetime
        When it was.
    now : datetime.datetime, optional
        The present by default.

    Returns
    -------
    str
        Such as ``"5 min ago"``.

    Examples
    --------
    >>> ago(datetime(2026, 11, 30, 9, tzinfo=UTC), datetime(2026, 11, 30, 11, 59, tzinfo=UTC))
    '2 h ago'
    """
    seconds = max(0.0, ((now or datetime.now(UTC)) - moment).total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def about(job: JobRecord) -> str:
    """Say in a few words what a job works on: its inputs as the user named them.

    Parameters
    ----------
    job : JobRecord
        From a store.

    Returns
    -------
    str
        Empty if it has no input.
    """
    return ", ".join(one.name for one in job.spec.inputs)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")
