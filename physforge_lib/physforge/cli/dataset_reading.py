"""What the options of ``physforge dataset`` say of how data are read, as arguments of `physforge.open_dataset`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from physforge.cli.dataset_options import Told
from physforge.errors import DatasetError

_TABLES = ("csv", "json", "parquet", "xlsx")
#: Option -> formats that have it, and what these are called. Options that all have are not listed.
APPLIES: dict[str, tuple[tuple[str, ...], str]] = {
    "t": (_TABLES, "table"),
    "trajectory": (_TABLES, "table"),
    "run": ((*_TABLES, "mat"), "table or MATLAB file"),
    "names": (("csv", "xlsx"), "text table or workbook"),
    "sheet": (("xlsx",), "workbook"),
    "coords": (("npy",), "single array"),
    "encoding": (("csv",), "text table"),
    "delimiter": (("csv",), "text table"),
    "decimal": (("csv",), "text table"),
}

_WORDS = {"tab": "\t", "\\t": "\t", "space": " "}


def reading_options(data: str, told: Told) -> dict[str, Any]:
    """Return what the options say as arguments of `physforge.open_dataset`.

    Parameters
    ----------
    data : str
        The data set that they are for: a name, a path or an address.
    told : mapping
        The options as the command line has them; None for those that were not given.

    Returns
    -------
    dict
        Without those that were not given.

    Raises
    ------
    DatasetError
        If one is impossible, or the data set is of a format that does not have it.
    """
    given = {name: text for name, text in told.items() if text is not None}
    _check_formats(data, given)
    meanings: dict[str, Callable[[Any], Any]] = {
        "dims": lambda text: [name.strip() for name in text.split(",")],
        "units": lambda text: _pairs(text, "--units takes pairs as u=m/s,x=mm"),
        "run": lambda number: int(number) if number.is_integer() else number,
        "names": _names,
        "coords": lambda text: _files(data, _pairs(text, "--coords takes pairs as t=times.npy,x=places.npy")),
        "encoding": _encoding,
        "delimiter": _delimiter,
        "decimal": _decimal,
    }
    options = {name: meanings[name](text) if name in meanings else text for name, text in given.items()}
    if "decimal" in options and options["decimal"] == options.get("delimiter"):
        raise DatasetError(
            f"--delimiter and --decimal are both {options['decimal']!r}; no number could be told from two."
        )
    return options


def _check_formats(data: str, given: Iterable[str]) -> None:
    """Refuse options that the reader of the data does not have."""
    from physforge.datasets.files import EXTENSIONS

    kind = _format_of(data)
    if kind is None:
        return
    wrong = [name for name in given if name in APPLIES and kind not in APPLIES[name][0]]
    if not wrong:
        return
    formats, called = APPLIES[wrong[0]]
    suffixes = ", ".join(suffix for suffix, name in EXTENSIONS.items() if name in formats)
    asked = ", ".join(f"--{name}" for name in wrong if APPLIES[name] == APPLIES[wrong[0]])
    raise DatasetError(f"{data}: it is no {called} ({suffixes}), of which alone {asked} can be said; leave it out.")


def _format_of(data: str) -> str | None:
    from physforge.datasets.files import EXTENSIONS
    from physforge.workspace import Workspace

    entry = None if Path(data).exists() else Workspace().catalog.get(data)
    return entry.driver if entry else EXTENSIONS.get(Path(data).suffix.lower())


def _encoding(name: str) -> str:
    try:
        "1".encode(name)
    except (LookupError, UnicodeError) as error:
        raise DatasetError(f"--encoding: there is no encoding {name!r}; for example cp1252 or latin-1.") from error
    return name


def _delimiter(text: str) -> str:
    from physforge.datasets.readers.csv import is_delimiter

    character = _WORDS.get(text, text)
    if not is_delimiter(character):
        raise DatasetError(
            "--delimiter is one character that can stand between numbers, such as ';' or '|', or the word tab or "
            f"space; it got {text!r}."
        )
    return character


def _decimal(sign: str) -> str:
    if sign not in (".", ","):
        raise DatasetError(f"--decimal is . or , and it got {sign!r}.")
    return sign


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise DatasetError(f"--names takes the names of all columns, as t,x,u; it got {text!r}.")
    return names


def _files(data: str, named: dict[str, str]) -> dict[str, str]:
    """Find the files of axes: named from the current folder, as all paths of a command are, or beside the data."""
    files: dict[str, str] = {}
    for axis, name in named.items():
        places = (Path(name).expanduser(), Path(data).expanduser().parent / name)
        found = [place for place in places if place.is_file()]
        if not found:
            raise DatasetError(f"--coords: there is no file {name} for the axis {axis!r}, here or beside {data}.")
        files[axis] = str(found[0].absolute())
    return files


def _pairs(text: str, form: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(name.strip() and sign for name, sign, _ in pairs):
        raise DatasetError(f"{form}; it got {text!r}.")
    return {name.strip(): value.strip() for name, _, value in pairs}
