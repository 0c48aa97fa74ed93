"""``physforge dataset check`` and ``convert``: data sets that need not be in the store."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.console import errors, output
from physforge.cli.dataset_options import DataArgument, JsonOption, Told, takes_reading_options
from physforge.cli.dataset_reading import reading_options
from physforge.errors import DatasetError

if TYPE_CHECKING:
    from physforge.datasets.check import Check

#: How ``check`` ends where something stands in the way of an equation: the input is not fit for use.
EXIT_PROBLEM = 2


def register(app: typer.Typer) -> None:
    """Add the commands to ``physforge dataset``.

    Parameters
    ----------
    app : typer.Typer
        Where the other commands are.
    """
    for command in (check, convert):
        app.command()(command)


@takes_reading_options
def check(data: DataArgument, told: Told, as_json: JsonOption = False) -> None:
    """Say in words what is wrong with a data set, and what it means for the methods (2: a problem)."""
    from physforge.datasets.check import check as look_over
    from physforge.default_workspace import open_dataset

    options = reading_options(data, told)
    with errors().status(f"Reading {data}") as line:
        ds = open_dataset(data, **options)
        line.update(f"Looking {data} over")
        found = look_over(ds)
    if as_json:
        output().print(json.dumps(_facts(data, found), indent=2), markup=False, highlight=False)
    else:
        output().print(str(found), markup=False, highlight=False)
    if found.verdict == "problem":
        raise typer.Exit(EXIT_PROBLEM)


def _facts(data: str, found: Check) -> dict[str, object]:
    return {
        "data": data,
        "title": found.title,
        "verdict": found.verdict,
        "findings": [dataclasses.asdict(finding) for finding in found.findings],
    }


@takes_reading_options
def convert(
    data: DataArgument,
    to: Annotated[
        Path, typer.Argument(help="File to write: .nc, .h5, .zarr (a folder), .csv, .tsv; of a text table .parquet.")
    ],
    told: Told,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists already.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a data set in another format, with nothing lost; a text table of any size as Parquet."""
    from physforge.datasets.convert import SUFFIXES, text_to_parquet
    from physforge.datasets.export import find_writer
    from physforge.datasets.files import EXTENSIONS
    from physforge.default_workspace import open_dataset

    streamed = to.suffix.lower() in SUFFIXES
    if streamed and EXTENSIONS.get(Path(data).suffix.lower()) != "csv":
        raise DatasetError(f"{to}: Parquet is written of text tables (.csv, .tsv, .txt, .dat); write .nc or .zarr.")
    if not streamed:
        find_writer(to)  # an unknown suffix is said before a long read
    if to.is_file() and not force:
        raise DatasetError(f"{to} exists already; say --force to replace it, or choose another name.")
    options = reading_options(data, told)
    if streamed:
        _refuse_for_opening(options)
        written = text_to_parquet(data, to, **options)
    else:
        with errors().status(f"Reading {data}") as line:
            ds = open_dataset(data, **options)
            line.update(f"Writing {to}")
            written = find_writer(to)(ds, to)
    if as_json:
        output().print(json.dumps({"path": str(written)}, indent=2), markup=False, highlight=False)
    else:
        output().print(str(written), markup=False, highlight=False)


def _refuse_for_opening(options: Mapping[str, Any]) -> None:
    """Refuse for a Parquet file, which has the columns of its text table, what is said when it is opened."""
    asked = [f"--{name}" for name in ("t", "trajectory", "run") if name in options]
    if asked:
        raise DatasetError(
            f"Parquet keeps the columns and rows as they are; say {', '.join(asked)} when you open the Parquet file."
        )
