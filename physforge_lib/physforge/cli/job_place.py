"""Where the jobs of a command are: in the state folder, or at the workbench that one is logged in to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from physforge.errors import UnknownJobError

if TYPE_CHECKING:
    from physforge.jobs import JobRecord, JobStore, State
    from physforge.jobs.access import Access

#: Jobs that are asked for at once.
PAGE = 100
#: Newest jobs whose batches may be called by the beginnings of their ids.
MOST_LOOKED_AT = 500


@contextmanager
def open_jobs(remote: bool) -> Iterator[JobStore]:
    """Open the jobs, and close them at the end.

    Parameters
    ----------
    remote : bool
        Those of the workbench that the user is logged in to, instead of those of the state folder (in a
        session of a workbench: of that workbench).

    Yields
    ------
    JobStore
        Of the user.
    """
    jobs = access(remote).open_jobs()
    try:
        yield jobs
    finally:
        jobs.close()


def access(remote: bool) -> Access:
    """Say how the jobs are reached.

    Parameters
    ----------
    remote : bool
        As for `open_jobs`.

    Returns
    -------
    Access
        Not tried yet.
    """
    from physforge.jobs.access import Access
    from physforge.settings import Settings

    if remote:
        from physforge.client import Login

        login = Login.find()
        return Access(url=login.url, token=login.token)
    return Access.of(Settings.from_environment())


def keep_running(remote: bool, *states: State) -> None:
    """See to it that somebody runs the jobs of this machine, for whoever waits for one.

    Parameters
    ----------
    remote : bool
        Then it is the workbench's matter.
    *states : State
        Of the jobs; where all have ended there is nothing to run.
    """
    from physforge.jobs import FINAL

    if not remote and not FINAL.issuperset(states):
        from physforge.jobs.runner import ensure_runner

        ensure_runner(access(remote))


def find_job_or_batch(jobs: JobStore, name: str) -> JobRecord | str:
    """Find out what a name means.

    Parameters
    ----------
    jobs : JobStore
        Where.
    name : str
        Of a batch; or the id of a job or a batch, or the beginning of one.

    Returns
    -------
    JobRecord or str
        The job; or the name or id of the batch.

    Raises
    ------
    UnknownJobError
        If it is neither.
    """
    from physforge.jobs import Selection

    if jobs.find(Selection(batch=name, limit=1)):
        return name
    try:
        return jobs.get(name)
    except UnknownJobError:
        newest = jobs.find(Selection(limit=MOST_LOOKED_AT))
        batches = {job.batch for job in newest if job.batch and job.batch.startswith(name)}
        if len(batches) != 1:
            raise
        return batches.pop()


def has_jobs() -> bool:
    """Say whether there is a store of jobs to look into, which looking would otherwise make."""
    from physforge.workspace import DATABASE, Workspace

    workspace = Workspace()
    return workspace.mode == "hub" or (workspace.settings.home / DATABASE).exists()


def jobs_of_batch(jobs: JobStore, batch: str, states: frozenset[State] | None = None) -> list[JobRecord]:
    """Return all jobs of a batch, page by page.

    Parameters
    ----------
    jobs : JobStore
        Where.
    batch : str
        Its name.
    states : frozenset of State, optional
        Only jobs in these.

    Returns
    -------
    list of JobRecord
        In the order in which they are claimed.
    """
    from physforge.jobs import Selection

    found: list[JobRecord] = []
    after = None
    while True:
        page = jobs.find(Selection(states=states, batch=batch, newest_first=False, limit=PAGE, after=after))
        found += page
        if len(page) < PAGE:
            return found
        after = page[-1].id
