"""``physforge dataset export``: a data set of the store as a file, in the format that its name says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from physforge.cli.console import errors, output
from physforge.cli.dataset_options import JsonOption, StoredArgument
from physforge.errors import DatasetError

if TYPE_CHECKING:
    from physforge.datasets.store import Version


def register(app: typer.Typer) -> None:
    """Add the command to ``physforge dataset``.

    Parameters
    ----------
    app : typer.Typer
        Where the other commands are.
    """
    app.command()(export)


def export(
    name: StoredArgument,
    to: Annotated[Path, typer.Option(help="File to write; for zarr a folder.")],
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(
            help="original (the bytes as they were added), netcdf, hdf5, csv or zarr. [default: as the suffix of --to "
            "says; original where it is that of the file that was added, or there is none]"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a data set of the store to a file."""
    from physforge.workspace import Workspace

    store = Workspace().store
    version = store.get(name)
    chosen = _by_suffix(to, version) if format is None else format
    if format is not None:
        _check_suffix(to, version, format)
    with errors().status(f"Writing {to}"):
        written = store.export(version.id, to, chosen)
    if as_json:
        facts = {"path": str(written), "format": chosen}
        output().print(json.dumps(facts, indent=2), markup=False, highlight=False)
    else:
        output().print(str(written), markup=False, highlight=False)


def _by_suffix(to: Path, version: Version) -> str:
    from physforge.datasets.export import SUFFIXES
    from physforge.datasets.store.exporting import ORIGINAL

    suffix, own = to.suffix.lower(), _suffix_of(version)
    if suffix in (own, "") or (to.is_dir() and suffix not in SUFFIXES):
        return ORIGINAL
    if suffix not in SUFFIXES:
        bytes_as_added = f"{own or 'no suffix'} for the bytes as they were added"
        raise DatasetError(
            f"{to}: nothing writes the suffix {suffix!r}; known are {', '.join(SUFFIXES)}, or {bytes_as_added}."
        )
    return str(_meaning(suffix))


def _check_suffix(to: Path, version: Version, format: str) -> None:  # noqa: A002
    """Refuse a file whose suffix says another format than it would have."""
    from physforge.datasets.export import SUFFIXES
    from physforge.datasets.store.exporting import ORIGINAL, WRITERS

    suffix, own = to.suffix.lower(), _suffix_of(version)
    said = _meaning(suffix)
    if format == ORIGINAL:
        is_same = suffix == own or said == (_meaning(own) or version.format)
        cure = f"the suffix {own}" if own else "a name without a suffix"
    else:
        is_same = format not in WRITERS or said == format  # an unknown format is refused by the store
        cure = f"the suffix {' or '.join(one for one in SUFFIXES if _meaning(one) == format)}"
    if said is not None and not is_same:
        alternative = ", or leave --format out" if suffix in SUFFIXES else ""
        raise DatasetError(
            f"{to}: --format {format} contradicts the suffix {suffix!r}, which says {said}; choose {cure}{alternative}."
        )


def _suffix_of(version: Version) -> str:
    return Path(version.original_name).suffix.lower()


def _meaning(suffix: str) -> str | None:
    """Return the format that a suffix says, or None if it is not known."""
    from physforge.datasets.export import SUFFIXES
    from physforge.datasets.files import EXTENSIONS
    from physforge.datasets.store.exporting import WRITERS

    said = [name for name, writer in WRITERS.items() if writer is SUFFIXES.get(suffix)]
    return said[0] if said else EXTENSIONS.get(suffix)
