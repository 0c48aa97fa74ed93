"""``physforge dataset list``, ``search``, ``describe`` and ``show``."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.console import errors, output
from physforge.cli.dataset_options import DataArgument, JsonOption
from physforge.cli.dataset_remote import RemoteOption, list_remote, show_remote

if TYPE_CHECKING:
    import xarray as xr

    from physforge.datasets.catalog import Catalog
    from physforge.datasets.entry import Entry

app = typer.Typer(help="Look at data sets, convert them, and keep them in the store.", no_args_is_help=True)


@app.command("list")
def list_datasets(
    text: Annotated[str, typer.Argument(help="Show only entries that mention this.")] = "",
    search: Annotated[str, typer.Option("--search", help="The same; every word must occur.")] = "",
    remote: RemoteOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the data sets of the catalog and of the store, or of a remote workbench."""
    from physforge.workspace import Workspace

    if remote:
        list_remote(f"{text} {search}".strip(), as_json)
        return
    catalog = Workspace().catalog
    wanted = f"{text} {search}".strip()
    _print_catalog(catalog.search(wanted) if wanted else catalog, as_json)


@app.command("search")
def search_datasets(
    words: Annotated[list[str], typer.Argument(help="Words that must all occur; case does not matter.")],
    as_json: JsonOption = False,
) -> None:
    """Find data sets by words in their names, titles, fields, equations, sources and tags."""
    from physforge.workspace import Workspace

    _print_catalog(Workspace().catalog.search(" ".join(words)), as_json)


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="Name in the catalog or the store.")], as_json: JsonOption = False
) -> None:
    """Say what the catalog knows of a data set, without opening it: source, licence, citation, size."""
    from physforge.workspace import Workspace

    entry = Workspace().catalog[name]
    if as_json:
        output().print(json.dumps({"name": entry.name, **entry.facts()}, indent=2), markup=False, highlight=False)
    else:
        output().print(str(entry), markup=False, highlight=False)


def _print_catalog(catalog: Catalog, as_json: bool) -> None:
    if catalog.miss:
        errors().print(catalog.miss, markup=False, highlight=False)
    entries = list(catalog.values())
    if as_json:
        facts = [
            {
                "name": entry.name,
                "title": entry.title,
                "licence": entry.licence,
                "dims": list(entry.dims),
                "fields": list(entry.fields),
                "tags": list(entry.tags),
                "equation": entry.equation,
            }
            for entry in entries
        ]
        output().print(json.dumps(facts, indent=2), markup=False, highlight=False)
    elif entries:
        _print_entries(entries)


def _print_entries(entries: list[Entry]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table()
    # A name is there to be copied: it is never cut.
    table.add_column("name", no_wrap=True)
    for column in ("what", "dims", "licence"):
        table.add_column(column)
    for entry in entries:
        table.add_row(*map(Text, (entry.name, entry.title, " ".join(entry.dims), entry.licence)))
    output().print(table)


@app.command()
def show(data: DataArgument, remote: RemoteOption = False, as_json: JsonOption = False) -> None:
    """Describe a data set: fields, axes, units, source, and what a check of it found."""
    from physforge.default_workspace import open_dataset

    if remote:
        show_remote(data, as_json)
        return
    ds = open_dataset(data)
    if as_json:
        output().print(json.dumps(_facts(ds), indent=2), markup=False, highlight=False)
        return
    _show(ds)


def _facts(ds: xr.Dataset) -> dict[str, Any]:
    from physforge.datasets.check import check

    return {
        "attributes": {str(key): str(value) for key, value in ds.attrs.items()},
        "axes": {
            str(name): {
                "size": int(ds.sizes[name]),
                "first": float(ds[name][0]),
                "last": float(ds[name][-1]),
                "units": ds[name].attrs.get("units"),
            }
            for name in ds.dims
        },
        "fields": {
            str(name): {
                "dims": [str(dim) for dim in field.dims],
                "min": float(field.min()),
                "max": float(field.max()),
                "missing": int(field.isnull().sum()),
                "units": field.attrs.get("units"),
            }
            for name, field in ds.data_vars.items()
        },
        "check": [dataclasses.asdict(finding) for finding in check(ds).findings],
    }


def _show(ds: xr.Dataset) -> None:
    from rich.table import Table
    from rich.text import Text

    facts = _facts(ds)
    say = output()
    for key, value in facts["attributes"].items():
        say.print(f"{key}: {value}", markup=False, highlight=False)
    axes = Table(title="axes", title_justify="left")
    for column in ("name", "samples", "first", "last", "units"):
        axes.add_column(column)
    for name, axis in facts["axes"].items():
        axes.add_row(name, str(axis["size"]), f"{axis['first']:g}", f"{axis['last']:g}", axis["units"] or "")
    fields = Table(title="fields", title_justify="left")
    for column in ("name", "dims", "min", "max", "missing", "units"):
        fields.add_column(column)
    for name, one in facts["fields"].items():
        missing, units = str(one["missing"]), one["units"] or ""
        fields.add_row(name, " ".join(one["dims"]), f"{one['min']:.4g}", f"{one['max']:.4g}", missing, units)
    say.print(axes)
    say.print(fields)
    findings = Table(title="check", title_justify="left")
    for column in ("", "about", "found"):
        findings.add_column(column)
    for one in facts["check"]:
        findings.add_row(one["verdict"], Text(one["topic"]), Text(one["sentence"]))
    say.print(findings)
