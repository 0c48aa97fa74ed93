"""Points as people give them, and derivatives by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from physforge.errors import PinnError
from physforge.pinn.block import Float
from physforge.pinn.jets import Order


@dataclass(frozen=True, eq=False)
class Places:
    """Points in the problem's order, and how to give values at them back.

    Parameters
    ----------
    points : numpy.ndarray
        Of shape (points, coordinates).
    shape : tuple of int
        Of the arrays that were given.
    frame : tuple of xarray.Dataset and tuple of str, optional
        The coordinates and dims, where those of a Dataset were given.
    """

    points: Float
    shape: tuple[int, ...]
    frame: tuple[xr.Dataset, tuple[str, ...]] | None = None

    def give_back(self, values: Mapping[str, Float]) -> Any:
        """Return a Dataset where one was given, else arrays by name.

        Parameters
        ----------
        values : mapping of str to numpy.ndarray
            Of shape (points,).

        Returns
        -------
        dict of str to numpy.ndarray, or xarray.Dataset
            Of the shape that was given.
        """
        arrays = {name: np.asarray(value).reshape(self.shape) for name, value in values.items()}
        if self.frame is None:
            return arrays
        dataset, dims = self.frame
        return dataset.assign({name: (dims, array) for name, array in arrays.items()})


def read_places(given: Mapping[str, Any] | xr.Dataset | xr.DataArray, coordinates: Sequence[str]) -> Places:
    """Read points.

    Parameters
    ----------
    given : mapping of str to array, or xarray.Dataset
        An array for each coordinate, of shapes that go together, or a Dataset, whose grid (or
        scattered points) is meant.
    coordinates : sequence of str
        The problem's.

    Returns
    -------
    Places
        In the problem's order.

    Raises
    ------
    PinnError
        If a coordinate is missing, unknown or not finite, or the shapes do not go together.
    """
    names = {str(name) for name in (given.coords if isinstance(given, xr.Dataset | xr.DataArray) else given)}
    missing = [name for name in coordinates if name not in names]
    if missing:
        raise PinnError(f"The points lack {', '.join(missing)}; the coordinates are {', '.join(coordinates)}.")
    if isinstance(given, xr.Dataset | xr.DataArray):
        bare = xr.Dataset(coords={name: given.coords[name] for name in coordinates})
        dims = tuple(dim for dim in given.dims if dim in bare.dims)
        grids = xr.broadcast(*(bare[name] for name in coordinates))
        arrays = [np.asarray(grid.transpose(*dims), float) for grid in grids]
        return _places(arrays, coordinates, (bare, tuple(map(str, dims))))
    unknown = sorted(names - set(coordinates))
    if unknown:
        raise PinnError(f"The problem has no coordinate {', '.join(unknown)}; it has {', '.join(coordinates)}.")
    try:
        arrays = list(np.broadcast_arrays(*(np.asarray(given[name], float) for name in coordinates)))
    except ValueError as error:
        raise PinnError(f"The arrays of the points must have shapes that go together: {error}.") from error
    return _places(arrays, coordinates, None)


def _places(
    arrays: list[Float], coordinates: Sequence[str], frame: tuple[xr.Dataset, tuple[str, ...]] | None
) -> Places:
    for name, array in zip(coordinates, arrays, strict=True):
        if not np.isfinite(array).all():
            raise PinnError(f"The points have NaN or infinite values of {name}; leave those out.")
    return Places(np.stack([array.ravel() for array in arrays], axis=1), arrays[0].shape, frame)


def read_derivative(name: str, fields: Sequence[str], coordinates: Sequence[str]) -> tuple[int, Order]:
    """Read the name of a derivative.

    Parameters
    ----------
    name : str
        For example ``"u_xx"``, or ``"u"``. The longest field name wins.
    fields, coordinates : sequence of str
        The problem's.

    Returns
    -------
    int
        Index of the field.
    tuple of int
        How often to differentiate along each coordinate.

    Raises
    ------
    PinnError
        If it is no derivative of a field.
    """
    for field in sorted(fields, key=len, reverse=True):
        rest = name.removeprefix(field)
        letters = rest[1:]
        if rest == name or (rest and (rest[0] != "_" or not letters or set(letters) - set(coordinates))):
            continue
        return list(fields).index(field), tuple(letters.count(letter) for letter in coordinates)
    raise PinnError(
        f"{name!r} is no derivative of {', '.join(fields)} along {', '.join(coordinates)}; write it as "
        f"{fields[0]}_{coordinates[-1] * 2}."
    )
