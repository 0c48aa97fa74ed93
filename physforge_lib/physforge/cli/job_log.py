"""``physforge job logs``: what a job printed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from physforge.cli.console import note, plain, print_json_line
from physforge.cli.exits import Exit
from physforge.cli.job_facts import short_id
from physforge.cli.job_follow import follow
from physforge.cli.job_options import JobArgument, LinesOption, RemoteOption
from physforge.cli.job_place import open_workspace

if TYPE_CHECKING:
    from physforge.jobs import JobStore


def register(app: typer.Typer) -> None:
    """Add the command to ``physforge job``.

    Parameters
    ----------
    app : typer.Typer
        Where the other commands are.
    """
    app.command()(logs)


def logs(
    job_id: JobArgument,
    follow_it: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the job has ended.")] = False,
    attempt: Annotated[int | None, typer.Option(min=1, help="Of an earlier attempt. [default: the last]")] = None,
    remote: RemoteOption = False,
    as_json: LinesOption = False,
) -> None:
    """Print what a job wrote to its log."""
    with open_workspace(remote) as workspace:
        jobs = workspace.jobs
        job = jobs.get(job_id)
        if not follow_it or attempt is not None:
            _print_whole(jobs, job.id, attempt or job.attempt, as_json)
            return
        try:
            for moment in follow(jobs, job.id, workspace.wake_runner):
                _print(moment.text, moment.job.attempt, as_json)
        except KeyboardInterrupt:
            note(f"\nThe job goes on. To come back: physforge job logs --follow {short_id(job.id)}")
            raise typer.Exit(Exit.INTERRUPTED) from None


def _print_whole(jobs: JobStore, job_id: str, attempt: int, as_json: bool) -> None:
    start = 0
    while attempt:
        part = jobs.read_log(job_id, attempt=attempt, start=start)
        if not part.text:
            return
        _print(part.text, attempt, as_json)
        start = part.end


def _print(text: str, attempt: int, as_json: bool) -> None:
    if not text:
        return
    if as_json:
        print_json_line({"attempt": attempt, "text": text})
        return
    # A file gets what was written; a terminal nothing that would steer it.
    sys.stdout.write(plain(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()
