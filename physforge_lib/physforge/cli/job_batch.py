"""``physforge job batch``: ask for a job for each point of a sweep, and compare what came of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.console import note, plain, print_json, say
from physforge.cli.exits import Exit
from physforge.cli.job_facts import short_ids
from physforge.cli.job_options import JsonOption, RemoteOption
from physforge.cli.job_place import open_workspace
from physforge.cli.job_watch_batch import watch_batch

if TYPE_CHECKING:
    from physforge.jobs.batch import Batch

#: What is longer has no column.
LONGEST_CELL = 22


def register(app: typer.Typer) -> None:
    """Add the command to ``physforge job``.

    Parameters
    ----------
    app : typer.Typer
        Where the other commands are.
    """
    app.command()(batch)


def batch(
    sweep: Annotated[
        Path, typer.Argument(metavar="SWEEP", help="YAML file with kind, config (shared), grid, configs and seeds.")
    ],
    executor: Annotated[
        str | None, typer.Option(help="Who runs the jobs. [default: as the file says, else local]")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Wait for all of them, and compare what comes of them.")
    ] = False,
    remote: RemoteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Ask for a job for each combination of settings; the same file again goes on with the same batch."""
    with open_workspace(remote) as workspace:
        made = workspace.submit_batch(sweep, executor=executor)
        counts = {state.value: count for state, count in made.counts().items()}
        if not watch:
            _say_submitted(made.name, counts, as_json)
            return
        end = watch_batch(workspace, made.name, as_json)
        if not as_json and end is not Exit.INTERRUPTED:
            show_batch(made, as_json=False)
    raise typer.Exit(end)


def show_batch(made: Batch, as_json: bool) -> None:
    """Print a row for each job of a batch: the settings in which they differ, and the figures of their results.

    Parameters
    ----------
    made : Batch
        Of the workspace.
    as_json : bool
        Whether to print JSON.
    """
    # What pandas holds becomes plain numbers, texts and null.
    rows: dict[str, dict[str, Any]] = json.loads(made.table().to_json(orient="index", double_precision=15))
    if as_json:
        print_json({"batch": made.name, "jobs": [{"id": job, **row} for job, row in rows.items()]})
        return
    for line in _lines(rows):
        say(plain(line))


def _lines(rows: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Write what is short in columns, and what is long, such as an equation, in lines of its own below."""
    names = short_ids(list(rows))
    cells = [{"job": names[job], **{key: _cell(value) for key, value in row.items()}} for job, row in rows.items()]
    widths = {key: max([len(key), *(len(row.get(key, "")) for row in cells)]) for row in cells for key in row}
    short = [key for key, width in widths.items() if width <= LONGEST_CELL]
    yield "  ".join(key.ljust(widths[key]) for key in short).rstrip()
    for row in cells:
        yield "  ".join(row.get(key, "").ljust(widths[key]) for key in short).rstrip()
        for key in (one for one in widths if one not in short):
            text = row.get(key, "")
            if text:
                yield f"{' ' * widths['job']}  {text if text.startswith(key) else f'{key}: {text}'}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value)


def _say_submitted(name: str, counts: dict[str, int], as_json: bool) -> None:
    if as_json:
        print_json({"batch": name, "total": sum(counts.values()), "counts": counts})
        return
    say(f"batch {plain(name)}: {', '.join(f'{count} {state}' for state, count in counts.items())}")
    note(f"To watch it: physforge job watch {plain(name)}; to compare: physforge job result {plain(name)}")
