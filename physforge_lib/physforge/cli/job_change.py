"""``physforge job cancel`` and ``retry``, of one job or of a whole batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from physforge.cli.completion import complete_job_or_batch
from physforge.cli.console import note, plain, print_json, say
from physforge.cli.job_facts import in_words, job_facts
from physforge.cli.job_options import JsonOption, RemoteOption
from physforge.cli.job_place import find_job_or_batch, jobs_of_batch, keep_running, open_jobs, open_workspace

if TYPE_CHECKING:
    from physforge.jobs import JobRecord, JobStore, State

JobOrBatch = Annotated[
    str,
    typer.Argument(
        metavar="ID|BATCH",
        help="Id of a job, or the beginning of it; or a batch.",
        autocompletion=complete_job_or_batch,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to ``physforge job``.

    Parameters
    ----------
    app : typer.Typer
        Where the other commands are.
    """
    app.command()(cancel)
    app.command()(retry)


def cancel(name: JobOrBatch, remote: RemoteOption = False, as_json: JsonOption = False) -> None:
    """End a job, or all jobs of a batch; one that runs is stopped within two seconds."""
    from physforge.jobs import FINAL, State

    with open_jobs(remote) as jobs:
        _change(jobs, name, jobs.cancel, frozenset(State) - FINAL, as_json)


def retry(name: JobOrBatch, remote: RemoteOption = False, as_json: JsonOption = False) -> None:
    """Have a job that failed or was cancelled run again, or all such jobs of a batch; goes on from a checkpoint."""
    from physforge.jobs import State

    with open_workspace(remote) as workspace:
        jobs = workspace.jobs
        changed = _change(jobs, name, jobs.retry, frozenset({State.FAILED, State.CANCELLED}), as_json)
        keep_running(workspace, *(job.state for job in changed))


def _change(
    jobs: JobStore, name: str, change: Callable[[str], JobRecord], states: frozenset[State], as_json: bool
) -> list[JobRecord]:
    found = find_job_or_batch(jobs, name)
    is_batch = isinstance(found, str)
    ids = [one.id for one in jobs_of_batch(jobs, found, states)] if isinstance(found, str) else [found.id]
    changed = [change(one) for one in ids]
    if as_json:
        print_json([job_facts(one) for one in changed] if is_batch else job_facts(changed[0]))
        return changed
    if is_batch:
        note(f"{len(changed)} jobs of the batch {plain(name)} were in a state for that.")
    for one in changed:
        stops = one.cancel_requested and one.state == "running"
        say(f"{one.spec.kind} {one.id} {'is being stopped' if stops else in_words(one.state)}.")
    return changed
