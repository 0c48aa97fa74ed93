"""From labelled columns of cells to a dataset: what text tables, spreadsheets and JSON have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.columns import from_columns
from physforge.datasets.conventions import POINT, SPACE, TIME, TRAJECTORY
from physforge.datasets.names import TIME_COLUMNS, axis_of, field_of, split_unit
from physforge.errors import DatasetError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Cells:
    """Columns of cells as a file has them.

    Parameters
    ----------
    frame : pandas.DataFrame
        Numbers, or text where a cell is no number; its columns are the labels.
    lines : ndarray of int, shape (n,)
        Line of the file that each row came from.
    where : str
        Named in messages.
    """

    frame: pd.DataFrame
    lines: npt.NDArray[np.int64]
    where: str


def check_labels(labels: Sequence[str], where: str) -> None:
    """Refuse column names that cannot be told apart.

    Parameters
    ----------
    labels : sequence of str
        Column names as in the file.
    where : str
        Named in the message.

    Raises
    ------
    DatasetError
        If a name repeats or is empty.
    """
    for label, count in Counter(labels).items():
        if count > 1:
            raise DatasetError(f"{where}: two columns are called {label!r}; rename one.")


def from_cells(
    cells: Cells,
    *,
    dims: Sequence[str] | None = None,
    t: str | None = None,
    trajectory: str | None = None,
    run: float | None = None,
) -> xr.Dataset:
    """Build a dataset from a table.

    Parameters
    ----------
    cells : Cells
        The table.
    dims : sequence of str, optional
        Columns that are axes (see `physforge.datasets.columns.from_columns`).
    t : str, optional
        The time column; by default one called t, time, date, year, ..., in any case, but
        a T beside a t is a field.
    trajectory : str, optional
        The column that numbers the runs, where a table holds several. Times that a
        run does not have are completed with NaN.
    run : float, optional
        The one run to take; all by default.

    Returns
    -------
    xarray.Dataset
        The time column is ``t`` and keeps its name as ``original_name``. Empty
        cells and NA are NaN; a header such as ``height [m]`` gives a unit.

    Raises
    ------
    DatasetError
        Naming file, line and column: for text among numbers, repeated or unordered
        times, fewer than two rows.
    """
    where, lines = cells.where, cells.lines
    labels = [str(label) for label in cells.frame.columns]
    if lines.size < 2:
        raise DatasetError(f"{where}: it has {lines.size} row(s) of data; at least 2 are needed.")
    if trajectory is not None and trajectory not in labels:
        raise DatasetError(f"{where}: trajectory={trajectory!r} names no column; they are {', '.join(labels)}.")
    names = name_columns(labels, t, dims, where)
    columns: dict[str, npt.NDArray[Any]] = {}
    attrs: dict[str, dict[str, str]] = {}
    for label in labels:
        new = TRAJECTORY if label == trajectory else names[label]
        if new in columns:
            raise DatasetError(f"{where}, line 1: two columns are called {new!r}; rename one.")
        columns[new], facts = read_numbers(cells.frame[label], label, new == TIME, lines, where)
        attrs[new] = {**column_facts(label, new), **facts}
    if run is not None:
        lines = _take_run(columns, run, lines, where)
        attrs.pop(TRAJECTORY)
    elif trajectory is not None and dims is None:
        dims = (TRAJECTORY, TIME)
    elif dims is None:
        _refuse_runs(columns, {name: facts.get("original_name", name) for name, facts in attrs.items()}, where)
    ds = from_columns(columns, where=where, dims=dims, lines=lines)
    for name, facts in attrs.items():
        ds[name].attrs.update(facts)
    return ds


def name_columns(labels: Sequence[str], t: str | None, dims: Sequence[str] | None, where: str) -> dict[str, str]:
    """Give columns their names as axes and fields.

    Parameters
    ----------
    labels : sequence of str
        Column names as in the file.
    t : str or None
        The time column; found by default.
    dims : sequence of str or None
        Columns that are axes.
    where : str
        Named in messages.

    Returns
    -------
    dict of str to str
        Label -> name.

    Raises
    ------
    DatasetError
        If no column, or more than one, could be the time.
    """
    time = _time_column(labels, t, dims, where)
    return {label: _new_name(label, split_unit(label)[0], time, labels) for label in labels}


def column_facts(label: str, new: str) -> dict[str, str]:
    """Return what the name of a column says of it.

    Parameters
    ----------
    label : str
        As in the file.
    new : str
        The axis or field that it is.

    Returns
    -------
    dict of str to str
        ``original_name`` where it is another, ``units`` where one is given.

    Examples
    --------
    >>> column_facts("flow rate [m3/s]", "flow_rate"), column_facts("year", "t")
    ({'original_name': 'flow rate', 'units': 'm3/s'}, {'original_name': 'year', 'units': 'year'})
    """
    name, unit = split_unit(label)
    facts = {"original_name": name} if name != new else {}
    unit = unit or (TIME_COLUMNS.get(name.lower(), "") if new == TIME else "")
    return {**facts, "units": unit} if unit else facts


def read_numbers(
    series: Any, label: str, is_time: bool, lines: npt.NDArray[np.int64], where: str
) -> tuple[npt.NDArray[Any], dict[str, str]]:
    """Read the cells of a column as numbers.

    Parameters
    ----------
    series : pandas.Series
        Numbers, or text.
    label : str
        Name of the column.
    is_time : bool
        Whether its cells may be dates.
    lines : ndarray of int, shape (n,)
        Line of the file that each row came from.
    where : str
        Named in messages.

    Returns
    -------
    ndarray of float, shape (n,)
        NaN where a cell is empty; of dates, the time since the first.
    dict of str to str
        Of dates, their unit and origin.

    Raises
    ------
    DatasetError
        For a cell that is neither, naming its line.
    """
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


def read_dates(series: Any, label: str, lines: npt.NDArray[np.int64], where: str) -> Any:
    """Read the cells of a column as dates.

    Parameters
    ----------
    series : pandas.Series
        Text, as ISO 8601 has it.
    label : str
        Name of the column.
    lines : ndarray of int, shape (n,)
        Line of the file that each row came from.
    where : str
        Named in messages.

    Returns
    -------
    pandas.Series
        Moments in UTC.

    Raises
    ------
    DatasetError
        For a cell that is none or empty, naming its line.
    """
    import pandas as pd

    times = pd.to_datetime(series, errors="coerce", format="ISO8601", utc=True)
    wrong = np.flatnonzero(times.isna().to_numpy())
    if wrong.size:
        row = int(wrong[0])
        raise DatasetError(
            f"{where}, line {lines[row]}: time column {label!r} holds {str(series.iloc[row])[:40]!r}, which is "
            "neither a number nor a date such as 2024-05-31T12:00:00."
        )
    return times


def _take_run(
    columns: dict[str, npt.NDArray[Any]], run: float, lines: npt.NDArray[np.int64], where: str
) -> npt.NDArray[np.int64]:
    """Reduce the columns to the rows of one run, and return their lines."""
    if TRAJECTORY not in columns:
        raise DatasetError(
            f"{where}: run={run:g} needs the column that numbers the runs; name it with trajectory='...'."
        )
    numbers = columns.pop(TRAJECTORY)
    chosen = numbers == run
    if not chosen.any():
        known = ", ".join(f"{number:g}" for number in np.unique(numbers)[:20])
        raise DatasetError(f"{where}: there is no run {run:g}; there are {known}.")
    for name in columns:
        columns[name] = columns[name][chosen]
    kept: npt.NDArray[np.int64] = lines[chosen]
    return kept


def _refuse_runs(columns: dict[str, npt.NDArray[Any]], names: dict[str, str], where: str) -> None:
    """Refuse a table of several runs, one after another, for which nobody said so."""
    if TIME not in columns or any(dim in columns for dim in SPACE):
        return
    restarts = np.flatnonzero(np.diff(columns[TIME]) < 0)
    for name, values in columns.items():
        if name != TIME and restarts.size and np.array_equal(np.flatnonzero(np.diff(values) != 0), restarts):
            raise DatasetError(
                f"{where}: time starts again where column {names[name]!r} changes, so it seems to number runs; say "
                f"trajectory={names[name]!r}, with run={values[0]:g} for one of them."
            )


def _time_column(labels: Sequence[str], t: str | None, dims: Sequence[str] | None, where: str) -> str | None:
    if t is not None:
        if t not in labels:
            raise DatasetError(f"{where}: t={t!r} names no column; they are {', '.join(labels)}.")
        return t
    if dims is not None and TIME not in dims and POINT not in dims:
        return None
    found = [label for label in labels if split_unit(label)[0].lower() in TIME_COLUMNS]
    if any(split_unit(label)[0] == TIME for label in found):
        # Beside t, a capital T is a temperature or another field.
        found = [label for label in found if split_unit(label)[0] != TIME.upper()]
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


def _elapsed(
    series: Any, label: str, lines: npt.NDArray[np.int64], where: str
) -> tuple[npt.NDArray[Any], dict[str, str]]:
    times = read_dates(series, label, lines, where)
    seconds = (times - times.iloc[0]).dt.total_seconds().to_numpy(dtype=np.float64)
    whole_days = bool((seconds % 86400 == 0).all())
    origin = times.iloc[0].isoformat()
    return seconds / (86400 if whole_days else 1), {"units": "day" if whole_days else "s", "origin": origin}
