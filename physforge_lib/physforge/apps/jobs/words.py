"""What is said about jobs, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from physforge.apps.markup import Link, address
from physforge.apps.table.view import Mark, Share
from physforge.jobs import FINAL

#: How the states look; the word is always there.
_TONES = {"succeeded": "good", "failed": "bad", "running": "busy"}

#: Longest text of a cell; the job's own page has all of it.
_CELL = 160


def state_mark(job: Mapping[str, Any]) -> Mark:
    """Return a job's state for a table.

    Parameters
    ----------
    job : mapping
        From the REST API.

    Returns
    -------
    Mark
        With the colour of the state.
    """
    words = "is being cancelled" if job["cancel_requested"] and not has_ended(job) else job["state"]
    return Mark(words, _TONES.get(job["state"], "quiet"))


def progress_cell(job: Mapping[str, Any]) -> str | Share:
    """Say how far a job is, how it came out, or why it failed.

    Parameters
    ----------
    job : mapping
        From the REST API.

    Returns
    -------
    str or Share
        Of a running job the share that is done.
    """
    if job["state"] == "running":
        return Share(job["progress"]["fraction"], _short(percent(job)))
    return _short(str(job["error"] or job["run"].get("figures", {}).get("outcome", "")))


def percent(job: Mapping[str, Any]) -> str:
    """Say how far a running job is.

    Parameters
    ----------
    job : mapping
        From the REST API.

    Returns
    -------
    str
        Such as ``"40 %: step 120"``.
    """
    said = job["progress"]["message"]
    return f"{job['progress']['fraction']:.0%}".replace("%", " %") + (f": {said}" if said else "")


def has_ended(job: Mapping[str, Any]) -> bool:
    """Say whether a job is over.

    Parameters
    ----------
    job : mapping
        From the REST API.

    Returns
    -------
    bool
        Whether it stays as it is.
    """
    return job["state"] in FINAL


def name_of(job: Mapping[str, Any]) -> str:
    """Return a short name.

    Parameters
    ----------
    job : mapping
        From the REST API.

    Returns
    -------
    str
        Its kind and the beginning of its id.
    """
    return f"{job['kind']} {job['id'][:8]}"


def seconds_of(job: Mapping[str, Any]) -> float | None:
    """Say how long the last attempt took.

    Parameters
    ----------
    job : mapping
        From the REST API.

    Returns
    -------
    float or None
        In seconds; None before its end.
    """
    if job["started"] is None or job["finished"] is None:
        return None
    return (datetime.fromisoformat(job["finished"]) - datetime.fromisoformat(job["started"])).total_seconds()


def duration(seconds: float | None) -> str:
    """Say how long something took.

    Parameters
    ----------
    seconds : float or None
        None: nothing is said.

    Returns
    -------
    str
        Such as ``"2 min 5 s"``.
    """
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def inputs_of(job: Mapping[str, Any], datasets: Mapping[str, str]) -> Iterator[str | Link]:
    """List what a job reads, each with a way to it.

    Parameters
    ----------
    job : mapping
        From the REST API.
    datasets : mapping of str to str
        Version -> id of its data set, of those that may be seen.

    Yields
    ------
    str or Link
        A text where there is no page to show it.
    """
    for one in job["inputs"]:
        words = f"{one['field']}: {one['name'] or one['reference']}"
        if one["what"] == "job":
            yield Link(words, address("jobs", job=one["reference"]))
        elif one["reference"].startswith("catalog:"):
            yield Link(f"{words} (catalog)", address("discover", data=one["name"]))
        elif one["reference"] in datasets:
            yield Link(words, address("data", name=datasets[one["reference"]]))
        else:
            yield words


def event_words(event: Mapping[str, Any]) -> str:
    """Say what a change of state was about.

    Parameters
    ----------
    event : mapping
        From the REST API.

    Returns
    -------
    str
        Empty if the state says it all.
    """
    return ", ".join(f"{key.replace('_', ' ')}: {value}" for key, value in event["details"].items() if value)


def where_it_stands(job: Mapping[str, Any]) -> tuple[str, str]:
    """Say in a sentence what becomes of a job, and what can be done about it.

    Parameters
    ----------
    job : mapping
        From the REST API.

    Returns
    -------
    words : str
        The sentence.
    severity : {"error", "warning", "info", "success"}
        How it is shown.
    """
    state, attempt = job["state"], job["attempt"]
    if state == "failed":
        return f"It failed: {job['error'] or 'no reason was given.'} The log says more; Retry runs it again.", "error"
    if state == "cancelled":
        return "It was cancelled; Retry runs it again.", "warning"
    if state == "succeeded":
        return f"It is done, in {duration(seconds_of(job))}.", "success"
    if job["cancel_requested"]:
        return "Its end was asked for; it stops within seconds.", "info"
    if state == "waiting":
        return "It waits for another job, whose result it reads.", "info"
    if state == "queued":
        lost = f"Its worker was lost, and it runs again: attempt {attempt + 1} of {job['max_attempts']}. "
        return f"{lost if attempt else ''}It waits for a worker; one starts on your server if none runs.", "info"
    return f"It runs: {percent(job)}.", "info"


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _CELL else line[: _CELL - 4] + " ..."
