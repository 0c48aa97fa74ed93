"""Where the command line writes: results to standard output, all else to standard error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console


def output() -> Console:
    """Return the console for results."""
    return Console(soft_wrap=True)


def errors() -> Console:
    """Return the console for progress and errors."""
    return Console(stderr=True, soft_wrap=True)


def say(text: str) -> None:
    """Print a result for people.

    Parameters
    ----------
    text : str
        Printed as it is.
    """
    output().print(text, markup=False, highlight=False)


def note(text: str, *, style: str | None = None) -> None:
    """Print what is not the result: hints, warnings and progress.

    Parameters
    ----------
    text : str
        Printed as it is.
    style : str, optional
        Such as ``"red"``.
    """
    errors().print(text, style=style, markup=False, highlight=False)


def print_json(document: Any) -> None:
    """Print facts as one JSON document.

    Parameters
    ----------
    document : object
        JSON-serialisable.
    """
    say(json.dumps(document, indent=2))


def print_json_line(document: Any) -> None:
    """Print facts as one line of JSON, at once: a stream is read while it is written.

    Parameters
    ----------
    document : object
        JSON-serialisable.
    """
    say(json.dumps(document))
    output().file.flush()


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table.

    Parameters
    ----------
    columns : sequence of str
        Headings; the first column is there to be copied, and never cut.
    rows : sequence of sequence of str
        A cell for each column.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0)
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    output().print(table)


def plain(text: str) -> str:
    """Take out of a text what would steer a terminal.

    Parameters
    ----------
    text : str
        What a job or another person wrote.

    Returns
    -------
    str
        Lines of printable characters.

    Examples
    --------
    >>> plain("50 %\\x1b[2J done\\n")
    '50 %[2J done\\n'
    """
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
