"""Text tables (.csv, .tsv, .txt, .dat): a system of ODEs in columns, or a grid in long form."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.columns import from_columns
from physforge.datasets.conventions import POINT, TIME
from physforge.datasets.limits import check_size
from physforge.datasets.names import TIME_COLUMNS, axis_of, field_of, split_unit
from physforge.datasets.readers.text_table import TextTable, decode, scan, split
from physforge.errors import DatasetError


def read(
    path: Path,
    *,
    dims: Sequence[str] | None = None,
    t: str | None = None,
    delimiter: str | None = None,
    names: Sequence[str] | None = None,
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
    table = scan(decode(path.read_bytes(), where), where, delimiter)
    labels = _labels(table, names, where)
    frame = _parse(table, labels)
    lines = np.asarray(table.lines, dtype=np.int64)
    if lines.size < 2:
        raise DatasetError(f"{where}: it has {lines.size} row(s) of data; at least 2 are needed.")
    time = _time_column(labels, t, dims, where)
    columns: dict[str, npt.NDArray[Any]] = {}
    attrs: dict[str, dict[str, str]] = {}
    for label in labels:
        name, unit = split_unit(label)
        new = _new_name(label, name, time, labels)
        if new in columns:
            raise DatasetError(f"{where}, line 1: two columns are called {new!r}; rename one.")
        columns[new], facts = _column(frame[label], label, new == TIME, lines, where)
        attrs[new] = {**_facts(name, new, unit), **facts}
    ds = from_columns(columns, where=where, dims=dims, lines=lines)
    for name, facts in attrs.items():
        ds[name].attrs.update(facts)
    return ds


def _labels(table: TextTable, names: Sequence[str] | None, where: str) -> list[str]:
    labels = list(names) if names is not None else table.header
    if not labels:
        raise DatasetError(
            f"{where}, line {table.lines[0]}: the table has no header; name its columns, for example names=('t', 'u')."
        )
    columns = len(table.header) or len(_first_cells(table))
    if len(labels) != columns:
        raise DatasetError(f"{where}: {len(labels)} names for {columns} columns.")
    repeated = [label for label in labels if labels.count(label) > 1]
    if repeated:
        raise DatasetError(f"{where}, line 1: two columns are called {repeated[0]!r}; rename one.")
    return labels


def _first_cells(table: TextTable) -> list[str]:
    return split(table.rows[0], table.delimiter) if table.rows else []


def _parse(table: TextTable, labels: list[str]) -> Any:
    import pandas as pd

    decimal = "," if table.delimiter == ";" and not any("." in row for row in table.rows) else "."
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


def _time_column(labels: Sequence[str], t: str | None, dims: Sequence[str] | None, where: str) -> str | None:
    if t is not None:
        if t not in labels:
            raise DatasetError(f"{where}: t={t!r} names no column; they are {', '.join(labels)}.")
        return t
    if dims is not None and TIME not in dims and POINT not in dims:
        return None
    found = [label for label in labels if split_unit(label)[0].lower() in TIME_COLUMNS]
    exact = [label for label in found if split_unit(label)[0].lower() in ("t", "time")]
    candidates = exact or found
    if len(candidates) > 1:
        raise DatasetError(f"{where}: {' and '.join(candidates)} could each be the time; say which with t='...'.")
    return candidates[0] if candidates else None


def _new_name(label: str, name: str, time: str | None, labels: Sequence[str]) -> str:
    if label == time:
        return TIME
    axis = axis_of(name)
    return axis if axis and axis != TIME else field_of(name, labels)


def _facts(name: str, new: str, unit: str) -> dict[str, str]:
    facts = {"original_name": name} if name != new else {}
    unit = unit or (TIME_COLUMNS.get(name.lower(), "") if new == TIME else "")
    return {**facts, "units": unit} if unit else facts


def _column(
    series: Any, label: str, is_time: bool, lines: npt.NDArray[np.int64], where: str
) -> tuple[npt.NDArray[Any], dict[str, str]]:
    """Return the numbers of a column, and what is to be noted of it."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(series.dtype):
        raise DatasetError(f"{where}, line {lines[0]}: column {label!r} holds true and false; write 1 and 0.")
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series.to_numpy(dtype=np.float64), {}
    numbers = pd.to_numeric(series, errors="coerce")
    wrong = np.flatnonzero((numbers.isna() & series.notna()).to_numpy())
    if not wrong.size:
        return numbers.to_numpy(dtype=np.float64), {}
    if is_time and numbers.isna().all():
        return _elapsed(series, label, lines, where)
    row = int(wrong[0])
    cure = (
        "write a number, or dates such as 2024-05-31 throughout" if is_time else "correct it, or leave the cell empty"
    )
    raise DatasetError(
        f"{where}, line {lines[row]}: column {label!r} holds {str(series.iloc[row])[:40]!r}, which is not a number; "
        f"{cure}."
    )


def _elapsed(
    series: Any, label: str, lines: npt.NDArray[np.int64], where: str
) -> tuple[npt.NDArray[Any], dict[str, str]]:
    import pandas as pd

    times = pd.to_datetime(series, errors="coerce", format="ISO8601", utc=True)
    wrong = np.flatnonzero(times.isna().to_numpy())
    if wrong.size:
        row = int(wrong[0])
        raise DatasetError(
            f"{where}, line {lines[row]}: time column {label!r} holds {str(series.iloc[row])[:40]!r}, which is "
            "neither a number nor a date such as 2024-05-31T12:00:00."
        )
    seconds = (times - times.iloc[0]).dt.total_seconds().to_numpy(dtype=np.float64)
    whole_days = bool((seconds % 86400 == 0).all())
    origin = times.iloc[0].isoformat()
    return seconds / (86400 if whole_days else 1), {"units": "day" if whole_days else "s", "origin": origin}
