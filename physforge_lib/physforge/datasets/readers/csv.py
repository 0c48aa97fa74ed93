"""Text tables (.csv, .tsv, .txt, .dat): a system of ODEs in columns, or a grid in long form."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from physforge.datasets.limits import check_size
from physforge.datasets.readers.table import Cells, check_labels, from_cells
from physforge.datasets.readers.text_table import TextTable, decode, scan, split
from physforge.errors import DatasetError

if TYPE_CHECKING:
    import pandas as pd


def read(
    path: Path,
    *,
    dims: Sequence[str] | None = None,
    t: str | None = None,
    delimiter: str | None = None,
    names: Sequence[str] | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    trajectory: str | None = None,
    run: float | None = None,
) -> xr.Dataset:
    """Read a text table.

    Parameters
    ----------
    path : pathlib.Path
        The file. Its delimiter (comma, semicolon, tab, white space), its decimal
        sign and its header are found. A header such as ``height [m]`` gives a unit.
    dims : sequence of str, optional
        Columns that are axes (see `physforge.datasets.columns.from_columns`).
    t : str, optional
        The time column; by default one called t, time, date, year, ..., in any case.
    delimiter : str, optional
        The character between columns, where guessing it goes wrong.
    names : sequence of str, optional
        Column names, for a table without a header.
    decimal : {".", ","}, optional
        The decimal sign, where guessing it goes wrong.
    encoding : str, optional
        By default UTF-8, or UTF-16 where the file starts with its mark or shows
        its pattern of zero bytes.
    trajectory : str, optional
        The column that numbers the runs (see `physforge.datasets.readers.table.from_cells`).
    run : float, optional
        The one run to take; all by default.

    Returns
    -------
    xarray.Dataset
        The time column is ``t`` and keeps its name as ``original_name``. Empty
        cells and NA are NaN.

    Raises
    ------
    DatasetError
        Naming file, line and column: for rows of unequal length, text among
        numbers, repeated or unordered times, fewer than two rows.
    """
    where = path.name
    size = path.stat().st_size
    check_size(size, size, where)
    table = scan(decode(path.read_bytes(), where, encoding), where, delimiter)
    labels = _labels(table, names, where)
    frame = _parse(table, labels, _decimal(table, decimal, where))
    lines = np.asarray(table.lines, dtype=np.int64)
    return from_cells(Cells(frame, lines, where), dims=dims, t=t, trajectory=trajectory, run=run)


def _labels(table: TextTable, names: Sequence[str] | None, where: str) -> list[str]:
    labels = list(names) if names is not None else table.header
    if not labels:
        raise DatasetError(
            f"{where}, line {table.lines[0]}: the table has no header; name its columns, for example names=('t', 'u')."
        )
    columns = len(table.header) or len(_first_cells(table))
    if len(labels) != columns:
        raise DatasetError(f"{where}: {len(labels)} names for {columns} columns.")
    check_labels(labels, f"{where}, line 1")
    return labels


def _first_cells(table: TextTable) -> list[str]:
    return split(table.rows[0], table.delimiter) if table.rows else []


def _decimal(table: TextTable, decimal: str | None, where: str) -> str:
    if decimal is not None:
        if decimal not in (".", ",") or decimal == table.delimiter:
            raise DatasetError(f"{where}: decimal={decimal!r} cannot be the decimal sign; it is '.' or ','.")
        return decimal
    if table.delimiter == "," or not any("," in row for row in table.rows):
        return "."
    # With both signs in use, as in 1.234,5, a cell is text and is refused by its line.
    return "." if any("." in row for row in table.rows) else ","


def _parse(table: TextTable, labels: list[str], decimal: str) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(
        io.StringIO("\n".join(table.rows)),
        sep=r"\s+" if table.delimiter == " " else table.delimiter,
        header=None,
        names=labels,
        index_col=False,
        decimal=decimal,
        skipinitialspace=True,
        skip_blank_lines=False,
    )
