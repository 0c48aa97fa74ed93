"""Initial states on periodic boxes, for the tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

Field = Callable[..., np.ndarray]


def box(sizes: dict[str, int], **fields: Field) -> xr.Dataset:
    """Return fields on a box of side two pi; each function takes the coordinates in the order of the dims."""
    axes = {dim: 2 * np.pi * np.arange(size) / size for dim, size in sizes.items()}
    mesh = np.meshgrid(*axes.values(), indexing="ij")
    coords = {dim: (dim, axis, {"period": 2 * np.pi}) for dim, axis in axes.items()}
    return xr.Dataset({name: (tuple(sizes), field(*mesh)) for name, field in fields.items()}, coords)


def after(t: np.ndarray, ds: xr.Dataset) -> tuple[np.ndarray, ...]:
    """Return time and coordinates of a dataset, of shapes that broadcast to its fields over time."""
    dims = list(ds.sizes)
    shaped = [t.reshape(-1, *[1] * len(dims))]
    for index, dim in enumerate(dims):
        shape = [1] * (len(dims) + 1)
        shape[index + 1] = -1
        shaped.append(ds[dim].values.reshape(shape))
    return tuple(shaped)
