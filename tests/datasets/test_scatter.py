"""Scattered points carry the values of the field, on the grid and between its samples."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.datasets.conventions import validate
from physforge.datasets.scatter import scatter
from physforge.errors import DatasetError

T = np.linspace(0.0, 1.0, 7)


def wave(t: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sin(x - 2 * t) * np.cos(2 * y) + 0.3 * np.cos(3 * x + y) + t


def plane(nx: int = 12, ny: int = 9) -> xr.Dataset:
    x, y = 2 * np.pi * np.arange(nx) / nx, 1 + 2 * np.pi * np.arange(ny) / ny
    u = wave(T[:, None, None], x[:, None], y)
    coords = {"t": T, "x": ("x", x, {"period": 2 * np.pi, "units": "m"}), "y": ("y", y, {"period": 2 * np.pi})}
    return xr.Dataset({"u": (("t", "x", "y"), u, {"units": "K"}), "v": (("t", "x", "y"), -u)}, coords, {"title": "W"})


@pytest.mark.parametrize("sizes", [(12, 9), (9, 12)])
@pytest.mark.parametrize("off_grid", [False, True])
def test_the_values_are_those_of_the_field(off_grid: bool, sizes: tuple[int, int]) -> None:
    ds = plane(*sizes)
    points = scatter(ds, 600, np.random.default_rng(0), off_grid=off_grid)
    validate(points, "points")
    assert points.u.dims == ("point",)
    np.testing.assert_allclose(points.u, wave(points.t, points.x, points.y), atol=1e-12)
    np.testing.assert_allclose(points.v, -points.u, atol=1e-12)
    assert points.u.attrs == {"units": "K"}
    assert points.x.attrs["units"] == "m"
    assert points.attrs == {"title": "W"}
    on_grid = np.isin(points.x.values, ds.x.values)
    assert on_grid.all() == (not off_grid)
    assert np.isin(points.t.values, T).all()
    if not off_grid:
        assert len({*zip(points.t.values, points.x.values, points.y.values, strict=True)}) == 600
    else:
        # Uniform over the period: the mean of 600 is within four of its standard errors.
        assert abs(float(points.x.mean()) - np.pi) < 4 * 2 * np.pi / np.sqrt(12 * 600)


def test_a_line_without_time_and_the_seed() -> None:
    x = np.linspace(0, 1, 10, endpoint=False)
    ds = xr.Dataset({"u": ("x", np.cos(2 * np.pi * x))}, {"x": ("x", x, {"period": 1.0})})
    points = scatter(ds, 8, np.random.default_rng(3), off_grid=True)
    np.testing.assert_allclose(points.u, np.cos(2 * np.pi * points.x), atol=1e-13)
    assert points.identical(scatter(ds, 8, np.random.default_rng(3), off_grid=True))
    assert not points.identical(scatter(ds, 8, np.random.default_rng(4), off_grid=True))


def test_what_cannot_be_scattered_is_refused() -> None:
    ds, rng = plane(), np.random.default_rng(0)
    with pytest.raises(DatasetError, match="from 1 to 756"):
        scatter(ds, 757, rng)
    with pytest.raises(DatasetError, match="same dims"):
        scatter(ds.assign(w=ds.u.isel(t=0, drop=True)), 5, rng)
    with pytest.raises(DatasetError, match="no missing samples"):
        scatter(ds.where(ds.x > 1), 5, rng, off_grid=True)
    bounded = xr.Dataset({"u": ("x", T**2)}, {"x": T})
    with pytest.raises(DatasetError, match="periodic"):
        scatter(bounded, 5, rng, off_grid=True)
