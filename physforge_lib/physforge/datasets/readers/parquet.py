"""Parquet files: columns, as in a table of text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from physforge.datasets.lazy import Choice
from physforge.datasets.limits import check_chunk, check_ratio, check_size
from physforge.datasets.readers.parquet_columns import is_date, open_parquet, read_columns
from physforge.datasets.readers.parquet_order import open_in_order
from physforge.datasets.readers.table import Cells, check_labels, from_cells
from physforge.errors import DatasetError

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

#: Columns more than this are no variables.
MAX_COLUMNS = 10_000

#: Parquet's dictionaries and run lengths pack repeated values far better than compression does, so a file may
#: unpack freely to this many bytes only.
FREE_BYTES = 2**27


def read(
    path: Path,
    *,
    dims: Sequence[str] | None = None,
    t: str | None = None,
    trajectory: str | None = None,
    run: float | None = None,
    lazy: bool | None = None,
) -> xr.Dataset:
    """Read a Parquet file.

    Parameters
    ----------
    path : pathlib.Path
        One file; its columns are numbers, dates or times.
    dims : sequence of str, optional
        Columns that are axes (see `physforge.datasets.columns.from_columns`).
    t : str, optional
        The time column; by default one called t, time, date, year, ..., in any case.
    trajectory : str, optional
        The column that numbers the runs (see `physforge.datasets.readers.table.from_cells`).
    run : float, optional
        The one run to take; all by default.
    lazy : bool, optional
        Whether the fields stay on disk, as dask arrays of about a row group a block;
        by default where the table takes more than `physforge.datasets.lazy.LAZY_BYTES`.
        That is possible for rows in the order of time (a system of ODEs), and for a
        grid. Its rows are read fastest in the order of its axes, whichever goes
        fastest; some may be missing or in another order, as long as a row group is
        of one part of the grid. Other tables (rows from all over a grid in every row
        group, scattered samples, several runs) are read whole, and refused where
        they take more than `physforge.datasets.limits.MAX_BYTES`.

    Returns
    -------
    xarray.Dataset
        Arranged as a table of text is.

    Raises
    ------
    DatasetError
        If the file is damaged or encrypted, holds other columns than numbers and
        times, the same sample twice, or more than memory should take.
    MissingExtraError
        If pyarrow is not installed.
    """
    with open_parquet(path) as file:
        labels = _check(file, path)
        size = 8 * file.metadata.num_rows * len(labels)
        if trajectory is None and run is None and Choice(lazy)(size):
            ds = open_in_order(path, file, labels, dims, t)
            if ds is not None:
                return ds
        check_size(size, path.stat().st_size, path.name, FREE_BYTES)
        frame = read_columns(file, path.name)
    cells = Cells(frame, np.arange(1, len(frame) + 1, dtype=np.int64), path.name)
    return from_cells(cells, dims=dims, t=t, trajectory=trajectory, run=run)


def _check(file: ParquetFile, path: Path) -> list[str]:
    """Refuse what is no table of numbers, and return the names of the columns."""
    facts, where = file.metadata, path.name
    if facts.num_columns > MAX_COLUMNS:
        raise DatasetError(f"{where}: {facts.num_columns} columns; at most {MAX_COLUMNS} are read.")
    labels = [field.name for field in file.schema_arrow]
    check_labels(labels, where)
    for field in file.schema_arrow:
        if not _is_readable(field.type):
            raise DatasetError(
                f"{where}: column {field.name!r} holds {field.type}; only numbers, dates and times are read, so leave "
                "it out or write it as numbers."
            )
    rows = 0
    for k in range(facts.num_row_groups):
        group = facts.row_group(k)
        check_chunk(8 * group.num_rows * len(labels), f"{where}, row group {k + 1}")
        rows += group.num_rows
    if rows != facts.num_rows:
        raise DatasetError(f"{where}: it announces {facts.num_rows} rows and its groups {rows}; the file is damaged.")
    check_ratio(8 * facts.num_rows * len(labels), path.stat().st_size, where, FREE_BYTES)
    return labels


def _is_readable(kind: Any) -> bool:
    from pyarrow import types

    tests = (types.is_null, types.is_integer, types.is_floating, types.is_boolean, types.is_decimal, is_date)
    return any(test(kind) for test in tests)
