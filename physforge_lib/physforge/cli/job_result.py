"""``physforge job result``: what came of a job."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.completion import complete_job_or_batch
from physforge.cli.console import note, plain, print_json, say
from physforge.cli.exits import Exit
from physforge.cli.job_facts import job_facts, short_id
from physforge.cli.job_options import JsonOption, RemoteOption
from physforge.cli.job_place import find_job_or_batch, open_workspace
from physforge.errors import JobError

if TYPE_CHECKING:
    from physforge.jobs import JobRecord
    from physforge.jobs.batch import Batch
    from physforge.results import Result

#: How the commands that wait for a job end, by its state.
ENDS = {"succeeded": Exit.DONE, "failed": Exit.JOB_FAILED, "cancelled": Exit.JOB_CANCELLED}


def register(app: typer.Typer) -> None:
    """Add the command to ``physforge job``.

    Parameters
    ----------
    app : typer.Typer
        Where the other commands are.
    """
    app.command()(result)


def result(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID|BATCH",
            help="Id of a job, or the beginning of it; or a batch.",
            autocompletion=complete_job_or_batch,
        ),
    ],
    to: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also copy the artifact of a job, as this new folder.")
    ] = None,
    remote: RemoteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what came of a job and copy its artifact (tables, arrays, log, citations), or compare the jobs of a batch."""
    with open_workspace(remote) as workspace:
        found = find_job_or_batch(workspace.jobs, name)
        if isinstance(found, str):
            _compare(workspace.batch(found), to, as_json)
            return
        refuse_without_result(found)
        folder = workspace.jobs.artifact(found.id)
        if to is not None:
            copy_artifact(folder, to)
            folder = to.absolute()
        show_result(found, folder, as_json)
    if to is not None and not as_json:
        note(f"The artifact is in {to}.")


def _compare(batch: Batch, to: Path | None, as_json: bool) -> None:
    from physforge.cli.job_batch import show_batch

    if to is not None:
        raise JobError(f"{batch.name} is a batch: --output copies the artifact of one job.")
    show_batch(batch, as_json)


def show_result(job: JobRecord, folder: Path, as_json: bool) -> None:
    """Print the summary of a result, or its facts as JSON.

    Parameters
    ----------
    job : JobRecord
        That succeeded.
    folder : pathlib.Path
        Its artifact.
    as_json : bool
        Whether to print JSON.
    """
    from physforge.jobs.loading import load_result

    found = load_result(folder)
    if as_json:
        print_json({**job_facts(job), "folder": str(folder), "files": _files(folder), "result": result_facts(found)})
    else:
        say(plain(found.summary()))


def result_facts(found: Result) -> dict[str, Any]:
    """Say what a result is, as ``--json`` prints it.

    Parameters
    ----------
    found : Result
        Of any kind.

    Returns
    -------
    dict
        JSON-serialisable.
    """
    document, _ = found.to_document()
    return {
        "kind": found.kind,
        "status": found.status,
        "diagnostics": list(found.diagnostics),
        "summary": found.summary(),
        "content": document,
    }


def refuse_without_result(job: JobRecord) -> None:
    """End the command if a job has no result, with the exit code of its state.

    Parameters
    ----------
    job : JobRecord
        As it is now.

    Raises
    ------
    typer.Exit
        If it has not succeeded.
    """
    if job.state == "succeeded":
        return
    name = short_id(job.id)
    if job.state == "failed":
        note(f"The job failed: {plain(job.error or 'for no known reason')}", style="red")
        note(f"Its log: physforge job logs {name}; once more: physforge job retry {name}")
    elif job.state == "cancelled":
        note(f"The job was cancelled; physforge job retry {name} begins it again.", style="red")
    else:
        note(f"The job is {job.state}, and has no result yet; physforge job watch {name} waits for it.", style="red")
    raise typer.Exit(ENDS.get(job.state, Exit.ERROR))


def copy_artifact(folder: Path, to: Path) -> None:
    """Copy an artifact, whole or not at all.

    Parameters
    ----------
    folder : pathlib.Path
        The artifact.
    to : pathlib.Path
        A folder that does not exist yet.

    Raises
    ------
    JobError
        If it exists.
    """
    target = to.expanduser().absolute()
    if target.exists():
        raise JobError(f"{to} exists already; choose a new folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        shutil.copytree(folder, scratch / "artifact")
        (scratch / "artifact").rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
