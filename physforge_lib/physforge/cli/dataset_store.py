"""The commands of ``physforge dataset`` that work with the store of the state folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.console import errors, output
from physforge.cli.dataset_options import JsonOption, StoredArgument, Told, takes_reading_options
from physforge.cli.dataset_reading import reading_options
from physforge.cli.dataset_remote import RemoteOption, list_remote, versions_remote
from physforge.errors import DatasetError

if TYPE_CHECKING:
    from physforge.datasets.store import DatasetStore, StoredDataset

#: Values of axes that are noted with a version; all are looked through when data sets are listed.
MOST_COORDS = 10_000


def register(app: typer.Typer) -> None:
    """Add the commands to ``physforge dataset``.

    Parameters
    ----------
    app : typer.Typer
        The commands that need no store are there already.
    """
    for command in (add, versions, lineage, remove, restore, trash, gc, rocrate, intake):
        app.command()(command)


@takes_reading_options
def add(
    file: Annotated[Path, typer.Argument(help="A data file or zarr folder.")],
    told: Told,
    name: Annotated[
        str | None, typer.Option(help="Name in the store. [default: the file's, without extension]")
    ] = None,
    message: Annotated[str, typer.Option(help="What is new.")] = "",
    derived_from: Annotated[
        list[str] | None, typer.Option(help="A stored data set that this was computed from.")
    ] = None,
    parent: Annotated[list[int] | None, typer.Option(help="Number of the version to go on from.")] = None,
    branch: Annotated[bool, typer.Option("--branch", help="Go on from a version that is not the newest.")] = False,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Keep the file even if it cannot be read.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Keep a file in the store, as a new data set or as the next version of one."""
    from physforge.datasets.files import open_file

    options = reading_options(str(file), told)
    if "coords" in options:
        options["coords"] = _values(options["coords"], file)
    if not unchecked:
        with errors().status(f"Reading {file}"):
            open_file(file, **options)
    version = _store().add(
        file,
        name=name,
        message=message,
        derived_from=derived_from or (),
        parents=parent or None,
        branch=branch,
        **options,
    )
    if as_json:
        _print_json(version.to_dict())
    else:
        _say(f"{version.reference}: {version.size} bytes, sha256 {version.sha256}")


def versions(
    name: Annotated[str, typer.Argument(help="Name in the store. [default: list all data sets of the store]")] = "",
    remote: RemoteOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the versions of a data set, or the data sets of the store."""
    if remote:
        versions_remote(name, as_json) if name else list_remote("", as_json)
        return
    store = _store()
    if not name:
        _list(store.list(), as_json)
        return
    found = store.versions(name)
    head = store.get(found[0].dataset_id)
    if as_json:
        _print_json([{**version.to_dict(), "head": version.id == head.id} for version in found])
        return
    numbers = {version.id: str(version.number) for version in found}
    rows = [
        (
            f"{version.number}{' (head)' if version.id == head.id else ''}",
            ", ".join(numbers[parent] for parent in version.parents),
            f"{version.created:%Y-%m-%d %H:%M}",
            version.author,
            version.message,
            str(version.size),
            version.sha256[:12],
        )
        for version in found
    ]
    _print_table(("version", "goes on from", "added (UTC)", "by", "message", "bytes", "sha256"), rows)


def lineage(name: StoredArgument, as_json: JsonOption = False) -> None:
    """Show where a data set comes from, back to the bytes that were first added."""
    graph = _store().lineage(name)
    if as_json:
        _print_json(graph.to_dict())
    else:
        _say(str(graph))


def remove(name: StoredArgument, as_json: JsonOption = False) -> None:
    """Put a data set with all its versions into the trash."""
    removed = _store().remove(name)
    if as_json:
        _print_json(removed.to_dict())
    else:
        _say(f"{removed.name} is in the trash; physforge dataset restore {removed.id} takes it out again.")


def restore(
    name: Annotated[str, typer.Argument(help="Name or id of a data set in the trash.")],
    new_name: Annotated[str | None, typer.Option("--name", help="A new name, if the old one is taken.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Take a data set out of the trash."""
    restored = _store().restore(name, name=new_name)
    if as_json:
        _print_json(restored.to_dict())
    else:
        _say(f"{restored.name} is back, with {restored.versions} version(s).")


def trash(
    empty: Annotated[bool, typer.Option("--empty", help="Delete all that is in it. This cannot be undone.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List what is in the trash, or empty it."""
    store = _store()
    _list(store.empty_trash() if empty else store.trash(), as_json)


def gc(
    grace_hours: Annotated[
        float, typer.Option(min=0, help="Keep the bytes of data sets that were deleted less long ago.")
    ] = 24.0,
    as_json: JsonOption = False,
) -> None:
    """Free the space of deleted data sets, and of writes that were interrupted."""
    with errors().status("Looking for bytes that nothing refers to"):
        found = _store().collect_garbage(grace_s=3600 * grace_hours)
    if as_json:
        _print_json(found.to_dict())
    else:
        _say(
            f"{found.freed} bytes are free again ({found.blobs} stored and {found.temporaries} left-over files); "
            f"{found.kept} files stay."
        )
        if found.waiting:
            _say(
                f"{found.waiting} bytes of deleted data sets are kept until {grace_hours:g} hours after they were "
                "deleted; physforge dataset gc --grace-hours 0 frees them now."
            )


def rocrate(
    names: Annotated[list[str], typer.Argument(help="Names in the store.")],
    to: Annotated[Path, typer.Option(help="A folder that does not exist yet.")],
    as_json: JsonOption = False,
) -> None:
    """Write data sets with their history as an RO-Crate, for an archive or a colleague."""
    with errors().status(f"Writing {to}"):
        written = _store().export_rocrate(names, to)
    if as_json:
        _print_json({"path": str(written)})
    else:
        _say(str(written))


def intake(
    to: Annotated[Path, typer.Option(help="A folder that does not exist yet.")],
    names: Annotated[list[str] | None, typer.Argument(help="Names in the store. [default: all]")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write data sets with a catalog that plain intake reads."""
    with errors().status(f"Writing {to}"):
        written = _store().export_intake_catalog(to, names or None)
    if as_json:
        _print_json({"path": str(written)})
    else:
        _say(str(written))


def _values(files: Mapping[str, str], of: Path) -> dict[str, Any]:
    """Return the values of axes, since the store keeps one file and what is said of it."""
    from physforge.datasets.readers.numpy_format import read_array

    values: dict[str, Any] = {}
    for axis, name in files.items():
        with Path(name).open("rb") as stream:
            size = Path(name).stat().st_size
            values[axis] = read_array(stream, size, size, name)
    count = sum(one.size for one in values.values())
    if count > MOST_COORDS:
        raise DatasetError(
            f"{of}: its axes have {count} values, and at most {MOST_COORDS} are kept beside a file; make one file of "
            f"all with physforge dataset convert, such as {of.stem}.nc, and add that."
        )
    return {axis: one.tolist() for axis, one in values.items()}


def _store() -> DatasetStore:
    from physforge.workspace import Workspace

    return Workspace().store


def _list(found: Sequence[StoredDataset], as_json: bool) -> None:
    if as_json:
        _print_json([one.to_dict() for one in found])
        return
    rows = [
        (one.name, str(one.versions), one.head.format, str(one.head.size), one.head.author, one.head.message, one.id)
        for one in found
    ]
    _print_table(("name", "versions", "format", "bytes", "by", "message", "id"), rows)


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for index, column in enumerate(columns):
        # A name is there to be copied: it is never cut.
        table.add_column(column, no_wrap=index == 0)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    output().print(table)


def _print_json(facts: Mapping[str, Any] | Sequence[Any]) -> None:
    output().print(json.dumps(facts, indent=2), markup=False, highlight=False)


def _say(text: str) -> None:
    output().print(text, markup=False, highlight=False)
