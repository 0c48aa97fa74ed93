"""``physforge job kinds``: which kinds of jobs there are, and what can be set of each."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated

import typer

from physforge.cli.completion import complete_kind
from physforge.cli.config_fields import ConfigField, fields_of
from physforge.cli.console import note, output, print_json, print_table, say
from physforge.cli.job_options import JsonOption
from physforge.errors import JobError

if TYPE_CHECKING:
    from physforge.jobs import Task

KindArgument = Annotated[
    str,
    typer.Argument(metavar="KIND", help="What to do, as physforge job kinds lists it.", autocompletion=complete_kind),
]


def register(app: typer.Typer) -> None:
    """Add the command to ``physforge job``.

    Parameters
    ----------
    app : typer.Typer
        Where the other commands are.
    """
    app.command()(kinds)


def kinds(
    kind: Annotated[
        str | None,
        typer.Argument(metavar="[KIND]", help="Show what can be set of this one.", autocompletion=complete_kind),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the kinds of jobs, or everything that can be set of one kind."""
    from physforge.jobs import find_task
    from physforge.jobs import kinds as all_kinds

    if kind is not None:
        _show_kind(known_task(kind), as_json)
        return
    tasks = [find_task(name) for name in all_kinds()]
    if as_json:
        print_json([{"kind": task.kind, "title": task.title} for task in tasks])
    else:
        print_table(("kind", "what it does"), [(task.kind, task.title) for task in tasks])
        note("physforge job kinds KIND shows what can be set of one.")


def known_task(kind: str) -> Task:
    """Find a kind of job.

    Parameters
    ----------
    kind : str
        Its name.

    Returns
    -------
    Task
        What to run.

    Raises
    ------
    JobError
        If there is none; the message names the nearest, or all. (A wrong word on the
        command line is wrong usage, and no missing job.)
    """
    from physforge.jobs import find_task
    from physforge.jobs import kinds as all_kinds

    names = all_kinds()
    if kind in names:
        return find_task(kind)
    near = difflib.get_close_matches(kind.lower(), names, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names) or 'none'}."
    raise JobError(f"There is no kind of job called {kind!r:.80}; {hint}")


def _show_kind(task: Task, as_json: bool) -> None:
    fields = fields_of(task.config)
    if as_json:
        options = [one.facts() for one in fields]
        print_json(
            {"kind": task.kind, "title": task.title, "options": options, "schema": task.config.model_json_schema()}
        )
        return
    say(f"{task.kind}: {task.title}")
    _print_fields(fields)
    needed = " ".join(f"--set {one.name}=..." for one in fields if one.required and "." not in one.name)
    note(f"For example: physforge job submit {task.kind} {needed}".rstrip())


def _print_fields(fields: list[ConfigField]) -> None:
    """Print a name, and beside it what it means, what it may be, and its default."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column()
    for one in fields:
        facts = "; ".join(filter(None, (one.type, one.limits, one.default_text)))
        grid.add_row(one.name, Text.assemble(one.description, "\n" if one.description else "", (facts, "dim")))
    output().print(grid)
