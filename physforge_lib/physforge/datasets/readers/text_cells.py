"""Cells of a text table: what the columns are called, the decimal sign, and the numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from physforge.datasets.readers.table import check_labels
from physforge.datasets.readers.text_table import TextTable, split
from physforge.datasets.readers.wide import is_wide
from physforge.errors import DatasetError

if TYPE_CHECKING:
    import pandas as pd

_COMMA = re.compile(r"^\s*([+-]?\d*),(\d*(?:[eE][+-]?\d+)?)\s*$")

#: More variables than this are none that anybody named.
MAX_COLUMNS = 10_000


def column_labels(table: TextTable, names: Sequence[str] | None, where: str) -> list[str]:
    """Name the columns.

    Parameters
    ----------
    table : TextTable
        The first block of the table.
    names : sequence of str or None
        What the caller calls them; by default what the header does.
    where : str
        Named in messages.

    Returns
    -------
    list of str
        One for each column.

    Raises
    ------
    DatasetError
        If there is no header, names repeat, or they are too many or too few.
    """
    labels = list(names) if names is not None else table.header
    if not labels:
        raise DatasetError(
            f"{where}, line {table.lines[0]}: the table has no header; name its columns, for example names=('t', 'u')."
        )
    columns = len(table.header) or len(_first_cells(table))
    if len(labels) != columns:
        raise DatasetError(f"{where}: {len(labels)} names for {columns} columns.")
    if columns > MAX_COLUMNS:
        raise DatasetError(
            f"{where}: {columns} named columns; at most {MAX_COLUMNS} are read. A field over many places has their "
            "coordinates in its header, as t, 0.0, 0.1, ..., or is better saved as netCDF or npz."
        )
    check_labels(labels, f"{where}, line 1")
    return labels


def _first_cells(table: TextTable) -> list[str]:
    return split(table.rows[0], table.delimiter) if table.rows else []


def decimal_sign(table: TextTable, decimal: str | None, where: str) -> str:
    """Find the decimal sign.

    Parameters
    ----------
    table : TextTable
        The first block of the table.
    decimal : str or None
        What the caller says that it is.
    where : str
        Named in messages.

    Returns
    -------
    {".", ","}
        A comma only where no column is set apart by one and no row has a point.

    Raises
    ------
    DatasetError
        If the caller names another, or the delimiter.
    """
    if decimal is not None:
        if decimal not in (".", ",") or decimal == table.delimiter:
            raise DatasetError(f"{where}: decimal={decimal!r} cannot be the decimal sign; it is '.' or ','.")
        return decimal
    rows = [*table.rows, *table.header] if is_wide(table.header, None) else table.rows
    if table.delimiter == "," or not any("," in row for row in rows):
        return "."
    # With both signs in use, as in 1.234,5, a cell is text and is refused by its line.
    return "." if any("." in row for row in rows) else ","


def parse_rows(table: TextTable, labels: list[str], decimal: str) -> pd.DataFrame:
    """Read the cells of a block.

    Parameters
    ----------
    table : TextTable
        The block.
    labels : list of str
        Names of the columns.
    decimal : {".", ","}
        The decimal sign.

    Returns
    -------
    pandas.DataFrame
        Numbers; a column in which a cell is no number is text.
    """
    import pandas as pd

    frame = pd.read_csv(
        io.StringIO("\n".join(table.rows)),
        sep=r"\s+" if table.delimiter == " " else table.delimiter,
        header=None,
        names=labels,
        index_col=False,
        decimal=decimal,
        skipinitialspace=True,
        skip_blank_lines=False,
    )
    if decimal == ",":
        # A column with text in it was left as text, so that its numbers still have their commas.
        for label in frame.columns[[kind.kind not in "biuf" for kind in frame.dtypes]]:
            frame[label] = frame[label].str.replace(_COMMA, r"\1.\2", regex=True)
    return frame
