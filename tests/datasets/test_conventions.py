"""The conventions: names, grids, periods, and what `validate` refuses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from physforge.datasets.conventions import field_names, is_uniform, period_of, spatial_dims, validate
from physforge.errors import DatasetError


def grid(u: np.ndarray, x: np.ndarray, t: np.ndarray | None = None) -> xr.Dataset:
    if t is None:
        return xr.Dataset({"u": ("x", u)}, {"x": x})
    return xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": x})


def test_field_names_leave_out_standard_deviations_but_not_fields_that_only_look_like_one() -> None:
    values = ("t", [1.0, 2.0])
    ds = xr.Dataset({"u": values, "u_sd": values, "v": values, "w_sd": values})
    assert field_names(ds) == ["u", "v", "w_sd"]


def test_spatial_dims_are_in_the_order_x_y_z() -> None:
    ds = xr.Dataset({"u": (("z", "t", "x"), np.zeros((2, 2, 2)))})
    assert spatial_dims(ds) == ["x", "z"]
    assert spatial_dims(xr.Dataset({"u": ("t", [0.0, 1.0])})) == []


@pytest.mark.parametrize(
    ("coord", "expected"),
    [
        (np.linspace(0, 1, 1000), True),
        (np.linspace(1e6, 1e6 + 1, 1000), True),  # round-off of large coordinates
        (np.round(np.linspace(0, 1, 301), 9), True),
        (np.linspace(1, 0, 50), True),
        (np.r_[np.linspace(0, 1, 50), 1.03], False),
        (np.geomspace(1, 2, 50), False),
        (np.array([1.0]), False),
        (np.array([1.0, np.nan, 3.0]), False),
        (np.array([2.0, 2.0, 2.0]), False),
    ],
)
def test_is_uniform(coord: np.ndarray, expected: bool) -> None:
    assert is_uniform(coord) is expected


@pytest.mark.parametrize("count", [16, 64, 257])
@pytest.mark.parametrize(
    "wave",
    [
        lambda x: np.sin(x),
        lambda x: np.cos(x),
        lambda x: np.cos(3 * x + 0.4),
        lambda x: np.exp(np.sin(x)),
        lambda x: np.exp(-2 * (1 - np.cos(x))),  # a pulse that sits on the seam
    ],
)
def test_period_of_a_smooth_periodic_field(count: int, wave: Callable[[np.ndarray], np.ndarray]) -> None:
    open_grid = np.linspace(0, 2 * np.pi, count, endpoint=False)
    assert period_of(grid(wave(open_grid), open_grid), "x") == pytest.approx(2 * np.pi, rel=1e-12)
    closed_grid = np.linspace(0, 2 * np.pi, count)
    assert period_of(grid(wave(closed_grid), closed_grid), "x") == pytest.approx(2 * np.pi, rel=1e-12)


@pytest.mark.parametrize(
    "shape",
    [
        lambda x: x,
        lambda x: x**2,
        lambda x: np.sin(0.5 * x),  # zero at both ends with unequal slopes: a clamped string
        lambda x: np.cos(0.5 * x),  # a jump
        lambda x: np.exp(0.3 * x),
        lambda x: np.abs(np.sin(0.5 * x)) + np.sin(3 * x),
    ],
)
@pytest.mark.parametrize("endpoint", [True, False])
def test_no_period_for_a_field_with_a_jump_or_a_kink_at_the_seam(
    shape: Callable[[np.ndarray], np.ndarray], endpoint: bool
) -> None:
    x = np.linspace(0, 2 * np.pi, 128, endpoint=endpoint)
    assert period_of(grid(shape(x), x), "x") is None


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.05])
def test_noise_hides_neither_the_period_nor_the_clamped_ends(noise: float) -> None:
    rng = np.random.default_rng(0)
    t, x = np.linspace(0, 6, 60), np.linspace(0, np.pi, 160, endpoint=False)
    error = noise * rng.normal(size=(60, 160))
    swinging = np.cos(t)[:, None]
    assert period_of(grid(swinging * np.sin(2 * x) + error, x, t), "x") == pytest.approx(np.pi)
    assert period_of(grid(swinging * np.sin(x) + error, x, t), "x") is None


def test_every_field_must_be_periodic() -> None:
    x = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    ds = grid(np.sin(x), x).assign(v=("x", x))
    assert period_of(ds, "x") is None
    assert period_of(ds.drop_vars("v"), "x") == pytest.approx(2 * np.pi)


def test_a_period_needs_a_uniform_grid() -> None:
    x = np.linspace(0, 1, 64, endpoint=False) ** 2 * 2 * np.pi
    assert period_of(grid(np.sin(x), x), "x") is None


def test_missing_samples_do_not_hide_the_period() -> None:
    x = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    u = np.sin(x + np.linspace(0, 3, 20)[:, None])
    u[3, 10:14] = np.nan
    assert period_of(grid(u, x, np.arange(20.0)), "x") == pytest.approx(2 * np.pi)


def test_a_stated_period_is_believed_for_a_whole_grid_and_not_for_a_window() -> None:
    x = np.linspace(0, 1, 40, endpoint=False)
    ds = grid(x**2, x)
    ds["x"].attrs["period"] = 1.0
    assert period_of(ds, "x") == 1.0
    assert period_of(ds.isel(x=slice(None, None, 2)), "x") == 1.0
    assert period_of(ds.isel(x=slice(0, 30)), "x") is None


@pytest.mark.parametrize("stated", ["one", -1.0, float("nan"), float("inf")])
def test_a_senseless_period_is_refused(stated: object) -> None:
    x = np.linspace(0, 1, 40, endpoint=False)
    ds = grid(x, x)
    ds["x"].attrs["period"] = stated
    with pytest.raises(DatasetError, match="period"):
        period_of(ds, "x")


def test_period_of_an_unknown_dim() -> None:
    with pytest.raises(DatasetError, match="'y'"):
        period_of(grid(np.zeros(4), np.arange(4.0)), "y")


T = np.arange(3.0)


@pytest.mark.parametrize(
    ("ds", "words"),
    [
        (xr.Dataset(), ["no field"]),
        (xr.Dataset({"u": ("q", T)}, {"q": T}), ["'q'", "dims="]),
        (xr.Dataset({"u": ("t", T)}), ["'t'", "no coordinate", "coords="]),
        (xr.Dataset({"u": ("t", [1.0])}, {"t": [0.0]}), ["'t'", "1 sample", "2"]),
        (xr.Dataset({"u": ("t", T)}, {"t": [0.0, 1.0, 1.0]}), ["'t'", "more than once"]),
        (xr.Dataset({"u": ("t", T)}, {"t": [0.0, 2.0, 1.0]}), ["'t'", "not monotonic", "index 2", "sort"]),
        (xr.Dataset({"u": ("t", T)}, {"t": [0.0, np.nan, 1.0]}), ["'t'", "nan", "index 1"]),
        (xr.Dataset({"u": ("t", ["a", "b", "c"])}, {"t": T}), ["'u'", "not numeric"]),
        (xr.Dataset({"u": ("t", T * 1j)}, {"t": T}), ["'u'", "complex", "u_re"]),
        (xr.Dataset({"u": ("t", T * np.nan)}, {"t": T}), ["'u'", "NaN"]),
        (xr.Dataset({"u": ("t", [0.0, 1.0, np.inf])}, {"t": T}), ["'u'", "infinite", "(2,)"]),
    ],
)
def test_validate_names_the_file_the_variable_and_the_cure(ds: xr.Dataset, words: list[str]) -> None:
    with pytest.raises(DatasetError) as caught:
        validate(ds, "run7.dat")
    message = str(caught.value)
    assert all(word in message for word in ["run7.dat", *words]), message


def test_validate_accepts_every_conventional_form() -> None:
    u = np.zeros((3, 4))
    x = np.arange(4.0)
    validate(xr.Dataset({"u": (("t", "x"), u)}, {"t": T, "x": x[::-1]}), "grid")
    validate(xr.Dataset({"u": (("trajectory", "x"), u)}, {"trajectory": ["a", "b", "c"], "x": x}), "runs")
    scattered = {"t": ("point", [0.0, 0.0, 1.0]), "x": ("point", [5.0, 1.0, 5.0])}
    validate(xr.Dataset({"u": ("point", T)}, scattered), "points")
    with_gap = u.copy()
    with_gap[1, 1] = np.nan
    validate(xr.Dataset({"u": (("t", "x"), with_gap)}, {"t": T, "x": x}), "gaps")
