"""Scattered samples of a field, and the places where it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from physforge.datasets.conventions import POINT, SPACE, TIME
from physforge.derivatives.axis import Float
from physforge.errors import DerivativeError


@dataclass(frozen=True, eq=False)
class Points:
    """Samples of a field anywhere in space and time, as a method sees them.

    Parameters
    ----------
    field : str
        Name of the field, for messages.
    values : numpy.ndarray of shape (n,)
        Finite, or NaN for a missing sample.
    sd : numpy.ndarray of shape (n,) or None
        Standard deviation of each sample's noise; None where it is not known.
    names : tuple of str
        Coordinates, in the order t, x, y, z.
    coordinates : tuple of numpy.ndarray of shape (n,)
        The sample points, one array for each name. They may repeat.
    periods : tuple of float or None
        Length after which the field repeats, for each name.
    """

    field: str
    values: Float
    sd: Float | None
    names: tuple[str, ...]
    coordinates: tuple[Float, ...]
    periods: tuple[float | None, ...]

    def label(self, orders: Sequence[int]) -> str:
        """Return the derivative's name, for example ``"u_xx"``."""
        letters = "".join(name * order for name, order in zip(self.names, orders, strict=True))
        return f"{self.field}_{letters}" if letters else self.field


@dataclass(frozen=True, eq=False)
class Places:
    """Where derivatives are wanted.

    Parameters
    ----------
    dims : tuple of str
        Dims of the results.
    coordinates : tuple of numpy.ndarray
        Each of the results' shape, in the order of `Points.names`.
    """

    dims: tuple[str, ...]
    coordinates: tuple[Float, ...]


def point_axes(ds: xr.Dataset) -> tuple[str, ...]:
    """List the coordinates of scattered samples.

    Parameters
    ----------
    ds : xarray.Dataset
        With the dim ``point``.

    Returns
    -------
    tuple of str
        Those of t, x, y, z that are coordinates along ``point``.
    """
    return tuple(name for name in (TIME, *SPACE) if name in ds.coords and ds[name].dims == (POINT,))


def points_of(ds: xr.Dataset, field: str) -> Points:
    """Return the scattered samples of a field.

    Parameters
    ----------
    ds : xarray.Dataset
        With the dim ``point`` and coordinates along it.
    field : str
        One of its fields.

    Returns
    -------
    Points
        With the sd of the noise where there is a variable ``<field>_sd``.

    Raises
    ------
    DerivativeError
        If there are no coordinates along ``point``, one is not finite or always the same,
        samples are infinite, or an sd is negative or missing.
    """
    if ds[field].dims != (POINT,):
        dims = ", ".join(str(dim) for dim in ds[field].dims)
        raise DerivativeError(f"Scattered samples have the one dim 'point'; {field!r} has {dims}. Stack or drop it.")
    names = point_axes(ds)
    if not names:
        raise DerivativeError(
            "Scattered samples need coordinates t, x, y or z along 'point'; there is none. "
            "Add them, as ds.assign_coords(x=('point', ...))."
        )
    coordinates = tuple(_coordinate(ds, name) for name in names)
    values = ds[field].to_numpy().astype(np.float64)
    infinite = int(np.count_nonzero(np.isinf(values)))
    if infinite:
        raise DerivativeError(f"{infinite} of {values.size} samples of {field!r} are infinite; mark them with NaN.")
    periods = tuple(_period(ds, name) for name in names)
    return Points(field, values, _sd(ds, field, values), names, coordinates, periods)


def places_of(at: xr.Dataset, points: Points) -> Places:
    """Return the places that a dataset's coordinates stand for.

    Parameters
    ----------
    at : xarray.Dataset
        A grid (the coordinates are dims), or scattered points.
    points : Points
        The samples, which say what coordinates are needed.

    Returns
    -------
    Places
        In the order of dims of the conventions.

    Raises
    ------
    DerivativeError
        If `at` lacks a coordinate, or one is not finite.
    """
    absent = [name for name in points.names if name not in at.coords]
    if absent:
        raise DerivativeError(f"at= has no coordinate {absent[0]!r}; the samples have {', '.join(points.names)}.")
    dims = tuple(dict.fromkeys(str(dim) for name in points.names for dim in at[name].dims))
    sizes = {dim: at.sizes[dim] for dim in dims}
    arrays = []
    for name in points.names:
        variable: xr.Variable = at[name].variable.set_dims(sizes)  # type: ignore[no-untyped-call]
        array = variable.transpose(*dims).to_numpy().astype(np.float64)
        if not np.isfinite(array).all():
            raise DerivativeError(f"Coordinate {name!r} of at= is not finite everywhere; drop those places.")
        arrays.append(array)
    return Places(dims, tuple(arrays))


def _coordinate(ds: xr.Dataset, name: str) -> Float:
    if ds[name].dtype.kind not in "iuf":
        raise DerivativeError(f"Coordinate {name!r} is not numeric (dtype {ds[name].dtype}).")
    values = ds[name].to_numpy().astype(np.float64)
    if not np.isfinite(values).all():
        index = int(np.flatnonzero(~np.isfinite(values))[0])
        raise DerivativeError(f"Coordinate {name!r} is {values[index]} at point {index}; every sample needs one.")
    if not np.ptp(values):
        raise DerivativeError(f"All samples have {name} = {values[0]:g}; drop that coordinate, ds.drop_vars({name!r}).")
    return np.asarray(values)


def _period(ds: xr.Dataset, name: str) -> float | None:
    stated = ds[name].attrs.get("period")
    if stated is None or name == TIME:
        return None
    period = float(stated)
    if not (np.isfinite(period) and period > 0):
        raise DerivativeError(f"Coordinate {name!r} has the period {stated!r}; it must be a positive number.")
    return period


def _sd(ds: xr.Dataset, field: str, values: Float) -> Float | None:
    given = f"{field}_sd"
    if given not in ds:
        return None
    sd = ds[given].broadcast_like(ds[field]).to_numpy().astype(np.float64)
    if not np.all(np.isfinite(sd) & (sd >= 0) | np.isnan(values)):
        raise DerivativeError(f"{given!r} must be finite and not negative everywhere; repair it or drop the variable.")
    return np.asarray(sd)
