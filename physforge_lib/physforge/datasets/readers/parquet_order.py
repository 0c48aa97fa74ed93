"""Parquet tables whose rows are in order already: their fields stay on disk, whatever their size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import DIM_ORDER, TIME
from physforge.datasets.names import spatial_columns
from physforge.datasets.readers.parquet_columns import DATE_UNIT, is_date, read_columns, scan, stays_on_disk
from physforge.datasets.readers.table import Cells, column_facts, from_cells, name_columns

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

Values = npt.NDArray[Any]
#: Goes through columns from the first row, some rows at a time.
Scan = Callable[[Sequence[str]], Iterator[dict[str, Values]]]

_DAY = 86_400_000_000

#: Rows that show how a table is to be understood.
HEAD_ROWS = 2**16


def open_in_order(
    path: Path, file: ParquetFile, labels: Sequence[str], dims: Sequence[str] | None, t: str | None
) -> xr.Dataset | None:
    """Open a table whose rows are in the order of its axis or axes.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    file : pyarrow.parquet.ParquetFile
        The same, open.
    labels : sequence of str
        Names of its columns.
    dims : sequence of str or None
        Columns that are axes; found by default, as `physforge.datasets.columns.from_columns` does.
    t : str or None
        The time column; found by default.

    Returns
    -------
    xarray.Dataset or None
        Fields as dask arrays, axes in memory; None if the rows have to be put in
        order first, or a field is no number.

    Raises
    ------
    DatasetError
        If there is nothing but a time to go by, and it does not rise or fall throughout.
    """
    names = name_columns(labels, t, dims, path.name)
    found = {name: label for label, name in names.items()}
    if len(found) < len(labels):
        return None
    table = _Table(path, file, names)
    axes = _axes(table, found, dims)
    if not axes or not table.has_numbers([name for name in found if name not in axes]):
        return None
    if len(axes) == 1:
        return table.line(found[axes[0]], axes[0], dims)
    return table.grid({found[axis]: axis for axis in axes})


def _axes(table: _Table, found: Mapping[str, str], dims: Sequence[str] | None) -> list[str]:
    if dims is not None:
        known = [name for name in DIM_ORDER if name in dims and name in found]
        return known if len(known) == len(dims) else []
    spatial = spatial_columns(found)
    if TIME not in found:
        return spatial
    return [TIME] if not spatial or table.is_system(found[TIME]) else [TIME, *spatial]


class _Table:
    """The columns of a file, and what they are called."""

    def __init__(self, path: Path, file: ParquetFile, names: Mapping[str, str]) -> None:
        self._path, self._file, self._names = path, file, names
        self._kinds = {field.name: field.type for field in file.schema_arrow}
        self._rows = int(file.metadata.num_rows)

    def has_numbers(self, fields: Sequence[str]) -> bool:
        """Say whether there are fields and all of them are numbers."""
        from pyarrow import types

        kinds = [self._kinds[label] for label, name in self._names.items() if name in fields]
        return bool(kinds) and all(types.is_integer(kind) or types.is_floating(kind) for kind in kinds)

    def is_system(self, label: str) -> bool:
        """Say whether the time goes one way only."""
        last = np.empty(0)
        for part in self._scan([label]):
            values = np.concatenate([last, part[label]])
            if _turn(values) is not None:
                return False
            last = values[-2:]
        return True

    def line(self, label: str, axis: str, dims: Sequence[str] | None) -> xr.Dataset | None:
        """Return fields along one axis, or None if its values do not go one way."""
        values = np.empty(self._rows, np.int64 if is_date(self._kinds[label]) else np.float64)
        end = 0
        for part in self._scan([label]):
            if part[label].dtype != values.dtype:
                return None
            values[end : end + part[label].size] = part[label]
            end += part[label].size
        turn = _turn(values)
        if turn is not None:
            # Few rows say what is wrong as well as all of them.
            self._head([label], max(0, turn - 2), turn + 1, axis)
            return None
        if dims is None:
            head = from_cells(self._cells(None, 0, HEAD_ROWS), t=label if axis == TIME else None)
            if set(head.dims) != {axis}:
                return None
        return self._dataset([axis], {axis: self._coordinate(label, axis, values)})

    def grid(self, axes: Mapping[str, str]) -> xr.Dataset | None:
        """Return fields over several axes, or None if the rows are no whole grid in order."""
        found = find_order(self._scan, self._rows, list(axes))
        if found is None or any(_turn(values) is not None for values in found.values()):
            return None
        coords = {axes[label]: self._coordinate(label, axes[label], values) for label, values in found.items()}
        ds = self._dataset(list(coords), coords)
        falling = [axis for axis, (_, values, _) in coords.items() if values[1] < values[0]]
        return ds.isel({axis: slice(None, None, -1) for axis in falling})

    def _scan(self, labels: Sequence[str]) -> Iterator[dict[str, Values]]:
        return scan(self._file, self._path.name, labels)

    def _cells(self, labels: Sequence[str] | None, start: int, stop: int) -> Cells:
        """Read a few rows as cells."""
        import pandas as pd

        parts, begin = [], 0
        for group in range(self._file.metadata.num_row_groups):
            end = begin + self._file.metadata.row_group(group).num_rows
            if begin < stop and end > start:
                frame = read_columns(self._file, self._path.name, group, labels)
                parts.append(frame.iloc[max(0, start - begin) : stop - begin])
            begin = end
        frame = pd.concat(parts, ignore_index=True)
        return Cells(frame, np.arange(start + 1, start + 1 + len(frame), dtype=np.int64), self._path.name)

    def _head(self, labels: Sequence[str], start: int, stop: int, axis: str) -> xr.Dataset:
        """Return an axis of a few rows, which is refused where these are not in order."""
        cells = self._cells(labels, start, stop)
        whole = Cells(cells.frame.assign(**{"\0": 0.0}), cells.lines, cells.where)
        return from_cells(whole, t=labels[0] if axis == TIME else None, dims=(axis,))

    def _coordinate(self, label: str, axis: str, values: Values) -> tuple[str, Values, dict[str, str]]:
        if not is_date(self._kinds[label]):
            return axis, values, column_facts(label, axis)
        import pandas as pd

        elapsed = values - values[0]
        whole_days = not (elapsed % _DAY).any()
        origin = pd.Timestamp(int(values[0]), unit=DATE_UNIT, tz="UTC").isoformat()
        facts = {**column_facts(label, axis), "units": "day" if whole_days else "s", "origin": origin}
        return axis, elapsed / (_DAY if whole_days else _DAY / 86400), facts

    def _dataset(self, dims: Sequence[str], coords: Mapping[str, Any]) -> xr.Dataset:
        shape = tuple(coords[dim][1].size for dim in dims)
        fields = {
            name: (dims, stays_on_disk(self._path, self._file, label, shape), column_facts(label, name))
            for label, name in self._names.items()
            if name not in coords
        }
        return xr.Dataset(fields, dict(coords))


def find_order(scan: Scan, rows: int, labels: Sequence[str]) -> dict[str, Values] | None:
    """Find in which order the rows of a table go through a grid.

    Parameters
    ----------
    scan : callable
        Goes through the columns with these names, from the first row.
    rows : int
        How many there are.
    labels : sequence of str
        Columns that are axes.

    Returns
    -------
    dict of str to ndarray
        The axes, that which changes most slowly first, with their values in the order
        of the file; None if the rows are not each point of a grid once, in the
        order of nested loops.
    """
    steps = _first_changes(scan(labels), labels)
    order = sorted(labels, key=lambda label: -steps.get(label, 0))
    if len(steps) < len(labels) or steps[order[-1]] != 1:
        return None
    sizes, around = {}, rows
    for label in order:
        sizes[label], rest = divmod(around, steps[label])
        around = steps[label]
        if rest or sizes[label] < 2:
            return None
    found = {label: np.empty(size) for label, size in sizes.items()}
    start = 0
    for part in scan(labels):
        for label, values in part.items():
            if start == 0:
                found[label] = found[label].astype(values.dtype)
            if not _is_next(values, found[label], steps[label], start):
                return None
        start += len(part[labels[0]])
    return {label: found[label] for label in order}


def _first_changes(parts: Iterator[dict[str, Values]], labels: Sequence[str]) -> dict[str, int]:
    """Return the first row at which each column has another value than in the first row."""
    first: dict[str, Any] = {}
    steps: dict[str, int] = {}
    start = 0
    for part in parts:
        for label in labels:
            values = part[label]
            if values.size and label not in steps:
                first.setdefault(label, values[0])
                other = values != first[label]
                if other.any():
                    steps[label] = start + int(other.argmax())
        start += part[labels[0]].size
        if len(steps) == len(labels):
            break
    return steps


def _is_next(values: Values, axis: Values, step: int, start: int) -> bool:
    """Say whether rows repeat an axis as they should, and note the values of it that are new."""
    if values.dtype != axis.dtype:
        return False
    end = start + values.size
    begin = -(-start // step) * step
    places = np.arange(begin // step, -(-end // step))
    new = places < axis.size
    axis[places[new]] = values[begin - start :: step][: places.size][new]
    blocks = np.arange(start // step, -(-end // step))
    counts = np.full(blocks.size, step)
    counts[-1] = end - int(blocks[-1]) * step
    counts[0] -= start - int(blocks[0]) * step
    return bool(np.array_equal(np.repeat(axis[blocks % axis.size], counts), values))


def _turn(values: Values) -> int | None:
    """Return the first row that does not go on in the direction of the first two, or None."""
    rising = values[1:] > values[:-1]
    if values.size > 1 and not rising[0]:
        rising = values[1:] < values[:-1]
    return None if rising.all() else int(np.argmin(rising)) + 1
