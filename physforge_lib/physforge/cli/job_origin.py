"""``physforge job reproduce``, ``lineage`` and ``rocrate``: where a result comes from, and whether it comes again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from physforge.cli.console import errors, note, plain, print_json, say
from physforge.cli.exits import Exit
from physforge.cli.job_facts import short_id
from physforge.cli.job_options import JobArgument, JsonOption, RemoteOption
from physforge.cli.job_place import open_workspace


def register(app: typer.Typer) -> None:
    """Add the commands to ``physforge job``.

    Parameters
    ----------
    app : typer.Typer
        Where the other commands are.
    """
    for command in (reproduce, lineage, rocrate):
        app.command()(command)


def reproduce(
    job_id: JobArgument,
    executor: Annotated[str | None, typer.Option(help="Who runs it. [default: who ran it first]")] = None,
    remote: RemoteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run a job again with its recorded seed and inputs, and compare every number (1: something differs)."""
    with open_workspace(remote) as workspace:
        job = workspace.jobs.get(job_id)
        try:
            with errors().status(f"Running {job.spec.kind} {short_id(job.id)} again"):
                found = workspace.reproduce(job.id, executor=executor)
        except KeyboardInterrupt:
            note("The second run goes on without this terminal; physforge job list shows it.")
            raise typer.Exit(Exit.INTERRUPTED) from None
    if as_json:
        print_json(found.to_dict())
    else:
        say(plain(str(found)))
    raise typer.Exit(Exit.DONE if found.identical else Exit.ERROR)


def lineage(job_id: JobArgument, remote: RemoteOption = False, as_json: JsonOption = False) -> None:
    """Show where the result of a job comes from: jobs, versions of data sets, and the bytes that were first added."""
    with open_workspace(remote) as workspace:
        found = workspace.lineage(workspace.jobs.get(job_id).id)
    if as_json:
        print_json(found.to_dict())
    else:
        say(plain(str(found)))


def rocrate(
    job_id: JobArgument,
    to: Annotated[Path, typer.Option(help="A folder that does not exist yet.")],
    remote: RemoteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a job with its artifact, its inputs and their history as an RO-Crate, for an archive or a colleague."""
    with open_workspace(remote) as workspace, errors().status(f"Writing {to}"):
        written = workspace.export_rocrate(workspace.jobs.get(job_id).id, to)
    if as_json:
        print_json({"path": str(written)})
    else:
        say(str(written))
