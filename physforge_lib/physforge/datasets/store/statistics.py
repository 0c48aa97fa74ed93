"""Figures about each variable, computed part by part."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.store.records import FieldSummary

#: Samples of an array in memory that are looked at at a time.
PART = 2**22


@dataclass
class _Moments:
    """Count, mean and sum of squared deviations, merged part by part.

    The merging is by Chan, Golub and LeVeque (1983), equations 1.5: no difference of
    large numbers, so that a small spread around a large mean keeps its digits.
    """

    count: int = 0
    missing: int = 0
    mean: float = 0.0
    squares: float = 0.0
    minimum: float = math.inf
    maximum: float = -math.inf

    def add(self, values: npt.NDArray[Any]) -> None:
        known = values[~np.isnan(values)]
        self.missing += values.size - known.size
        if not known.size:
            return
        mean = float(known.mean())
        squares = float(np.square(known - mean).sum())
        total = self.count + known.size
        delta = mean - self.mean
        self.squares += squares + delta * delta * self.count * known.size / total
        self.mean += delta * known.size / total
        self.count = total
        self.minimum = min(self.minimum, float(known.min()))
        self.maximum = max(self.maximum, float(known.max()))


def summarise(ds: xr.Dataset) -> tuple[FieldSummary, ...]:
    """Describe each variable of a dataset.

    Parameters
    ----------
    ds : xarray.Dataset
        Dask arrays are computed chunk by chunk, one in memory at a time.

    Returns
    -------
    tuple of FieldSummary
        Axes, then other coordinates, then fields.

    Examples
    --------
    >>> ds = xr.Dataset({"u": ("t", [1.0, 3.0, np.nan], {"units": "m"})}, {"t": [0.0, 1.0, 2.0]})
    >>> _, u = summarise(ds)
    >>> u.mean, u.sd, u.missing, u.units
    (2.0, 1.0, 1, 'm')
    """
    axes = [str(name) for name in ds.dims if name in ds.coords]
    others = [str(name) for name in ds.coords if name not in ds.dims]
    roles: list[tuple[Literal["axis", "coordinate", "field"], list[str]]] = [
        ("axis", axes),
        ("coordinate", others),
        ("field", [str(name) for name in ds.data_vars]),
    ]
    return tuple(_summary(ds[name].variable, name, role) for role, names in roles for name in names)


def _summary(variable: xr.Variable, name: str, role: Literal["axis", "coordinate", "field"]) -> FieldSummary:
    moments = _Moments()
    if variable.dtype.kind in "biuf":
        for part in _parts(variable):
            moments.add(part)
    figures = None, None, None, None
    if moments.count:
        sd = math.sqrt(moments.squares / moments.count)
        figures = tuple(_finite(value) for value in (moments.minimum, moments.maximum, moments.mean, sd))  # type: ignore[assignment]
    units = variable.attrs.get("units")
    dims = tuple(str(dim) for dim in variable.dims)
    return FieldSummary(
        name, role, dims, variable.shape, None if units is None else str(units), *figures, moments.missing
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _parts(variable: xr.Variable) -> Iterator[npt.NDArray[Any]]:
    if variable.chunks is None:
        flat = variable.to_numpy().reshape(-1)
        for start in range(0, flat.size, PART):
            yield flat[start : start + PART].astype(np.float64, copy=False)
        return
    blocks = variable.data.blocks
    for index in np.ndindex(*variable.data.numblocks):
        yield np.asarray(blocks[index].compute(), dtype=np.float64)
