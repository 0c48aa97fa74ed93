"""Excel workbooks (.xlsx, .xlsm): one sheet, read as a table. Formulas give the values that were saved with them."""

from __future__ import annotations

import datetime as dt
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.limits import check_size
from physforge.datasets.readers.table import Cells, check_labels, from_cells
from physforge.errors import DatasetError

#: Excel's own number of rows; more columns than this are no table of measurements.
MAX_ROWS = 2**20
MAX_COLUMNS = 2000

#: XML takes many times its size when read, so a workbook may unpack freely to this many bytes only.
FREE_BYTES = 32 * 2**20

#: What Excel writes where a formula has no value.
_ERRORS = frozenset({"#N/A", "#DIV/0!", "#NULL!", "#NUM!", "#VALUE!", "#REF!", "#NAME?", "NA", "N/A", ""})

#: What a damaged or hostile workbook raises inside openpyxl; refused XML entities are ValueErrors.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    SyntaxError,
    OverflowError,
    RuntimeError,
)

Row = tuple[int, list[Any]]


def read(
    path: Path,
    *,
    sheet: str | None = None,
    dims: Sequence[str] | None = None,
    t: str | None = None,
    names: Sequence[str] | None = None,
    trajectory: str | None = None,
    run: float | None = None,
) -> xr.Dataset:
    """Read a sheet of a workbook.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    sheet : str, optional
        Name of the sheet; needed where more than one has cells.
    dims : sequence of str, optional
        Columns that are axes (see `physforge.datasets.columns.from_columns`).
    t : str, optional
        The time column; by default one called t, time, date, year, ..., in any case.
    names : sequence of str, optional
        Column names, for a sheet whose first row is data.
    trajectory : str, optional
        The column that numbers the runs (see `physforge.datasets.readers.table.from_cells`).
    run : float, optional
        The one run to take; all by default.

    Returns
    -------
    xarray.Dataset
        The first row with cells is the header (``height [m]`` gives a unit); empty
        rows are passed over. Empty cells and Excel's errors are NaN. The sheet's
        name is the attribute ``sheet``.

    Raises
    ------
    DatasetError
        Naming file, sheet, row and column.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
        stored = sum(info.compress_size for info in members)
        check_size(sum(info.file_size for info in members), stored, path.name, FREE_BYTES)
        name, rows = _rows_of(path, sheet)
    except _DAMAGE as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{path.name}: it is not a readable Excel workbook ({error}).") from error
    cells = _cells(rows, names, f"{path.name}, sheet {name!r}")
    return from_cells(cells, dims=dims, t=t, trajectory=trajectory, run=run).assign_attrs(sheet=name)


def _rows_of(path: Path, sheet: str | None) -> tuple[str, list[Row]]:
    """Return the name of the sheet and its rows that are not empty."""
    import openpyxl

    # Opened here, so that it is closed as well where openpyxl fails half way.
    with path.open("rb") as stream, warnings.catch_warnings():
        # About styles and printing, which are not data.
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        try:
            sheets = {one.title: one for one in book.worksheets}
            if sheet is None:
                filled = [title for title, one in sheets.items() if next(_rows(one, path.name), None)]
                if len(filled) != 1:
                    listed = ", ".join(repr(title) for title in filled)
                    raise DatasetError(
                        f"{path.name}: {len(filled) or 'none'} of its sheets have cells"
                        + (f"; say which with sheet='...': {listed}." if filled else "; it is empty.")
                    )
                sheet = filled[0]
            if sheet not in sheets:
                listed = ", ".join(map(repr, sheets))
                raise DatasetError(f"{path.name}: there is no sheet {sheet!r}; it has {listed}.")
            return sheet, list(_rows(sheets[sheet], path.name))
        finally:
            book.close()


def _rows(sheet: Any, where: str) -> Iterator[Row]:
    # The announced dimensions may be far larger than what follows, and are not believed.
    sheet.reset_dimensions()
    place = f"{where}, sheet {sheet.title!r}"
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > MAX_ROWS:
            raise DatasetError(f"{place}: it has more than {MAX_ROWS} rows, which Excel does not write.")
        cells = list(row)
        while cells and cells[-1] is None:
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise DatasetError(f"{place}, row {number}: it has {len(cells)} columns; at most {MAX_COLUMNS} are read.")
        if cells:
            yield number, cells


def _cells(rows: list[Row], names: Sequence[str] | None, where: str) -> Cells:
    import pandas as pd

    if not rows:
        raise DatasetError(f"{where}: the sheet is empty.")
    if names is not None:
        labels, top = list(names), f"{where}: names"
    else:
        number, first = rows[0]
        rows, top = rows[1:], f"{where}, line {number}"
        labels = [_label(cell, f"{top}, column {column}") for column, cell in enumerate(first, start=1)]
    check_labels(labels, top)
    for number, row in rows:
        if len(row) > len(labels):
            raise DatasetError(f"{where}, line {number}: it has {len(row)} cells for {len(labels)} column names.")
    padded = [[*row, *[None] * (len(labels) - len(row))] for _, row in rows]
    columns = {label: pd.Series([_plain(row[k]) for row in padded]) for k, label in enumerate(labels)}
    return Cells(pd.DataFrame(columns), np.array([number for number, _ in rows], dtype=np.int64), where)


def _label(cell: Any, where: str) -> str:
    if not isinstance(cell, str) or not cell.strip():
        raise DatasetError(
            f"{where}: the first row has {cell!r} where the name of a column is expected; "
            "name the columns with names=('t', 'u')."
        )
    return cell.strip()


def _plain(cell: Any) -> Any:
    """Return a cell as a number, a date in text, other text, or NaN for none."""
    if cell is None or (isinstance(cell, str) and cell.strip() in _ERRORS):
        return np.nan
    if isinstance(cell, dt.timedelta):
        return cell.total_seconds()
    if isinstance(cell, dt.time):
        return cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond * 1e-6
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return cell
