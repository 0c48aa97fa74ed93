"""``physforge job watch``: a job or a batch while it runs; to leave is not to end it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from physforge.cli.completion import complete_job_or_batch
from physforge.cli.console import note
from physforge.cli.exits import Exit
from physforge.cli.job_facts import duration, job_facts, short_id
from physforge.cli.job_follow import follow
from physforge.cli.job_options import LinesOption, RemoteOption
from physforge.cli.job_place import find_job_or_batch, open_workspace
from physforge.cli.job_result import ENDS, refuse_without_result, show_result
from physforge.cli.job_screen import JobLines, JobScreen, JobStream, Screen, say_how_to_return
from physforge.cli.job_watch_batch import watch_batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from physforge.jobs import JobRecord, JobStore
    from physforge.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command to ``physforge job``.

    Parameters
    ----------
    app : typer.Typer
        Where the other commands are.
    """
    app.command()(watch)


def watch(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID|BATCH",
            help="Id of a job, or the beginning of it; or a batch.",
            autocompletion=complete_job_or_batch,
        ),
    ],
    remote: RemoteOption = False,
    as_json: LinesOption = False,
) -> None:
    """Show a job or a batch while it runs, and then what came of it; Ctrl-C leaves it running."""
    with open_workspace(remote) as workspace:
        found = find_job_or_batch(workspace.jobs, name)
        if isinstance(found, str):
            end = watch_batch(workspace, found, as_json)
        else:
            end = watch_job(workspace, found, as_json=as_json)
    raise typer.Exit(end)


def watch_job(workspace: Workspace, job: JobRecord, *, as_json: bool) -> Exit:
    """Show a job until it has ended, and then its result.

    Parameters
    ----------
    workspace : Workspace
        Where it is.
    job : JobRecord
        Which.
    as_json : bool
        Whether to print lines of JSON instead.

    Returns
    -------
    Exit
        How the command ends.

    Raises
    ------
    typer.Exit
        If the job has no result.
    """
    last = wait_for(workspace, job, as_json=as_json)
    if last is None:
        return Exit.INTERRUPTED
    if as_json:
        return ENDS[last.state]
    refuse_without_result(last)
    note(f"{last.spec.kind} {short_id(last.id)} took {duration(last)}.")
    show_result(last, workspace.jobs.artifact(last.id), as_json=False)
    return Exit.DONE


def watch_in_terminal(jobs: JobStore, job_id: str, wake: Callable[[], None]) -> None:
    """Show a job until it has ended; Ctrl-C leaves it running.

    Parameters
    ----------
    jobs : JobStore
        Where it is.
    job_id : str
        Which.
    wake : callable
        Called while it has not ended, so that somebody runs it.
    """
    try:
        with _screen(jobs.get(job_id)) as screen:
            for moment in follow(jobs, job_id, wake):
                screen.show(moment)
    except KeyboardInterrupt:
        say_how_to_return(short_id(job_id))


def wait_for(workspace: Workspace, job: JobRecord, *, as_json: bool) -> JobRecord | None:
    """Show a job until it has ended.

    Parameters
    ----------
    workspace : Workspace
        Where it is.
    job : JobRecord
        Which.
    as_json : bool
        Whether to print lines of JSON instead.

    Returns
    -------
    JobRecord or None
        The job, ended; None if the user did not want to wait any longer, which was then said.
    """
    try:
        with JobStream() if as_json else _screen(job) as screen:
            last = job
            for moment in follow(workspace.jobs, job.id, workspace.wake_runner):
                screen.show(moment)
                last = moment.job
            screen.end(job_facts(last))
    except KeyboardInterrupt:
        say_how_to_return(short_id(job.id))
        return None
    return last


def _screen(job: JobRecord) -> Screen:
    from physforge.cli.console import errors

    return JobScreen(job) if errors().is_terminal else JobLines(job)
