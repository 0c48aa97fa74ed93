"""Methods of other packages: the same figures, in our dress."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives import differentiate
from physforge.derivatives.derivative_adapter import DerivativePackage
from physforge.derivatives.pynumdiff_adapter import PyNumDiff
from physforge.errors import DerivativeError

T = np.linspace(0.0, 6.0, 150)
EXACT, SLOPE = np.sin(2.0 * T), 2.0 * np.cos(2.0 * T)

METHODS = [
    *(PyNumDiff(method=name) for name in ("butterdiff", "finitediff", "kerneldiff", "polydiff", "rbfdiff")),
    *(PyNumDiff(method=name) for name in ("rtsdiff", "savgoldiff", "splinediff")),
    *(DerivativePackage(method=name) for name in ("finite_difference", "spline", "trend_filtered")),
    DerivativePackage(method="kalman", parameters={"alpha": 1e-3}),
]


def series(noise: float, t: np.ndarray = T) -> xr.Dataset:
    values = np.sin(2.0 * t) + noise * np.random.default_rng(0).standard_normal(len(t))
    return xr.Dataset({"u": ("t", values)}, {"t": t})


@pytest.fixture(autouse=True)
def _leave_other_packages_alone():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.describe())
def test_a_clean_slope_comes_out_in_either_direction(method):
    d = differentiate(series(0.0), "u_t", method=method.model_copy(update={"draws": 2}))
    inside = slice(15, -15)
    assert float(np.abs(d["u_t"] - SLOPE)[inside].max()) < 0.25
    back = differentiate(
        series(0.0).isel(t=slice(None, None, -1)), "u_t", method=method.model_copy(update={"draws": 2})
    )
    assert float(np.abs(back["u_t"][::-1] - SLOPE)[inside].max()) < 0.25


def test_the_figures_are_the_packages_own():
    import derivative
    import pynumdiff

    ds = series(0.05)
    ours = differentiate(ds, "u_t", method=PyNumDiff(method="rtsdiff", parameters={"order": 2, "log_qr_ratio": 6.0}))
    theirs = pynumdiff.rtsdiff(ds["u"].to_numpy(), T[1] - T[0], order=2, log_qr_ratio=6.0)[1]
    np.testing.assert_allclose(ours["u_t"], theirs, rtol=1e-9, atol=1e-9)
    ours = differentiate(ds, "u_t", method=DerivativePackage(method="kalman", parameters={"alpha": 1.0}))
    np.testing.assert_allclose(ours["u_t"], derivative.Kalman(alpha=1.0).d(ds["u"].to_numpy(), T), rtol=1e-9)


def test_the_sd_is_what_the_noise_makes_of_the_derivative():
    method = PyNumDiff(method="savgoldiff", draws=200)
    told = series(0.05).assign(u_sd=("t", np.full(150, 0.05)))
    sd = differentiate(told, "u_t", method=method)["u_t_sd"]
    rng = np.random.default_rng(5)
    lean = method.model_copy(update={"draws": 2})
    made = [
        differentiate(xr.Dataset({"u": ("t", EXACT + 0.05 * rng.standard_normal(150))}, {"t": T}), "u_t", method=lean)[
            "u_t"
        ]
        for _ in range(200)
    ]
    np.testing.assert_allclose(np.std(made, axis=0)[10:-10], sd[10:-10], rtol=0.35)


def test_options_and_grids_that_do_not_fit_are_refused():
    with pytest.raises(DerivativeError, match="PyNumDiff's rtsdiff has no option 'wrong'; it has order, log_qr_ratio"):
        differentiate(series(0.0), "u_t", method=PyNumDiff(method="rtsdiff", parameters={"wrong": 1}))
    uneven = series(0.0, np.sort(np.random.default_rng(0).uniform(0.0, 6.0, 60)))
    with pytest.raises(DerivativeError, match="savgoldiff needs equal steps; use one of polydiff"):
        differentiate(uneven, "u_t", method=PyNumDiff(method="savgoldiff"))
    grid = xr.Dataset({"u": (("t", "x"), np.outer(T, T))}, {"t": T, "x": T})
    with pytest.raises(DerivativeError, match="'u_tx' is along several axes"):
        differentiate(grid, "u_tx", method=DerivativePackage())
