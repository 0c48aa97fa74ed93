"""Options that several commands of ``physforge dataset`` share, and what they mean."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from physforge.errors import DatasetError

JsonOption = Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")]
DataArgument = Annotated[str, typer.Argument(help="Catalog or store name, path or https address.")]
DimsOption = Annotated[str | None, typer.Option(help="Names of the axes, where the file leaves them open: t,x")]
UnitsOption = Annotated[str | None, typer.Option(help="Units of variables and axes: u=m/s,x=mm")]


def reading_options(dims: str | None, units: str | None) -> dict[str, Any]:
    """Return what the options say as arguments of `physforge.open_dataset`.

    Parameters
    ----------
    dims : str, optional
        Names of axes, with commas between them.
    units : str, optional
        Pairs ``name=unit``, with commas between them.

    Returns
    -------
    dict
        Without those that were not given.

    Raises
    ------
    DatasetError
        If a unit has no name, or a name no unit.
    """
    options: dict[str, Any] = {}
    if dims is not None:
        options["dims"] = [name.strip() for name in dims.split(",")]
    if units is not None:
        options["units"] = _pairs(units)
    return options


def _pairs(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(name.strip() and sign for name, sign, _ in pairs):
        raise DatasetError(f"--units takes pairs as u=m/s,x=mm; it got {text!r}.")
    return {name.strip(): unit.strip() for name, _, unit in pairs}
