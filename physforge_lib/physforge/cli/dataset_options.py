"""Options that several commands of ``physforge dataset`` share, and what they mean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from physforge.errors import DatasetError

JsonOption = Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")]
DataArgument = Annotated[str, typer.Argument(help="Catalog or store name, path or https address.")]
StoredArgument = Annotated[str, typer.Argument(help="Name in the store, as run7 or run7@2, or an id.")]
DimsOption = Annotated[str | None, typer.Option(help="Names of the axes, where the file leaves them open: t,x")]
UnitsOption = Annotated[str | None, typer.Option(help="Units of variables and axes: u=m/s,x=mm")]

_TEXT = "Of a text table"
EncodingOption = Annotated[
    str | None,
    typer.Option(help=f"{_TEXT}: its encoding, as cp1252. [default: UTF-8, or UTF-16 where it shows]"),
]
DelimiterOption = Annotated[
    str | None,
    typer.Option(help=f"{_TEXT}: the character between columns, or the word tab or space. [default: found]"),
]
DecimalOption = Annotated[str | None, typer.Option(help=f"{_TEXT}: the decimal sign, . or , [default: found]")]
NamesOption = Annotated[
    str | None, typer.Option(help=f"{_TEXT}: names of its columns, t,x,u, instead of those in its header.")
]

_WORDS = {"tab": "\t", "\\t": "\t", "space": " "}


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


def text_options(
    data: str, encoding: str | None, delimiter: str | None, decimal: str | None, names: str | None
) -> dict[str, Any]:
    """Return what the options say of a text table as arguments of `physforge.open_dataset`.

    Parameters
    ----------
    data : str
        The data set that they are for.
    encoding, delimiter, decimal : str, optional
        As the command line has them.
    names : str, optional
        Names of columns, with commas between them.

    Returns
    -------
    dict
        Without those that were not given.

    Raises
    ------
    DatasetError
        If one is impossible, or the data set is a file of another kind.
    """
    given = {"encoding": encoding, "delimiter": delimiter, "decimal": decimal, "names": names}
    options: dict[str, Any] = {name: text for name, text in given.items() if text is not None}
    if options:
        _check_text_table(data, ", ".join(f"--{name}" for name in options))
    if encoding is not None:
        _check_encoding(encoding)
    if delimiter is not None:
        options["delimiter"] = _delimiter(delimiter)
    if decimal is not None:
        _check_decimal(decimal, options.get("delimiter"))
    if names is not None:
        options["names"] = _names(names)
    return options


def _check_text_table(data: str, asked: str) -> None:
    from physforge.datasets.files import EXTENSIONS
    from physforge.workspace import Workspace

    entry = None if Path(data).exists() else Workspace().catalog.get(data)
    kind = entry.driver if entry else EXTENSIONS.get(Path(data).suffix.lower(), "csv")
    if kind != "csv":
        tables = ", ".join(suffix for suffix, name in EXTENSIONS.items() if name == "csv")
        raise DatasetError(f"{data}: it is no text table ({tables}), of which alone {asked} can be said; leave it out.")


def _check_encoding(name: str) -> None:
    try:
        "1".encode(name)
    except (LookupError, UnicodeError) as error:
        raise DatasetError(f"--encoding: there is no encoding {name!r}; for example cp1252 or latin-1.") from error


def _delimiter(text: str) -> str:
    from physforge.datasets.readers.csv import is_delimiter

    character = _WORDS.get(text, text)
    if not is_delimiter(character):
        raise DatasetError(
            "--delimiter is one character that can stand between numbers, such as ';' or '|', or the word tab or "
            f"space; it got {text!r}."
        )
    return character


def _check_decimal(sign: str, delimiter: str | None) -> None:
    if sign not in (".", ","):
        raise DatasetError(f"--decimal is . or , and it got {sign!r}.")
    if sign == delimiter:
        raise DatasetError(f"--delimiter and --decimal are both {sign!r}; no number could be told from two.")


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise DatasetError(f"--names takes the names of all columns, as t,x,u; it got {text!r}.")
    return names


def _pairs(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(name.strip() and sign for name, sign, _ in pairs):
        raise DatasetError(f"--units takes pairs as u=m/s,x=mm; it got {text!r}.")
    return {name.strip(): unit.strip() for name, _, unit in pairs}
