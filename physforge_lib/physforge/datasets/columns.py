"""Build a dataset from columns of numbers: a system of ODEs, a grid in long form, or scattered points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import DIM_ORDER, POINT, TIME
from physforge.datasets.names import spatial_columns
from physforge.datasets.roughness import noise_level
from physforge.errors import DatasetError

Column = npt.NDArray[np.float64]

#: A long table is taken for a grid with gaps if at least this part of it is there ...
MIN_FILL = 0.5

#: ... and for scattered samples if less than this part of the grid over its axes is; in between it is asked for.
MAX_SCATTER = 0.2

#: So few rows out of order are a mistake rather than samples all over the place.
FEW_ROWS = 10

#: A column of which this part of the steps goes one way is a time with a few rows out of order.
NEARLY_ORDERED = 0.9

#: A place that jumps about from row to row by this part of its spread is none that a system moves through.
JUMPY = 0.3


def from_columns(
    columns: Mapping[str, Column],
    *,
    where: str,
    dims: Sequence[str] | None = None,
    lines: npt.NDArray[np.int64] | None = None,
) -> xr.Dataset:
    """Arrange columns into a dataset.

    Parameters
    ----------
    columns : mapping of str to ndarray, shape (n,)
        The time column is called ``t``, spatial ones ``x``, ``y``, ``z``.
    where : str
        Named in messages.
    dims : sequence of str, optional
        Columns that are axes; ``("t",)`` makes everything else a variable of a
        system of ODEs, ``("t", "x")`` asks for a grid, ``("point",)`` for scattered
        samples. By default a table whose ``t`` only rises (or only falls) is a
        system of ODEs. Another one is a grid over ``t`` and those of x, y, z that it
        has if its rows fill at least half of it, and scattered samples if they fill
        less than a fifth.
    lines : ndarray of int, shape (n,), optional
        Line of the file that each row came from, for messages.

    Returns
    -------
    xarray.Dataset
        A grid is completed with NaN where rows are missing.

    Raises
    ------
    DatasetError
        If rows repeat, time is not monotonic, or it is not clear whether the
        columns are a grid, a system of ODEs or scattered samples.
    """
    table = _Table(dict(columns), where, lines)
    axes = _axes(table, dims)
    fields = {name: values for name, values in table.columns.items() if name not in axes}
    if axes == (POINT,):
        return _scattered(table)
    if not fields:
        raise DatasetError(f"{where}: every column is an axis ({', '.join(axes)}); there is no field.")
    for axis in axes:
        table.refuse_gaps(axis)
    if len(axes) == 1:
        axis = axes[0]
        table.refuse_unordered(axis)
        if dims is None:
            _refuse_jumps(table, fields)
        return xr.Dataset({name: (axis, values) for name, values in fields.items()}, {axis: table.columns[axis]})
    if dims is None and _is_scattered(table, axes):
        return _scattered(table)
    return _grid(table, axes, fields)


def _fill(table: _Table, axes: Sequence[str]) -> tuple[float, tuple[int, ...]]:
    """Return which part of the grid over its axes a table could fill, and the shape of that grid."""
    shape = tuple(int(np.unique(table.columns[axis]).size) for axis in axes)
    return table.columns[axes[0]].size / math.prod(shape), shape


def _is_scattered(table: _Table, axes: Sequence[str]) -> bool:
    fill, shape = _fill(table, axes)
    if MAX_SCATTER <= fill < MIN_FILL:
        if table.columns[axes[0]].size < FEW_ROWS or table.is_nearly_ordered(axes[0]):
            table.refuse_unordered(axes[0])
        raise DatasetError(
            f"{table.where}: its rows fill {fill:.2g} of a grid of {' x '.join(map(str, shape))} over "
            f"{', '.join(axes)}; say dims={tuple(axes)} for a grid with gaps, or dims=('point',) for scattered samples."
        )
    # A few rows out of order are a mistake in a time series rather than samples all over the place.
    return fill < MAX_SCATTER and not table.is_nearly_ordered(axes[0])


def _refuse_jumps(table: _Table, fields: Mapping[str, Column]) -> None:
    """Refuse a table that may be sorted by time and is of samples at places all over."""
    places = spatial_columns(fields)
    if not places or len(places) == len(fields) or TIME not in table.columns:
        return
    for place in places:
        values = fields[place]
        spread = float(np.nanstd(values))
        if spread and noise_level(values[:, None]) > JUMPY * spread:
            raise DatasetError(
                f"{table.where}: {TIME!r} only rises while {place!r} jumps about from row to row; say dims=('point',) "
                f"if the samples were taken at places {place!r}, or dims=('t',) if {place!r} is a variable of a system."
            )


class _Table:
    """Columns, and where each row came from."""

    def __init__(self, columns: dict[str, Column], where: str, lines: npt.NDArray[np.int64] | None) -> None:
        self.columns = columns
        self.where = where
        self._lines = lines

    def at(self, row: int) -> str:
        place = f"row {row + 1}" if self._lines is None else f"line {self._lines[row]}"
        return f"{self.where}, {place}"

    def is_ordered(self, axis: str) -> bool:
        steps = np.diff(self.columns[axis])
        return bool((steps > 0).all() or (steps < 0).all())

    def is_nearly_ordered(self, axis: str) -> bool:
        rising = float((np.diff(self.columns[axis]) > 0).mean())
        return max(rising, 1 - rising) > NEARLY_ORDERED

    def refuse_gaps(self, axis: str) -> None:
        unknown = np.flatnonzero(~np.isfinite(self.columns[axis]))
        if unknown.size:
            raise DatasetError(f"{self.at(int(unknown[0]))}: {axis!r} is missing or infinite; every row needs a value.")

    def refuse_unordered(self, axis: str) -> None:
        values = self.columns[axis]
        if self.is_ordered(axis):
            return
        _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
        repeats = np.flatnonzero(first[inverse] != np.arange(values.size))
        hint = "scattered samples are opened with dims=('point',)."
        if repeats.size:
            row = int(repeats[0])
            raise DatasetError(
                f"{self.at(row)}: coordinate {axis!r} repeats the value {values[row]:g}; keep one; {hint}"
            )
        steps = np.sign(np.diff(values))
        row = int(np.flatnonzero(steps != steps[0])[0]) + 1
        raise DatasetError(
            f"{self.at(row)}: coordinate {axis!r} is not monotonic, {values[row]:g} follows {values[row - 1]:g}; "
            f"sort the rows; {hint}"
        )


def _axes(table: _Table, dims: Sequence[str] | None) -> tuple[str, ...]:
    names = table.columns
    if dims is not None:
        missing = [dim for dim in dims if dim not in names and dim != POINT]
        if missing:
            raise DatasetError(f"{table.where}: dims names {missing[0]!r}, but the columns are {', '.join(names)}.")
        return tuple(sorted(dims, key=DIM_ORDER.index)) if set(dims) <= set(DIM_ORDER) else tuple(dims)
    spatial = spatial_columns(names)
    if TIME not in names:
        if spatial:
            return tuple(spatial)
        raise DatasetError(
            f"{table.where}: none of the columns {', '.join(names)} is a time or a place; "
            "name the time column with t='...'."
        )
    if not spatial or table.is_ordered(TIME):
        return (TIME,)
    return (TIME, *spatial)


def _scattered(table: _Table) -> xr.Dataset:
    axes = [name for name in (TIME, *spatial_columns(table.columns)) if name in table.columns]
    for axis in axes:
        table.refuse_gaps(axis)
    fields = {name: (POINT, values) for name, values in table.columns.items() if name not in axes}
    return xr.Dataset(fields, {axis: (POINT, table.columns[axis]) for axis in axes})


def _grid(table: _Table, axes: tuple[str, ...], fields: Mapping[str, Column]) -> xr.Dataset:
    coords: dict[str, Any] = {}
    places = []
    for axis in axes:
        coords[axis], place = np.unique(table.columns[axis], return_inverse=True)
        places.append(place)
    shape = tuple(coords[axis].size for axis in axes)
    cells = math.prod(shape)
    rows = places[0].size
    if rows < MIN_FILL * cells:
        table.refuse_unordered(axes[0])
        raise DatasetError(
            f"{table.where}: {rows} rows do not fill a grid of {' x '.join(map(str, shape))} over {', '.join(axes)}; "
            "for scattered samples say dims=('point',)."
        )
    flat = np.ravel_multi_index(places, shape)
    _, first, inverse = np.unique(flat, return_index=True, return_inverse=True)
    repeats = np.flatnonzero(first[inverse] != np.arange(rows))
    if repeats.size:
        row = int(repeats[0])
        point = ", ".join(f"{axis}={table.columns[axis][row]:g}" for axis in axes)
        raise DatasetError(f"{table.at(row)}: repeats the sample at {point}; keep one row of each.")
    data = {}
    for name, values in fields.items():
        full = np.full(cells, np.nan)
        full[flat] = values
        data[name] = (axes, full.reshape(shape))
    return xr.Dataset(data, coords)
