"""The periodic box on which an initial state is given, checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from physforge.datasets.conventions import SPACE, is_uniform, period_of
from physforge.errors import SimulationError
from physforge.simulation.evolution import Evolution
from physforge.simulation.grid import Grid, Interval
from physforge.simulation.trajectory import FloatArray

_SUPPORTED = "supported are periodic boxes in x, y and z, and ODEs"


@dataclass(frozen=True)
class Domain:
    """How the samples of a dataset lie on a periodic grid; make it with `of`.

    Parameters
    ----------
    grid : Grid
        One period, increasing, in the order of the dataset's dims.
    descending, closed : tuple of bool
        For each dim: whether the dataset runs downwards, and whether it repeats the
        first sample at the end.
    """

    grid: Grid
    descending: tuple[bool, ...]
    closed: tuple[bool, ...]

    @classmethod
    def of(cls, evolution: Evolution, start: xr.Dataset) -> Domain:
        """Look at the grid of an initial state.

        Parameters
        ----------
        evolution : Evolution
            The laws, which say what coordinates they need.
        start : xarray.Dataset
            Initial fields, all of all dims.

        Returns
        -------
        Domain
            Of the dataset.

        Raises
        ------
        SimulationError
            If it is not a uniform periodic box that has the coordinates of the laws.
        """
        dims = [str(dim) for dim in next(iter(start.data_vars.values())).dims]
        if not dims or set(dims) - set(SPACE):
            raise SimulationError(
                f"The equation has derivatives in space, the initial state the dims {dims}; {_SUPPORTED}."
            )
        missing = sorted({*dims, *evolution.axes} - (set(dims) & set(map(str, start.coords))))
        if missing:
            raise SimulationError(
                f"The equation needs the coordinate {', '.join(missing)} and the initial state has "
                f"{', '.join(map(str, start.coords)) or 'none'}; {_SUPPORTED}."
            )
        descending = tuple(bool(start[dim][0] > start[dim][-1]) for dim in dims)
        found = [_interval(start.sortby(dim), dim) for dim in dims]
        return cls(Grid(tuple(interval for interval, _ in found)), descending, tuple(closed for _, closed in found))

    def samples(self, field: xr.DataArray) -> FloatArray:
        """Return a field on the grid.

        Parameters
        ----------
        field : xarray.DataArray
            A variable of the dataset.

        Returns
        -------
        numpy.ndarray, shape (*grid.shape)
            Increasing, without repeated samples.
        """
        values = np.asarray(field.to_numpy(), dtype=np.float64)
        kept: FloatArray = self._turned(values)[tuple(slice(count) for count in self.grid.shape)]
        return kept

    def restored(self, values: FloatArray) -> FloatArray:
        """Return values as the dataset would hold them.

        Parameters
        ----------
        values : numpy.ndarray, shape (..., *grid.shape)
            On the grid.

        Returns
        -------
        numpy.ndarray
            With repeated samples, in the dataset's direction.
        """
        for axis, closed in enumerate(self.closed, -len(self.closed)):
            if closed:
                values = np.concatenate([values, np.take(values, [0], axis)], axis=axis)
        return self._turned(values)

    def _turned(self, values: FloatArray) -> FloatArray:
        downwards = tuple(axis for axis, down in enumerate(self.descending, -len(self.descending)) if down)
        turned: FloatArray = np.flip(values, downwards)
        return turned


def _interval(start: xr.Dataset, dim: str) -> tuple[Interval, bool]:
    """Return the grid over one period, and whether the data repeat the first sample at the end."""
    x = start[dim].to_numpy().astype(np.float64)
    if x.size < 4 or not is_uniform(x):
        raise SimulationError(
            f"The grid along {dim!r} has {x.size} points or is not uniform; interpolate the data first."
        )
    period = period_of(start, dim)
    if period is None:
        raise SimulationError(
            f"The initial state is not periodic along {dim!r}, and only periodic domains are supported; if it is meant "
            f"to be, say so with ds[{dim!r}].attrs['period'] = ..."
        )
    span = float(x[-1] - x[0])
    points = period / (span / (x.size - 1))
    if abs(points - x.size) < 0.01:
        return Interval(dim, float(x[0]), period, x.size), False
    if abs(points - (x.size - 1)) < 0.01:
        return Interval(dim, float(x[0]), period, x.size - 1), True
    raise SimulationError(
        f"The grid along {dim!r} spans {span:g}, which is not one period of {period:g}; cut it to one."
    )
