"""Measured values of fields, as training sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import POINT, TRAJECTORY
from physforge.errors import PinnError

Float: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measurements:
    """The samples of one field, on a grid or scattered, those missing left out.

    Parameters
    ----------
    field : str
        Its name.
    places : numpy.ndarray of shape (n, coordinates)
        Where, in the order of the problem's coordinates.
    values : numpy.ndarray of shape (n,)
        Finite.
    sd : numpy.ndarray of shape (n,) or None
        Standard deviation of each sample's noise, where it is known.
    missing : int, default 0
        How many samples were NaN.
    """

    field: str
    places: Float
    values: Float
    sd: Float | None
    missing: int = 0

    def __len__(self) -> int:
        return len(self.values)


def read_measurements(ds: xr.Dataset, fields: Sequence[str], coordinates: Sequence[str]) -> tuple[Measurements, ...]:
    """Return the samples of each field that a dataset holds.

    Parameters
    ----------
    ds : xarray.Dataset
        A grid, or scattered samples along the dim ``point``.
    fields : sequence of str
        Those of the law. One that the dataset lacks was not observed.
    coordinates : sequence of str
        Those of the law, in its order.

    Returns
    -------
    tuple of Measurements
        One for each field observed.

    Raises
    ------
    PinnError
        If no field was observed, a coordinate is missing, or samples are infinite or
        have no usable sd.
    """
    observed = [field for field in fields if field in ds]
    if not observed:
        held = ", ".join(str(name) for name in ds.data_vars) or "nothing"
        raise PinnError(f"The dataset holds none of the fields {', '.join(fields)}; it holds {held}. Rename one.")
    return tuple(_read(ds, field, coordinates) for field in observed)


def _read(ds: xr.Dataset, field: str, coordinates: Sequence[str]) -> Measurements:
    variable = ds[field]
    if TRAJECTORY in variable.dims:
        raise PinnError(f"{field!r} holds several runs; choose one, as ds.isel({TRAJECTORY}=0).")
    for name in coordinates:
        if name not in ds.coords:
            raise PinnError(f"The law depends on {name!r}, and the dataset has no such coordinate.")
    spare = [str(dim) for dim in variable.dims if dim != POINT and dim not in coordinates]
    if spare:
        raise PinnError(f"{field!r} has a dim {spare[0]!r} that the law lacks; select along it, ds.isel({spare[0]}=0).")
    values = variable.to_numpy().astype(np.float64).ravel()
    grid = [ds[name].broadcast_like(variable).transpose(*variable.dims) for name in coordinates]
    places = np.stack([axis.to_numpy().astype(np.float64).ravel() for axis in grid], axis=1)
    kept = ~np.isnan(values)
    _check(field, values[kept], places[kept])
    sd = _sd(ds, field, kept)
    return Measurements(field, places[kept], values[kept], sd, int(np.count_nonzero(~kept)))


def _check(field: str, values: Float, places: Float) -> None:
    if not values.size:
        raise PinnError(f"All samples of {field!r} are missing.")
    if not np.isfinite(values).all():
        count = int(np.count_nonzero(~np.isfinite(values)))
        raise PinnError(f"{count} samples of {field!r} are infinite; mark them as missing with NaN.")
    if not np.isfinite(places).all():
        raise PinnError(f"A coordinate of {field!r} is not finite at some samples; drop them.")


def _sd(ds: xr.Dataset, field: str, kept: npt.NDArray[np.bool_]) -> Float | None:
    name = f"{field}_sd"
    if name not in ds:
        return None
    sd = ds[name].broadcast_like(ds[field]).transpose(*ds[field].dims).to_numpy().astype(np.float64).ravel()[kept]
    if not np.all(np.isfinite(sd) & (sd > 0)):
        raise PinnError(f"{name!r} must be finite and positive at every sample; repair it or drop the variable.")
    return np.asarray(sd)
