"""What real data bring: outliers, and noise that is not white."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import xarray as xr
from scipy.signal import lfilter

from physforge.derivatives import GaussianProcess, differentiate
from physforge.errors import DerivativeWarning

T, X = np.linspace(0.0, 3.0, 60), np.linspace(0.0, 2 * np.pi, 64, endpoint=False)
COORDS = {"t": T, "x": ("x", X, {"period": 2 * np.pi})}
EXACT = np.exp(np.sin(X[None, :] - T[:, None]))
EXACT_X = np.cos(X[None, :] - T[:, None]) * EXACT


def field(noise: np.ndarray) -> xr.Dataset:
    return xr.Dataset({"u": (("t", "x"), EXACT + 0.05 * noise)}, COORDS)


def with_outliers(noise: np.ndarray, rng: np.random.Generator, share: float = 0.01) -> np.ndarray:
    hit = rng.random(noise.shape) < share
    return noise + hit * rng.choice([-1.0, 1.0], noise.shape) * rng.uniform(20.0, 60.0, noise.shape)


def error(d: xr.Dataset, name: str, exact: np.ndarray) -> float:
    return float(np.sqrt(np.mean((d[name] - exact) ** 2)))


@pytest.mark.filterwarnings("ignore::physforge.errors.DerivativeWarning")
def test_outliers_hardly_matter_with_student_noise():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(EXACT.shape)
    spoilt = field(with_outliers(noise, rng))
    untouched = differentiate(field(noise), "u_x", method="gp")
    clean = error(untouched, "u_x", EXACT_X)
    robust = differentiate(spoilt, "u_x", method=GaussianProcess(noise="student-t"))
    assert error(robust, "u_x", EXACT_X) < 1.5 * clean
    assert error(differentiate(spoilt, "u_x", method="gp"), "u_x", EXACT_X) > 2.0 * clean
    covered = [float(np.mean(np.abs(d["u_x"] - EXACT_X) < 1.96 * d["u_x_sd"])) for d in (untouched, robust)]
    assert covered[1] == pytest.approx(covered[0], abs=0.05)


@pytest.mark.filterwarnings("ignore::physforge.errors.DerivativeWarning")
def test_outliers_on_a_line():
    t = np.linspace(0.0, 6.0, 300)
    exact, slope = np.exp(np.sin(t)), np.cos(t) * np.exp(np.sin(t))
    ratios = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        noise = rng.standard_normal(300)
        spoilt = xr.Dataset({"u": ("t", exact + 0.05 * with_outliers(noise, rng, 0.02))}, {"t": t})
        clean = xr.Dataset({"u": ("t", exact + 0.05 * noise)}, {"t": t})
        robust = differentiate(spoilt, "u_t", method=GaussianProcess(noise="student-t"))
        ratios.append(error(robust, "u_t", slope) / error(differentiate(clean, "u_t", method="gp"), "u_t", slope))
    assert np.exp(np.mean(np.log(ratios))) < 1.5


def test_white_noise_is_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(6):
            differentiate(field(np.random.default_rng(seed).standard_normal(EXACT.shape)), "u_x", method="gp")


@pytest.mark.parametrize("correlation", [0.5, 0.9])
def test_noise_that_is_correlated_in_time_is_warned_of(correlation):
    white = np.random.default_rng(1).standard_normal(EXACT.shape)
    coloured = lfilter([np.sqrt(1 - correlation**2)], [1.0, -correlation], white, axis=0)
    with pytest.warns(DerivativeWarning, match="The residuals of 'u' are not white along 't'"):
        d = differentiate(field(coloured), "u_x", method="gp")
    assert "correlated from sample to sample" in d["u_x"].attrs["warning"]


def test_a_front_that_the_samples_do_not_resolve_is_warned_of():
    x = np.linspace(-1.0, 1.0, 128)
    front = -np.sign(x[None, :] - 0.3 * np.linspace(-1.0, 1.0, 40)[:, None])
    noise = 0.01 * np.random.default_rng(0).standard_normal(front.shape)
    ds = xr.Dataset({"u": (("t", "x"), front + noise)}, {"t": np.linspace(-1.0, 1.0, 40), "x": x})
    with pytest.warns(DerivativeWarning, match="a shock or detail"):
        differentiate(ds, "u_x", method="gp")
