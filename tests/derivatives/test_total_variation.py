"""Total variation: kinks stay kinks, and the minimum is one."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives import differentiate
from physforge.derivatives.total_variation import TotalVariation, _bends, _solve
from physforge.errors import DerivativeError

T = np.linspace(0.0, 3.0, 181)
SLOPE = np.where(T < 1.0, 1.0, np.where(T < 2.0, -2.0, 0.5))
EXACT = np.interp(T, [0.0, 1.0, 2.0, 3.0], [0.0, 1.0, -1.0, -0.5])


def series(noise: float, seed: int = 0) -> xr.Dataset:
    return xr.Dataset({"u": ("t", EXACT + noise * np.random.default_rng(seed).standard_normal(len(T)))}, {"t": T})


def away_from_kinks() -> np.ndarray:
    return (np.abs(T - 1.0) > 0.1) & (np.abs(T - 2.0) > 0.1)


def test_the_answer_is_the_minimum():
    rng = np.random.default_rng(0)
    times = np.sort(rng.uniform(0.0, 40.0, 40))
    values, bends = rng.standard_normal(40), _bends(times)
    best = _solve(bends, values, 0.3)

    def objective(field: np.ndarray) -> float:
        changes = np.diff(np.diff(field) / np.diff(times))
        return 0.5 * float(np.sum((values - field) ** 2)) + 0.3 * float(np.sum(np.abs(changes)))

    least = objective(best)
    for _ in range(300):
        assert objective(best + 1e-3 * rng.standard_normal(40)) > least
    # Straight lines and single kinks are the directions in which a wrong minimum would fall.
    for kink in times:
        for size in (-1e-3, 1e-3):
            assert objective(best + size * np.maximum(times - kink, 0.0)) > least - 1e-6


def test_kinks_are_kept_better_than_by_smooth_methods():
    ours = differentiate(series(0.02), "u_t", method="total-variation")
    smooth = differentiate(series(0.02), "u_t", method="smoothing-spline")
    error, other = (float(np.sqrt(np.mean((d["u_t"] - SLOPE) ** 2))) for d in (ours, smooth))
    assert error < 0.8 * other
    assert float(np.abs(ours["u_t"] - SLOPE)[away_from_kinks()].max()) < 0.3
    assert float(np.sqrt(np.mean((ours["u"] - EXACT) ** 2))) < 0.02


def test_the_sd_is_of_the_size_of_the_error():
    errors, sds = [], []
    for seed in range(6):
        d = differentiate(series(0.02, seed), "u_t", method="total-variation")
        errors.append((d["u_t"] - SLOPE)[away_from_kinks()])
        sds.append(d["u_t_sd"][away_from_kinks()])
    ratio = np.sqrt(np.mean(np.square(errors))) / np.sqrt(np.mean(np.square(sds)))
    assert 0.3 < ratio < 3.0


def test_units_and_directions_do_not_matter():
    one = differentiate(series(0.02), "u_t", method="total-variation")["u_t"]
    back = differentiate(series(0.02).isel(t=slice(None, None, -1)), "u_t", method="total-variation")["u_t"]
    scaled = (1e-6 * series(0.02)).assign_coords(t=1e3 * T)
    other = differentiate(scaled, "u_t", method="total-variation")["u_t"]
    np.testing.assert_allclose(1e9 * other, one, atol=1e-5)
    np.testing.assert_allclose(back[::-1], one, atol=1e-3)


def test_a_weight_is_believed_and_what_does_not_fit_refused():
    flat = differentiate(series(0.02), "u_t", method=TotalVariation(weight=1e4))["u_t"]
    assert float(np.std(flat)) < 0.02
    with pytest.raises(DerivativeError, match="'u_tt' is beyond a slope that jumps"):
        differentiate(series(0.0), "u_tt", method="total-variation")
    constant = xr.Dataset({"u": ("t", np.full(20, 3.0))}, {"t": T[:20]})
    np.testing.assert_allclose(differentiate(constant, "u_t", method="total-variation")["u_t"], 0.0, atol=1e-12)
