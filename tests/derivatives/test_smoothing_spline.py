"""The smoothing spline: that of SciPy's cross-validation, with its order and its noise."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.interpolate import make_smoothing_spline

from physforge.derivatives import differentiate
from physforge.derivatives.smoothing_spline import SmoothingSpline
from physforge.errors import DerivativeError


def series(t: np.ndarray, noise: float, seed: int = 0) -> xr.Dataset:
    values = np.sin(2.0 * t) + noise * np.random.default_rng(seed).standard_normal(len(t))
    return xr.Dataset({"u": ("t", values)}, {"t": t})


def test_it_is_the_spline_that_scipy_chooses():
    t = np.sort(np.random.default_rng(1).uniform(0.0, 6.0, 120))
    ds = series(t, 0.1)
    d = differentiate(ds, ["u_t", "u_tt"], method="smoothing-spline")
    peer = make_smoothing_spline(t, ds["u"].to_numpy())
    # Weights are a grid of eighths of a decade or so, and the score is flat.
    assert float(np.abs(d["u"] - peer(t)).max()) < 0.02
    assert float(np.std(d["u_t"] - peer.derivative()(t))) < 0.05 * float(np.std(peer.derivative()(t)))
    assert d["u_t"].attrs["method"] == "cubic smoothing spline"


def test_the_error_falls_as_a_cubic_splines():
    def errors(count: int) -> np.ndarray:
        t = np.linspace(0.0, 6.0, count)
        d = differentiate(series(t, 0.0), ["u_t", "u_tt"], method=SmoothingSpline(weight=1e-8))
        inside = slice(count // 5, -count // 5)
        return np.array(
            [
                np.abs(d["u_t"] - 2.0 * np.cos(2.0 * t))[inside].max(),
                np.abs(d["u_tt"] + 4.0 * np.sin(2.0 * t))[inside].max(),
            ]
        )

    orders = np.log2(errors(60) / errors(119))
    # At the knots of equal steps a cubic spline's slope is of order four.
    assert orders[0] == pytest.approx(4.0, abs=0.4)
    assert orders[1] == pytest.approx(2.0, abs=0.3)


def test_the_sd_is_that_of_the_noise():
    t = np.linspace(0.0, 6.0, 100)
    method = SmoothingSpline(weight=20.0)
    clean = differentiate(series(t, 0.0), "u_t", method=method)["u_t"]
    told = [series(t, 0.1, seed).assign(u_sd=("t", np.full(100, 0.1))) for seed in range(200)]
    made = [differentiate(ds, "u_t", method=method) for ds in told]
    scatter = np.std([d["u_t"] - clean for d in made], axis=0)
    np.testing.assert_allclose(scatter, made[0]["u_t_sd"], rtol=0.2)


def test_units_and_directions_do_not_matter():
    t = np.linspace(0.0, 6.0, 80)
    one = differentiate(series(t, 0.1), ["u_t", "u_tt"], method="smoothing-spline")
    back = differentiate(series(t, 0.1).isel(t=slice(None, None, -1)), ["u_t", "u_tt"], method="smoothing-spline")
    scaled = (1e-6 * series(t, 0.1)).assign_coords(t=1e3 * t)
    other = differentiate(scaled, ["u_t", "u_tt"], method="smoothing-spline")
    for name, unit in (("u_t", 1e-9), ("u_tt", 1e-12), ("u_tt_sd", 1e-12)):
        size = float(np.abs(one[name]).max())
        np.testing.assert_allclose(other[name] / unit, one[name], atol=1e-6 * size)
        np.testing.assert_allclose(back[name][::-1], one[name], atol=1e-6 * size)


def test_what_it_cannot_do_it_says():
    t = np.linspace(0.0, 6.0, 20)
    with pytest.raises(
        DerivativeError, match="A cubic spline has two derivatives; 'u' was to be differentiated 3 times"
    ):
        differentiate(series(t, 0.0), "u_ttt", method="smoothing-spline")
    with pytest.raises(DerivativeError, match="needs at least 5 samples along 't'; there are 4"):
        differentiate(series(t[:4], 0.0), "u_t", method="smoothing-spline")
