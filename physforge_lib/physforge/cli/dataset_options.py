"""Arguments and options that several commands of ``physforge dataset`` share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")]
DataArgument = Annotated[str, typer.Argument(help="Catalog or store name, path or https address.")]
StoredArgument = Annotated[str, typer.Argument(help="Name in the store, as run7 or run7@2, or an id.")]

#: What the command line says of how data are read: name of an option -> its text, None where it is not given.
Told = Mapping[str, Any]

_TABLE = "Of a table"
_TEXT = "Of a text table"
#: Name -> type and help, in the order in which the help shows them; `dataset_reading` says what they mean.
_READING: dict[str, Any] = {
    "dims": Annotated[str | None, typer.Option(help="Names of the axes, where the file leaves them open: t,x")],
    "units": Annotated[str | None, typer.Option(help="Units of variables and axes: u=m/s,x=mm")],
    "t": Annotated[
        str | None,
        typer.Option("--t", help=f"{_TABLE}: the column that is the time. [default: called t, time, date, year, ...]"),
    ],
    "trajectory": Annotated[str | None, typer.Option(help=f"{_TABLE}: the column that numbers the runs.")],
    "run": Annotated[
        float | None, typer.Option(help=f"{_TABLE} or MATLAB file of several runs: the one to take. [default: all]")
    ],
    "names": Annotated[
        str | None,
        typer.Option(help="Of a text table or workbook: names of its columns, t,x,u, instead of those in its header."),
    ],
    "sheet": Annotated[str | None, typer.Option(help="Of a workbook: the sheet to read.")],
    "coords": Annotated[
        str | None, typer.Option(help="Of an array in a .npy file: the files of its axes, t=times.npy,x=places.npy")
    ],
    "encoding": Annotated[
        str | None, typer.Option(help=f"{_TEXT}: its encoding, as cp1252. [default: UTF-8, or UTF-16 where it shows]")
    ],
    "delimiter": Annotated[
        str | None,
        typer.Option(help=f"{_TEXT}: the character between columns, or the word tab or space. [default: found]"),
    ],
    "decimal": Annotated[str | None, typer.Option(help=f"{_TEXT}: the decimal sign, . or , [default: found]")],
}


def takes_reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say how data are read.

    Parameters
    ----------
    command : callable
        Gets them together as ``told`` (see `Told`), for
        `physforge.cli.dataset_reading.reading_options`.

    Returns
    -------
    callable
        With one option each behind those of its own, as typer looks for them.
    """
    signature = inspect.signature(command, eval_str=True)

    @wraps(command)
    def with_options(**given: Any) -> None:
        told = {name: given.pop(name) for name in _READING}
        command(**given, told=told)

    own = [parameter for parameter in signature.parameters.values() if parameter.name != "told"]
    added = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=kind)
        for name, kind in _READING.items()
    ]
    parameters = [*own, *added]
    with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_options
