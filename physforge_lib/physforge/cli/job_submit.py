"""``physforge job submit``: ask for one job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.config_reading import read_config
from physforge.cli.console import note, print_json, say
from physforge.cli.job_facts import in_words, job_facts, short_id
from physforge.cli.job_kinds import KindArgument, known_task
from physforge.cli.job_options import (
    ExecutorOption,
    JsonOption,
    PriorityOption,
    RemoteOption,
    SeedOption,
    WallLimitOption,
    wall_limit_s,
)
from physforge.cli.job_place import open_workspace
from physforge.cli.job_watch import watch_job

if TYPE_CHECKING:
    from physforge.jobs import JobRecord


#: By so much the clocks of two machines may differ where it is asked whether a job is new.
SAME_S = timedelta(seconds=2)


def register(app: typer.Typer) -> None:
    """Add the command to ``physforge job``.

    Parameters
    ----------
    app : typer.Typer
        Where the other commands are.
    """
    app.command()(submit)


def submit(
    kind: KindArgument,
    config: Annotated[Path | None, typer.Option(help="File of settings, in YAML or JSON.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="One setting, name=value; dots go into nested ones. Goes before --config."),
    ] = None,
    executor: ExecutorOption = "local",
    seed: SeedOption = 0,
    priority: PriorityOption = 0,
    wall_limit: WallLimitOption = None,
    key: Annotated[
        str | None, typer.Option(help="What makes the job one: the same key is the same job. [default: its settings]")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Wait for it, and show what comes of it.")] = False,
    remote: RemoteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Ask for a job; equal work is one job, however often it is asked for."""
    options = {
        "executor": executor,
        "seed": seed,
        "priority": priority,
        "wall_limit_s": wall_limit_s(wall_limit),
        "idempotency_key": key,
    }
    submit_job(known_task(kind).kind, read_config(config, settings or ()), options, remote, watch, as_json)


def submit_job(
    kind: str, config: dict[str, Any], options: dict[str, Any], remote: bool, watch: bool, as_json: bool
) -> None:
    """Submit a job, and wait for it if asked.

    Parameters
    ----------
    kind : str
        Of the job.
    config : dict
        Its settings.
    options : dict
        For `physforge.Workspace.submit`.
    remote : bool
        Whether at the workbench that the user is logged in to.
    watch : bool
        Whether to wait.
    as_json : bool
        Whether to print JSON: the job, or with `watch` a line for each thing that happens.

    Raises
    ------
    typer.Exit
        With the exit code of the job's end, if it was waited for.
    """
    asked = datetime.now(UTC)
    with open_workspace(remote) as workspace:
        job = workspace.jobs.get(workspace.submit(kind, config, **options).id)
        if watch:
            if not as_json:
                note(f"{kind} {short_id(job.id)} is {job.state}.")
            raise typer.Exit(watch_job(workspace, job, as_json=as_json))
    if as_json:
        print_json(job_facts(job))
    else:
        _say_submitted(job, is_new=job.created_at >= asked - SAME_S)


def _say_submitted(job: JobRecord, *, is_new: bool) -> None:
    name, told = short_id(job.id), f"{job.spec.kind} {job.id} {in_words(job.state)}."
    if is_new:
        say(told)
        note(f"To watch it: physforge job watch {name}; what came of it: physforge job result {name}")
        return
    cures = {
        "succeeded": f"What came of it: physforge job result {name}",
        "failed": f"Once more: physforge job retry {name}",
        "cancelled": f"To begin it again: physforge job retry {name}",
    }
    say(f"This work is a job already: {told}")
    note(f"{cures.get(job.state, f'To watch it: physforge job watch {name}')} (or submit it anew with another --key).")
