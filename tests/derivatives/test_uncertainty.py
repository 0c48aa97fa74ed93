"""The standard deviations that come with derivatives, against Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives import FiniteDifference, SavitzkyGolay, Spectral, differentiate, estimate_noise
from physforge.derivatives.axis import Axis

RUNS = 400


@pytest.mark.parametrize("varying", [False, True])
@pytest.mark.parametrize(
    "method", [FiniteDifference(order=4), SavitzkyGolay(window=7, polynomial=3), Spectral(), Spectral(cutoff=0.5)]
)
def test_sd_is_the_scatter_over_repeated_measurements(method, varying):
    rng = np.random.default_rng(0)
    t, x = np.linspace(0.0, 1.0, 12), np.linspace(0.0, 2 * np.pi, 16, endpoint=False)
    sd = 0.1 * np.ones((12, 16)) if not varying else 0.1 + 0.3 * rng.random((12, 16))
    names = ["u_x", "u_xx"] if isinstance(method, Spectral) else ["u_t", "u_tx"]
    coords = {"t": t, "x": ("x", x, {"period": 2 * np.pi})}
    runs = []
    for _ in range(RUNS):
        ds = xr.Dataset(
            {"u": (("t", "x"), sd * rng.standard_normal(sd.shape)), "u_sd": (("t", "x"), sd)}, coords=coords
        )
        runs.append(differentiate(ds, names, method=method))
    for name in ["u", *names]:
        scatter = np.std([run[name].to_numpy() for run in runs], axis=0)
        # A standard deviation from 400 runs is known to 3.5 %; the worst of 192 by five times that.
        np.testing.assert_allclose(runs[0][f"{name}_sd"], scatter, rtol=0.2)


def test_a_repeated_end_has_the_sd_of_the_first_sample():
    x = np.linspace(0.0, 1.0, 21)
    u = np.sin(2 * np.pi * x)
    u[-1] = u[0]
    sd = np.linspace(0.1, 0.5, 21)
    ds = xr.Dataset({"u": ("x", u), "u_sd": ("x", sd)}, {"x": ("x", x, {"period": 1.0})})
    d = differentiate(ds, "u_x", method="spectral")
    assert d["u_x_sd"][0] == d["u_x_sd"][-1]


@pytest.mark.parametrize("sigma", [1e-6, 1e-3, 0.1])
def test_noise_is_estimated_within_ten_percent_on_smooth_data(sigma):
    rng = np.random.default_rng(1)
    t = np.linspace(0.0, 4.0, 60)
    x = np.sort(rng.uniform(0.0, 6.0, 50))
    smooth = np.sin(x)[None, :] * np.exp(-t)[:, None]
    noisy = smooth + sigma * rng.standard_normal(smooth.shape)
    assert estimate_noise(noisy, [Axis("t", t), Axis("x", x)]) == pytest.approx(sigma, rel=0.1)


def test_noise_estimate_is_not_moved_by_a_shock():
    rng = np.random.default_rng(2)
    x = np.linspace(-1.0, 1.0, 400)
    noisy = np.where(x > 0.1, -5.0, 5.0) + 0.01 * rng.standard_normal(400)
    assert estimate_noise(noisy, [Axis("x", x)]) == pytest.approx(0.01, rel=0.25)


def test_noise_of_clean_data_is_round_off():
    x = np.linspace(0.0, 6.0, 400)
    assert estimate_noise(np.sin(x), [Axis("x", x)]) < 1e-14


def test_given_sd_replaces_the_estimate():
    x = np.linspace(0.0, 6.0, 50)
    ds = xr.Dataset({"u": ("x", np.sin(x)), "u_sd": ("x", np.full(50, 0.25))}, {"x": x})
    d = differentiate(ds, "u_x", method=FiniteDifference(order=2))
    np.testing.assert_allclose(d["u_sd"], 0.25)
    # A central difference over 2 h of two samples of sd s has the sd s / (sqrt(2) h).
    np.testing.assert_allclose(d["u_x_sd"][1:-1], 0.25 / (np.sqrt(2) * (x[1] - x[0])))
