"""Take scattered points from a field on a grid, without an error of interpolation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import POINT, field_names, period_of, spatial_dims
from physforge.errors import DatasetError

FloatArray = npt.NDArray[np.float64]

#: Points that are interpolated at a time, which bounds the memory.
_AT_ONCE = 256


def scatter(ds: xr.Dataset, count: int, rng: np.random.Generator, *, off_grid: bool = False) -> xr.Dataset:
    """Keep randomly placed points of a field.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields that all have the same dims, each with a coordinate.
    count : int
        How many points, at most as many as there are samples.
    rng : numpy.random.Generator
        Draws the places.
    off_grid : bool, default False
        By default the points are samples of the grid, none twice. If true, the points
        lie anywhere along periodic dims, where the trigonometric polynomial through the
        samples is evaluated: exact for a field that the grid resolves.

    Returns
    -------
    xarray.Dataset
        Fields with the one dim ``point``, the former dims as coordinates along it, and
        the attributes of `ds`.

    Raises
    ------
    DatasetError
        If `count` is out of range, the fields differ in dims, or `off_grid` is asked for
        without a periodic dim or with missing samples.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> x = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    >>> ring = xr.Dataset({"u": ("x", np.sin(x))}, {"x": ("x", x, {"period": 2 * np.pi})})
    >>> points = scatter(ring, 5, np.random.default_rng(0), off_grid=True)
    >>> points.u.dims, bool(np.allclose(points.u, np.sin(points.x)))
    (('point',), True)
    """
    names = field_names(ds)
    dims = tuple(map(str, ds[names[0]].dims)) if names else ()
    if not dims or any(ds[name].dims != dims for name in names) or not set(dims) <= set(ds.coords):
        raise DatasetError("Only fields that have the same dims, each with a coordinate, can be scattered.")
    size = int(np.prod([ds.sizes[dim] for dim in dims]))
    if not 1 <= count <= size:
        raise DatasetError(f"count is {count}; the grid has {size} samples, so give a number from 1 to {size}.")
    if off_grid:
        return _between(ds, names, dims, count, rng)
    flat = np.sort(rng.choice(size, count, replace=False))
    places = np.unravel_index(flat, [ds.sizes[dim] for dim in dims])
    return ds.isel({dim: xr.DataArray(index, dims=POINT) for dim, index in zip(dims, places, strict=True)})


def _between(
    ds: xr.Dataset, names: list[str], dims: tuple[str, ...], count: int, rng: np.random.Generator
) -> xr.Dataset:
    periods = _open_periods(ds)
    if not periods or any(not np.isfinite(ds[name]).all() for name in names):
        raise DatasetError(
            "Points off the grid need a dim that is periodic (without a repeated endpoint), and no missing samples; "
            "leave off_grid out."
        )
    grids = [dim for dim in dims if dim not in periods]
    index = {dim: rng.integers(ds.sizes[dim], size=count) for dim in grids}
    places = {dim: ds[dim].to_numpy()[index[dim]] for dim in grids}
    for dim, period in periods.items():
        places[dim] = float(ds[dim].min()) + period * rng.random(count)
    weights = [_weights(places[dim], ds[dim].to_numpy(), period) for dim, period in periods.items()]
    fields = {}
    for name in names:
        values = ds[name].transpose(*grids, *periods).to_numpy()
        fields[name] = (POINT, _contracted(values, [index[dim] for dim in grids], weights), ds[name].attrs)
    coords = {dim: (POINT, places[dim], ds[dim].attrs) for dim in dims}
    return xr.Dataset(fields, coords, ds.attrs)


def _open_periods(ds: xr.Dataset) -> dict[str, float]:
    """Return the period of each dim that is periodic and does not repeat its first sample."""
    periods = {}
    for dim in spatial_dims(ds):
        period = period_of(ds, dim)
        step = float(np.ptp(ds[dim].to_numpy())) / (ds.sizes[dim] - 1)
        if period is not None and abs(period / step - ds.sizes[dim]) < 0.01:
            periods[dim] = period
    return periods


def _weights(places: FloatArray, nodes: FloatArray, period: float) -> FloatArray:
    """Return the weight of each node at each place, shape (places, nodes)."""
    angle = 2 * np.pi * (places[:, None] - nodes) / period
    size = nodes.size
    # The kernel of Dirichlet, of which the highest mode counts half where the size is even.
    total = np.ones_like(angle)
    for mode in range(1, (size + 1) // 2):
        total += 2 * np.cos(mode * angle)
    if size % 2 == 0:
        total += np.cos(size // 2 * angle)
    return np.asarray(total / size, dtype=np.float64)


def _contracted(values: FloatArray, index: list[npt.NDArray[np.intp]], weights: list[FloatArray]) -> FloatArray:
    parts = []
    for first in range(0, len(weights[0]), _AT_ONCE):
        rows = slice(first, first + _AT_ONCE)
        part = values[tuple(one[rows] for one in index)]
        if not index:
            part = np.broadcast_to(values, (len(weights[0][rows]), *values.shape))
        for weight in reversed(weights):
            part = np.einsum("p...n,pn->p...", part, weight[rows])
        parts.append(part)
    return np.concatenate(parts)
