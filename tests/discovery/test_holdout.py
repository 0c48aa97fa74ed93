"""Forecasts of held-out data: from which state they start, and what counts as an error."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.discovery.holdout import forecast_errors
from physforge.equations import System

T = np.linspace(0.0, 12.0, 400)
OSCILLATOR = System.parse("x_t = v; v_t = -4*x")


def swings(noise: float, seed: int = 0) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    fields = {"x": np.cos(2 * T), "v": -2 * np.sin(2 * T)}
    return xr.Dataset(
        {name: ("t", one + noise * np.std(one) * rng.standard_normal(T.size)) for name, one in fields.items()},
        {"t": T},
    )


@pytest.mark.parametrize("seed", range(3))
def test_noise_in_the_first_sample_does_not_spoil_the_forecast(seed):
    held = swings(0.2, seed)
    # A first sample far off, as one in twenty is; the law is exact, so only noise is left.
    held["x"][0] += 0.4
    errors = forecast_errors(OSCILLATOR, held).set_index("field")["relative_error"]
    assert (errors < 0.25).all()
    assert (errors > 0.15).all()


def test_without_noise_the_first_sample_is_taken_as_it_is():
    table = forecast_errors(OSCILLATOR, swings(0.0)).set_index("field")
    assert (table["relative_error"] < 1e-5).all()
    assert (table["horizon"] == 12.0).all()


def test_a_law_of_second_order_starts_with_its_rate():
    held = swings(0.05)[["x"]]
    table = forecast_errors(System.parse("x_tt = -4*x"), held)
    assert table.loc[0, "relative_error"] < 0.2


def test_a_forecast_that_diverges_is_infinitely_wrong():
    table = forecast_errors(System.parse("x_t = x**2; v_t = v"), swings(0.0))
    assert table["status"].str.startswith("diverged").all()
    assert np.isinf(table.set_index("field").loc["x", "relative_error"])
