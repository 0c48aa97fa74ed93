"""Carry out a command that is also a kind of job: at once, or as a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from physforge.cli.console import errors, note, plain, print_json, say
from physforge.cli.job_options import wall_limit_s
from physforge.cli.task_options import Doing
from physforge.errors import DatasetError, JobError

if TYPE_CHECKING:
    from physforge.results import Result


def run_task(
    kind: str,
    config: Mapping[str, Any],
    seed: int,
    doing: Doing,
    *,
    to: Path | None = None,
    facts: Callable[[Any], dict[str, Any]] | None = None,
) -> None:
    """Carry out the work of a kind of job, and print what came of it; or make it a job.

    Parameters
    ----------
    kind : str
        Of job.
    config : mapping
        Its settings.
    seed : int
        Of whatever is random.
    doing : Doing
        At once or as a job, and how.
    to : pathlib.Path, optional
        Also write the data set of the result to this file.
    facts : callable, optional
        Makes the JSON document of a result.

    Raises
    ------
    JobError
        If options are given that do not go together.
    """
    if doing.submit:
        _submit(kind, dict(config), seed, doing, to)
        return
    if doing.remote or doing.watch:
        raise JobError("--remote and --watch are for jobs: say --submit as well.")
    result = _run_here(kind, config, seed, to)
    if doing.save is not None:
        result.save(doing.save)
    if doing.as_json:
        from physforge.cli.job_result import result_facts

        print_json((facts or result_facts)(result))
    else:
        say(plain(result.summary()))


def _run_here(kind: str, config: Mapping[str, Any], seed: int, to: Path | None) -> Result:
    from physforge.cli.direct import run_now, save_dataset
    from physforge.datasets.export import find_writer
    from physforge.workspace import Workspace

    if to is not None:
        find_writer(to)  # an unknown suffix is said before long work
    with errors().status("Beginning") as line:
        result = run_now(kind, config, seed, Workspace(), lambda text: line.update(f"{text.capitalize()} ..."))
        if to is not None:
            line.update(f"Writing {to}")
            save_dataset(result, to)
    if to is not None:
        note(f"The data set is in {to}.")
    return result


def _submit(kind: str, config: dict[str, Any], seed: int, doing: Doing, to: Path | None) -> None:
    from physforge.cli.job_submit import submit_job

    if doing.save is not None or to is not None:
        raise JobError("A job keeps its result itself: physforge job result ID --output FOLDER copies it.")
    options = {
        "executor": doing.executor,
        "seed": seed,
        "priority": doing.priority,
        "wall_limit_s": wall_limit_s(doing.wall_limit),
    }
    try:
        submit_job(kind, config, options, doing.remote, doing.watch, doing.as_json)
    except DatasetError:
        note("A job outlives its files, and reads what is kept: physforge dataset add FILE, then use its name.")
        raise
