"""The commands of ``physforge dataset`` that work with a remote workbench."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.console import output
from physforge.cli.dataset_options import JsonOption, Told, takes_reading_options
from physforge.cli.dataset_reading import reading_options

if TYPE_CHECKING:
    from collections.abc import Sequence

RemoteOption = Annotated[bool, typer.Option("--remote", help="Of the workbench that you are logged in to.")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``physforge dataset``.

    Parameters
    ----------
    app : typer.Typer
        The other commands are there already.
    """
    app.command()(upload)
    app.command()(download)


@takes_reading_options
def upload(
    file: Annotated[Path, typer.Argument(help="A data file.")],
    told: Told,
    name: Annotated[
        str | None, typer.Option(help="Name at the workbench. [default: the file's, without extension]")
    ] = None,
    message: Annotated[str, typer.Option(help="What is new.")] = "",
    parent: Annotated[int | None, typer.Option(min=1, help="Number of the version to go on from.")] = None,
    project: Annotated[str | None, typer.Option(help="Id of the project that it goes into.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Send a file to the workbench that you are logged in to; goes on where an earlier try was cut off."""
    from physforge.client import RemoteWorkbench

    options = reading_options(str(file), told) if any(value is not None for value in told.values()) else {}
    with RemoteWorkbench() as workbench:
        version = workbench.upload(
            file, name=name, message=message, parent=parent, project_id=project, options=_plain(options)
        )
    if as_json:
        print_json(version)
    else:
        reference = f"{version['name']}@{version['number']}"
        _say(f"{reference}: {version['size']} bytes, sha256 {version['sha256']}")


def download(
    name: Annotated[str, typer.Argument(help="Name at the workbench, as run7 or run7@2, or an id.")],
    to: Annotated[Path | None, typer.Option(help="A new file, or a folder. [default: the current folder]")] = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch a data set from the workbench that you are logged in to; goes on where an earlier try was cut off."""
    from physforge.client import RemoteWorkbench

    with RemoteWorkbench() as workbench:
        written = workbench.download(name, to)
    if as_json:
        print_json({"path": str(written)})
    else:
        _say(str(written))


def list_remote(words: str, as_json: bool) -> None:
    """List the data sets of the remote workbench.

    Parameters
    ----------
    words : str
        That must all occur.
    as_json : bool
        Whether to print the facts as JSON.
    """
    from physforge.client import RemoteWorkbench

    with RemoteWorkbench() as workbench:
        found = list(workbench.datasets(words))
    if as_json:
        print_json(found)
        return
    rows = [
        (one["name"], one["owner"], one["role"], str(one["versions"]), str(one["head"]["size"]), one["head"]["message"])
        for one in found
    ]
    _print_table(("name", "owner", "you are its", "versions", "bytes", "message"), rows)


def show_remote(name: str, as_json: bool) -> None:
    """Show what the remote workbench knows of a data set.

    Parameters
    ----------
    name : str
        Name or id, perhaps with a version.
    as_json : bool
        Whether to print the facts as JSON.
    """
    from physforge.client import RemoteWorkbench

    with RemoteWorkbench() as workbench:
        facts = {**workbench.dataset(name), "version": workbench.version(name)}
    facts.pop("head")
    if as_json:
        print_json(facts)
        return
    for key, value in {**facts.pop("version"), **facts}.items():
        _say(f"{key}: {value}")


def versions_remote(name: str, as_json: bool) -> None:
    """List the versions of a data set of the remote workbench.

    Parameters
    ----------
    name : str
        Name or id.
    as_json : bool
        Whether to print the facts as JSON.
    """
    from physforge.client import RemoteWorkbench

    with RemoteWorkbench() as workbench:
        found = workbench.versions(name)
    if as_json:
        print_json(found)
        return
    rows = [
        (str(one["number"]), one["created"][:16], one["author"], one["message"], str(one["size"]), one["sha256"][:12])
        for one in found
    ]
    _print_table(("version", "added (UTC)", "by", "message", "bytes", "sha256"), rows)


def print_json(document: Any) -> None:
    """Print facts as JSON.

    Parameters
    ----------
    document : object
        JSON-serialisable.
    """
    output().print(json.dumps(document, indent=2), markup=False, highlight=False, soft_wrap=True)


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(options, default=lambda value: value.tolist()))  # type: ignore[no-any-return]


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table()
    table.add_column(columns[0], no_wrap=True)
    for column in columns[1:]:
        table.add_column(column)
    for row in rows:
        # What others wrote may hold signs that mean something to rich or to a terminal.
        table.add_row(*(Text("".join(sign if sign.isprintable() else " " for sign in cell)) for cell in row))
    output().print(table)


def _say(text: str) -> None:
    output().print(text, markup=False, highlight=False, soft_wrap=True)
