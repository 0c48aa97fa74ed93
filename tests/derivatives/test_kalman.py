"""The Kalman smoother: exact where its model is, honest about noise, on any times."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives import differentiate
from physforge.derivatives.kalman import Kalman
from physforge.errors import DerivativeError


def wave(t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.sin(2.0 * t), 2.0 * np.cos(2.0 * t), -4.0 * np.sin(2.0 * t)


def series(t: np.ndarray, noise: float, seed: int = 0) -> xr.Dataset:
    return xr.Dataset({"u": ("t", wave(t)[0] + noise * np.random.default_rng(seed).standard_normal(len(t)))}, {"t": t})


def test_a_parabola_is_recovered_on_irregular_falling_times():
    t = np.sort(np.random.default_rng(0).uniform(0.0, 4.0, 60))[::-1]
    d = differentiate(xr.Dataset({"u": ("t", 1.0 + 2.0 * t - t**2)}, {"t": t}), ["u_t", "u_tt"], method="kalman")
    np.testing.assert_allclose(d["u_t"], 2.0 - 2.0 * t, atol=1e-4)
    np.testing.assert_allclose(d["u_tt"], -2.0, atol=1e-3)


def test_the_error_falls_fast_with_the_step():
    def error(count: int) -> float:
        t = np.linspace(0.0, 6.0, count)
        return float(np.abs(differentiate(series(t, 0.0), "u_t", method="kalman")["u_t"] - wave(t)[1])[5:-5].max())

    assert error(48) < error(24) / 3.5


def test_bands_cover_what_they_promise():
    hits, errors = [], []
    for seed in range(12):
        t = np.sort(np.random.default_rng(100 + seed).uniform(0.0, 6.0, 200))
        d = differentiate(series(t, 0.1, seed), ["u_t", "u_tt"], method="kalman")
        pairs = list(zip(("u", "u_t", "u_tt"), wave(t), strict=True))
        hits.append([np.mean(np.abs(d[n] - e) < 1.96 * d[f"{n}_sd"]) for n, e in pairs])
        errors.append([np.sqrt(np.mean((d[n] - e) ** 2)) for n, e in pairs])
    assert np.all(np.mean(hits, axis=0) > 0.9)
    assert np.all(np.mean(errors, axis=0) < [0.06, 0.3, 1.6])


def test_missing_samples_widen_the_band_and_known_noise_is_believed():
    t = np.linspace(0.0, 6.0, 200)
    gappy = series(t, 0.1)
    gappy["u"][90:110] = np.nan
    d = differentiate(gappy, "u_t", method="kalman")
    assert float(d["u_sd"][100]) > 1.5 * float(d["u_sd"][50])
    told = series(t, 0.1).assign(u_sd=("t", np.where(t < 3.0, 0.1, 10.0)))
    d = differentiate(told, "u_t", method="kalman")
    assert float(d["u_sd"][150]) > 5.0 * float(d["u_sd"][50])


def test_units_do_not_matter_and_lines_of_a_field_are_independent():
    t = np.linspace(0.0, 6.0, 80)
    one = differentiate(series(t, 0.1), "u_tt", method="kalman")
    scaled = (1e-6 * series(t, 0.1)).assign_coords(t=1e3 * t)
    other = differentiate(scaled, "u_tt", method="kalman")
    np.testing.assert_allclose(
        1e12 * other["u_tt"], one["u_tt"], rtol=1e-6, atol=1e-6 * float(np.abs(one["u_tt"]).max())
    )
    np.testing.assert_allclose(1e12 * other["u_tt_sd"], one["u_tt_sd"], rtol=1e-6)
    twice = xr.concat([series(t, 0.1), series(t, 0.1)], "x").assign_coords(x=[0.0, 1.0])
    field = differentiate(twice, "u_tt", method="kalman")
    np.testing.assert_allclose(field["u_tt"][0], field["u_tt"][1])
    np.testing.assert_allclose(field["u_tt"][0], one["u_tt"], rtol=0.05, atol=0.05)


def test_what_it_cannot_do_it_says():
    t = np.linspace(0.0, 6.0, 20)
    grid = xr.Dataset({"u": (("t", "x"), np.outer(t, t))}, {"t": t, "x": t})
    with pytest.raises(DerivativeError, match="'u_tx' is along several axes"):
        differentiate(grid, "u_tx", method="kalman")
    with pytest.raises(DerivativeError, match=r"order 3 of 'u' needs as many states; give Kalman\(states=3\)"):
        differentiate(grid, "u_ttt", method=Kalman(states=2))
    with pytest.raises(DerivativeError, match="needs at least 4 samples along 't'; there are 3"):
        differentiate(series(t[:3], 0.0), "u_t", method="kalman")
