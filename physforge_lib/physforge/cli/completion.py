"""What the shell offers behind Tab: jobs, kinds and data sets; quick, and never with an error."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

from physforge.errors import PhysForgeError

if TYPE_CHECKING:
    from physforge.jobs import JobRecord

#: Jobs that are offered, the newest ones.
MOST_JOBS = 50

Offers = list[tuple[str, str]]


def _quietly(offer: Callable[[str], Offers]) -> Callable[[str], Offers]:
    """Offer nothing rather than print an error into the line that somebody types."""

    @wraps(offer)
    def quiet(incomplete: str) -> Offers:
        try:
            return offer(incomplete)
        except (PhysForgeError, OSError):
            return []

    return quiet


@_quietly
def complete_job(incomplete: str) -> Offers:
    """Offer the newest jobs of the state folder.

    Parameters
    ----------
    incomplete : str
        What was typed so far.

    Returns
    -------
    list of (str, str)
        Id, and what it is.
    """
    from physforge.cli.job_facts import about, short_ids

    newest = _newest(MOST_JOBS)
    names = short_ids([job.id for job in newest])
    # What was typed may be longer than the short form.
    return [
        (
            names[job.id] if names[job.id].startswith(incomplete) else job.id,
            f"{job.spec.kind} {about(job)}, {job.state}",
        )
        for job in newest
        if job.id.startswith(incomplete)
    ]


@_quietly
def complete_batch(incomplete: str) -> Offers:
    """Offer the batches of the newest jobs.

    Parameters
    ----------
    incomplete : str
        What was typed so far.

    Returns
    -------
    list of (str, str)
        Name, and what it is.
    """
    found = {job.batch: f"a batch of {job.spec.kind}" for job in _newest(500) if job.batch}
    return [(name, what) for name, what in found.items() if name.startswith(incomplete)]


@_quietly
def complete_job_or_batch(incomplete: str) -> Offers:
    """Offer jobs and batches.

    Parameters
    ----------
    incomplete : str
        What was typed so far.

    Returns
    -------
    list of (str, str)
        As `complete_job` and `complete_batch` have them.
    """
    return [*complete_batch(incomplete), *complete_job(incomplete)]


@_quietly
def complete_kind(incomplete: str) -> Offers:
    """Offer the kinds of jobs.

    Parameters
    ----------
    incomplete : str
        What was typed so far.

    Returns
    -------
    list of (str, str)
        Name, and what it does.
    """
    from physforge.jobs import find_task, kinds

    return [(kind, find_task(kind).title) for kind in kinds() if kind.startswith(incomplete)]


@_quietly
def complete_data(incomplete: str) -> Offers:
    """Offer the data sets of the catalog and of the store; paths are the shell's own matter.

    Parameters
    ----------
    incomplete : str
        What was typed so far.

    Returns
    -------
    list of (str, str)
        Name, and title.
    """
    from physforge.workspace import Workspace

    return [(name, entry.title) for name, entry in Workspace().catalog.items() if name.startswith(incomplete)]


def _newest(limit: int) -> list[JobRecord]:
    from physforge.cli.job_place import has_jobs, open_jobs
    from physforge.jobs import Selection

    if not has_jobs():
        return []
    with open_jobs(remote=False) as jobs:
        return jobs.find(Selection(limit=limit))
