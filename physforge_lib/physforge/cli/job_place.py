"""Where the jobs of a command are: in the state folder, or at the workbench that one is logged in to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from physforge.errors import UnknownJobError

if TYPE_CHECKING:
    from physforge.jobs import JobRecord, JobStore, State
    from physforge.workspace import Workspace

#: Jobs that are asked for at once.
PAGE = 100
#: Newest jobs whose batches may be called by the beginnings of their ids.
MOST_LOOKED_AT = 500


@contextmanager
def open_workspace(remote: bool) -> Iterator[Workspace]:
    """Open the workspace whose jobs are meant, and close what was opened of it at the end.

    Parameters
    ----------
    remote : bool
        That of the workbench that the user is logged in to, instead of that of the state folder (in a
        session of a workbench: of that workbench).

    Yields
    ------
    Workspace
        Of the user.
    """
    from physforge.workspace import Workspace

    if remote:
        from physforge.client import Login

        workspace = Workspace(login=Login.find())
    else:
        workspace = Workspace()
    try:
        yield workspace
    finally:
        # Nothing is made by closing it.
        if "jobs" in vars(workspace):
            workspace.jobs.close()


@contextmanager
def open_jobs(remote: bool) -> Iterator[JobStore]:
    """Open the jobs, and close them at the end.

    Parameters
    ----------
    remote : bool
        As for `open_workspace`.

    Yields
    ------
    JobStore
        Of the user.
    """
    with open_workspace(remote) as workspace:
        yield workspace.jobs


def keep_running(workspace: Workspace, *states: State) -> None:
    """See to it that somebody runs jobs, for whoever waits for them.

    Parameters
    ----------
    workspace : Workspace
        Whose jobs.
    *states : State
        Of the jobs; where all have ended there is nothing to run.
    """
    from physforge.jobs import FINAL

    if not FINAL.issuperset(states):
        workspace.wake_runner()


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
