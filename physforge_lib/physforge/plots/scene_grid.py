"""Samples of a dataset on a grid in space, thinned so that they can be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import POINT, TIME, TRAJECTORY, spatial_dims
from physforge.errors import DatasetError

Array = npt.NDArray[Any]

#: Axes whose ranges differ by more are drawn with the same length: a thread has no shape to be seen.
_SLIMMEST = 8.0


@dataclass(frozen=True)
class Frame:
    """The box around a scene: from the origin, with the longest side 1.

    Parameters
    ----------
    labels : tuple of str
        Name and unit of each axis.
    ranges : tuple of tuple of float
        The coordinates at both ends of each axis.
    lengths : tuple of float
        Of each axis, as it is drawn.
    """

    labels: tuple[str, str, str]
    ranges: tuple[tuple[float, float], ...]
    lengths: tuple[float, ...]

    def place(self, axis: int, coordinate: npt.ArrayLike) -> Array:
        """Return where in the box a coordinate is.

        Parameters
        ----------
        axis : int
            0, 1 or 2.
        coordinate : array_like
            Values of the coordinate.

        Returns
        -------
        ndarray
            From 0 to the length of the axis.
        """
        low, high = self.ranges[axis]
        span = high - low or 1.0
        return (np.asarray(coordinate, dtype=float) - low) / span * self.lengths[axis]


@dataclass(frozen=True, eq=False)
class Box:
    """Fields on a grid.

    Parameters
    ----------
    frame : Frame
        The box around it.
    axes : tuple of ndarray
        Places of the samples along each axis, as drawn; one sample where there is no such axis.
    values : dict of str to ndarray, shape (nx, ny, nz)
        By field; missing samples are NaN.
    """

    frame: Frame
    axes: tuple[Array, Array, Array]
    values: dict[str, Array]


def label_of(field: xr.DataArray, name: str | None = None) -> str:
    """Name a field or coordinate with its unit.

    Parameters
    ----------
    field : xarray.DataArray
        With the unit as an attribute, if it is known.
    name : str, optional
        By default its own.

    Returns
    -------
    str
        One line.
    """
    units = field.attrs.get("units")
    said = str(field.name) if name is None else name
    return f"{said} ({units})" if units else said


def at_time(ds: xr.Dataset, names: Sequence[str], time: int) -> xr.Dataset:
    """Take fields at one time, of the first run.

    Parameters
    ----------
    ds : xarray.Dataset
        Any.
    names : sequence of str
        The fields.
    time : int
        Index of the time; a negative one counts from the end.

    Returns
    -------
    xarray.Dataset
        Without dim ``t``.

    Raises
    ------
    DatasetError
        If there is no such time.
    """
    one = ds[list(names)]
    if TRAJECTORY in one.dims:
        one = one.isel({TRAJECTORY: 0})
    if TIME not in one.dims:
        return one
    count = one.sizes[TIME]
    if not -count <= time < count:
        raise DatasetError(f"There is no time with the index {time}: there are {count}, from 0 to {count - 1}.")
    return one.isel({TIME: time})


def thin(ds: xr.Dataset, most: int) -> xr.Dataset:
    """Take even samples along every dim, with both ends.

    Parameters
    ----------
    ds : xarray.Dataset
        On a grid.
    most : int
        Samples of each dim that stay.

    Returns
    -------
    xarray.Dataset
        The samples as they are: nothing is averaged.
    """
    large = {dim: size for dim, size in ds.sizes.items() if size > most}
    return ds.isel({dim: np.round(np.linspace(0, size - 1, most)).astype(int) for dim, size in large.items()})


def lengths_of(ranges: Sequence[tuple[float, float]], units: Sequence[Any]) -> tuple[float, ...]:
    """Return how long axes are drawn.

    Parameters
    ----------
    ranges : sequence of tuple of float
        The coordinates at both ends.
    units : sequence of str or None
        Axes of different units have no proportion to each other.

    Returns
    -------
    tuple of float
        True to scale, with the longest 1; or all 1.
    """
    spans = [abs(high - low) for low, high in ranges]
    longest = max(spans, default=1.0)
    if len(set(units)) > 1 or longest == 0 or min(spans) * _SLIMMEST < longest:
        return tuple(1.0 for _ in spans)
    return tuple(span / longest for span in spans)


def load_box(ds: xr.Dataset, names: Sequence[str], time: int, most: int) -> Box:
    """Load fields at one time.

    Parameters
    ----------
    ds : xarray.Dataset
        On a grid over two or three of x, y, z, or a mesh, which is sampled on a grid.
    names : sequence of str
        The fields.
    time : int
        Index of the time.
    most : int
        Samples along each axis.

    Returns
    -------
    Box
        In memory, in single precision.

    Raises
    ------
    DatasetError
        If there is no such time, or there are no values at that time.
    """
    if POINT in ds.dims:
        from physforge.plots.scene_mesh import sampled_box

        return sampled_box(ds, names, time, most)
    chosen = at_time(ds, names, time)
    dims = spatial_dims(chosen)
    shown = thin(chosen, most).load()
    ends = [(float(shown[dim][0]), float(shown[dim][-1])) for dim in dims]
    lengths = lengths_of(ends, [shown[dim].attrs.get("units") for dim in dims])
    spare = 3 - len(dims)
    frame = Frame(
        (*(label_of(shown[dim]) for dim in dims), *[""] * spare),  # type: ignore[arg-type]
        (*ends, *[(0.0, 0.0)] * spare),
        (*lengths, *[0.0] * spare),
    )
    axes = [frame.place(axis, shown[dim].to_numpy()) for axis, dim in enumerate(dims)]
    values = {name: shown[name].transpose(*dims).to_numpy().astype(np.float32) for name in names}
    box = {name: one.reshape(one.shape + (1,) * spare) for name, one in values.items()}
    check_known(box)
    return Box(frame, (*axes, *[np.zeros(1)] * spare), box)  # type: ignore[arg-type]


def check_known(values: dict[str, Array]) -> None:
    """Refuse fields without any value.

    Parameters
    ----------
    values : dict of str to ndarray
        By field.

    Raises
    ------
    DatasetError
        If all values of one are missing.
    """
    for name, one in values.items():
        if not np.isfinite(one).any():
            raise DatasetError(f"All values of {name!r} are missing at that time; choose another time or field.")
