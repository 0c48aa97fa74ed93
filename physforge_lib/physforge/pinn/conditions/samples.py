"""Samples as points: arrays on a slice of the box, data arrays and data sets."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from physforge.errors import PinnError
from physforge.pinn.block import Float, Points
from physforge.pinn.conditions.condition import Statement
from physforge.pinn.conditions.measured import measured_block
from physforge.pinn.conditions.setting import Setting
from physforge.pinn.conditions.values import Value
from physforge.pinn.jets import Order
from physforge.pinn.regions import GivenPoints


def sampled_statements(
    values: Mapping[tuple[int, Order], Value],
    held: Mapping[int, float],
    setting: Setting,
    touched: frozenset[tuple[int, int]],
    start: frozenset[tuple[int, int]] = frozenset(),
) -> list[Statement]:
    """Make statements of samples on a slice of the box, one for each field.

    Parameters
    ----------
    values : mapping of (int, Order) to array, DataArray or Dataset
        Samples by field and derivative.
    held : mapping of int to float
        Coordinates that are held on the slice.
    setting : Setting
        Of the problem.
    touched : frozenset of (int, int)
        See `Statement`.
    start : frozenset of (int, int), default frozenset()
        See `Statement`.

    Returns
    -------
    list of Statement
        Which hold at the samples.

    Raises
    ------
    PinnError
        If samples are not finite, lie outside of the domain, or their shape does not fit.
    """
    found = []
    for (index, order), value in values.items():
        letters = "".join(axis * count for axis, count in zip(setting.coordinates, order, strict=True))
        name = setting.fields[index] + (f"_{letters}" if letters else "")
        at = ", ".join(f"{setting.coordinates[axis]} = {end:g}" for axis, end in held.items())
        label = f"{name} at {at}"
        places, samples = _places_and_samples(value, name, held, setting, label)
        if np.isnan(samples).any():
            raise PinnError(f"{int(np.isnan(samples).sum())} of the {samples.size} samples of '{label}' are NaN.")
        region = GivenPoints(Points((places,), np.stack([samples, np.ones_like(samples)])))
        block = measured_block(label, "condition", region, [(index, order)])
        found.append(Statement(block, touched, start=start & {(index, sum(order))}))
    return found


def _places_and_samples(
    value: Value, name: str, held: Mapping[int, float], setting: Setting, label: str
) -> tuple[Float, Float]:
    free = [axis for axis in range(len(setting.coordinates)) if axis not in held]
    if isinstance(value, xr.Dataset):
        if name not in value.data_vars:
            raise PinnError(f"The data set for '{label}' has no variable {name!r}; it has {list(value.data_vars)}.")
        value = value[name]
    if isinstance(value, xr.DataArray):
        return _labelled(value, free, held, setting, label)
    samples = np.asarray(value, dtype=np.float64)
    if samples.ndim != len(free):
        names = ", ".join(setting.coordinates[axis] for axis in free)
        raise PinnError(
            f"The samples of '{label}' have the shape {samples.shape}; one axis is needed for each of {names}."
        )
    pairs = zip(setting.box[free], samples.shape, strict=True)
    grid = [np.linspace(low, high, size) for (low, high), size in pairs]
    return _product(grid, free, held, setting), samples.ravel()


def _labelled(
    value: xr.DataArray, free: list[int], held: Mapping[int, float], setting: Setting, label: str
) -> tuple[Float, Float]:
    names = [setting.coordinates[axis] for axis in free]
    for axis in held:
        name = setting.coordinates[axis]
        if name in value.dims:
            if value.sizes[name] != 1:
                raise PinnError(f"The samples of '{label}' run along {name!r}: cut them, as in ds.isel({name}=0).")
            value = value.isel({name: 0})
    if set(map(str, value.dims)) != set(names) or not set(names) <= set(map(str, value.coords)):
        dims = list(map(str, value.dims))
        raise PinnError(f"The samples of '{label}' have the dims {dims}; needed are {names}, with coordinates.")
    value = value.transpose(*names)
    axes = [value[name].to_numpy().astype(np.float64) for name in names]
    for axis, points in zip(free, axes, strict=True):
        for end in (float(points.min()), float(points.max())):
            setting.inside(axis, end, f"The sample at {setting.coordinates[axis]} = {end:g} of '{label}'")
    return _product(axes, free, held, setting), value.to_numpy().astype(np.float64).ravel()


def _product(axes: list[Float], free: list[int], held: Mapping[int, float], setting: Setting) -> Float:
    grids = np.meshgrid(*axes, indexing="ij") if axes else []
    places = np.empty((grids[0].size if grids else 1, len(setting.coordinates)))
    for axis, grid in zip(free, grids, strict=True):
        places[:, axis] = grid.ravel()
    for axis, value in held.items():
        places[:, axis] = value
    return places
