"""Parquet tables that fill a line or a grid: their fields stay on disk, whatever their size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets import limits
from physforge.datasets.columns import from_columns
from physforge.datasets.conventions import DIM_ORDER, TIME
from physforge.datasets.names import spatial_columns
from physforge.datasets.readers.parquet_columns import DATE_UNIT, is_date, read_columns, scan, stays_on_disk
from physforge.datasets.readers.parquet_loops import find_order, turning_point
from physforge.datasets.readers.parquet_places import (
    MAX_READINGS,
    Missing,
    Repeated,
    find_axes,
    find_places,
    placed_on_disk,
)
from physforge.datasets.readers.table import Cells, column_facts, from_cells, name_columns
from physforge.errors import DatasetError

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

Values = npt.NDArray[Any]

_DAY = 86_400_000_000

#: Rows that show how a table is to be understood.
HEAD_ROWS = 2**16


def open_in_order(
    path: Path, file: ParquetFile, labels: Sequence[str], dims: Sequence[str] | None, t: str | None
) -> xr.Dataset | None:
    """Open a table whose rows are in the order of its axis, or are samples of a grid.

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
        Fields as dask arrays, axes in memory; None if the rows do not fill a grid, lie
        all over it, or a column is no number.

    Raises
    ------
    DatasetError
        If there is nothing but a time to go by, and it does not rise or fall throughout;
        if a row has no value of an axis, or two rows are the same sample; if the rows
        lie all over the grid and are more than memory should take.
    """
    names = name_columns(labels, t, dims, path.name)
    found = {name: label for label, name in names.items()}
    if len(found) < len(labels):
        return None
    table = _Table(path, file, names)
    axes = _axes(table, found, dims)
    if not axes or not table.has_numbers([name for name in found if name not in axes], axes):
        return None
    if len(axes) == 1:
        return table.line(found[axes[0]], axes[0], dims)
    grid = {found[axis]: axis for axis in axes}
    ds = table.grid(grid)
    return table.grid_in_any_order(grid) if ds is None else ds


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

    def has_numbers(self, fields: Sequence[str], axes: Sequence[str]) -> bool:
        """Say whether there are fields and all columns are numbers, or dates of the time."""
        from pyarrow import types

        return bool(fields) and all(
            types.is_integer(kind) or types.is_floating(kind) or (name == TIME and name in axes and is_date(kind))
            for kind, name in ((self._kinds[label], name) for label, name in self._names.items())
        )

    def is_system(self, label: str) -> bool:
        """Say whether the time goes one way only."""
        last = np.empty(0)
        for part in self._scan([label]):
            values = np.concatenate([last, part[label]])
            if turning_point(values) is not None:
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
        turn = turning_point(values)
        if turn is not None:
            # Few rows say what is wrong as well as all of them.
            self._head([label], max(0, turn - 2), turn + 1, axis)
            return None
        if dims is None:
            head = from_cells(self._cells(None, 0, HEAD_ROWS), t=label if axis == TIME else None)
            if set(head.dims) != {axis}:
                return None
        return self._dataset([axis], {axis: self._coordinate(label, axis, values)}, self._in_order(values.shape))

    def grid(self, axes: Mapping[str, str]) -> xr.Dataset | None:
        """Return fields over several axes, or None if the rows are no whole grid in order."""
        found = find_order(self._scan, self._rows, list(axes))
        if found is None or any(turning_point(values) is not None for values in found.values()):
            return None
        coords = {axes[label]: self._coordinate(label, axes[label], values) for label, values in found.items()}
        ds = self._dataset(list(coords), coords, self._in_order(tuple(values.size for values in found.values())))
        falling = [axis for axis, (_, values, _) in coords.items() if values[1] < values[0]]
        return ds.isel({axis: slice(None, None, -1) for axis in falling})

    def grid_in_any_order(self, axes: Mapping[str, str]) -> xr.Dataset | None:
        """Return fields over several axes, or None if the rows do not fill a grid or lie all over it."""
        labels = list(axes)
        found = find_axes(self._scan(labels), self._rows, labels)
        if isinstance(found, Missing):
            label = next(label for label in labels if label in found.rows)
            row = found.rows[label]
            self._head([label], max(0, row - 1), max(row + 1, 2), axes[label])
        if found is None or isinstance(found, Missing):
            return None
        coords = {axes[label]: self._coordinate(label, axes[label], values) for label, values in found.items()}
        places = find_places(self._scan(labels), found)
        if isinstance(places, Repeated):
            # The sample once more says what is wrong as well as the whole table.
            sample = {axis: coords[axis][1][[at, at]] for axis, at in zip(coords, places.place, strict=True)}
            lines = np.array([places.row + 1, places.row + 1])
            return from_columns({**sample, "\0": np.zeros(2)}, where=self._path.name, dims=tuple(coords), lines=lines)
        blocks = places.blocks()
        if places.readings(blocks) > MAX_READINGS:
            self._refuse_size(labels)
            return None
        return self._dataset(list(coords), coords, lambda label: placed_on_disk(self._path, label, places, blocks))

    def _refuse_size(self, labels: Sequence[str]) -> None:
        """Refuse to read rows from all over a grid if they are more than memory should take."""
        size = 8 * self._rows * len(self._names)
        if size <= limits.MAX_BYTES:
            return
        order = ", ".join(f'"{label}"' for label in labels)
        raise DatasetError(
            f"{self._path.name}: its rows lie all over the grid, so that no part of it can be read by itself, and its "
            f"{size / 2**30:.3g} GiB are more than the {limits.MAX_BYTES / 2**30:.0f} GiB read into memory at once; "
            f"sort the rows by {order} and write it again, for example in DuckDB: "
            f"COPY (FROM '{self._path.name}' ORDER BY {order}) TO 'sorted.parquet'"
        )

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

    def _in_order(self, shape: tuple[int, ...]) -> Callable[[str], Any]:
        return lambda label: stays_on_disk(self._path, self._file, label, shape)

    def _coordinate(self, label: str, axis: str, values: Values) -> tuple[str, Values, dict[str, str]]:
        if not is_date(self._kinds[label]):
            return axis, values, column_facts(label, axis)
        import pandas as pd

        start = next(part[label][0] for part in self._scan([label]) if part[label].size)
        elapsed = values - start
        whole_days = not (elapsed % _DAY).any()
        origin = pd.Timestamp(int(start), unit=DATE_UNIT, tz="UTC").isoformat()
        facts = {**column_facts(label, axis), "units": "day" if whole_days else "s", "origin": origin}
        return axis, elapsed / (_DAY if whole_days else _DAY / 86400), facts

    def _dataset(self, dims: Sequence[str], coords: Mapping[str, Any], load: Callable[[str], Any]) -> xr.Dataset:
        fields = {
            name: (dims, load(label), column_facts(label, name))
            for label, name in self._names.items()
            if name not in coords
        }
        return xr.Dataset(fields, dict(coords))
