"""Noise of time series: warned of where it is correlated, and not where it is white."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import xarray as xr
from scipy.signal import lfilter

from physforge.derivatives import differentiate
from physforge.derivatives.gaussian.line_colour import noise_colour
from physforge.errors import DerivativeWarning

COUNT = 300
S = np.arange(COUNT, dtype=np.float64)

#: Down to fronts and waves of a dozen samples.
FIELDS = {
    "waves": np.exp(np.sin(S / 15)),
    "chirp to 12 samples a period": np.sin(2 * np.pi * (S / 60 + (1 / 12 - 1 / 60) * S**2 / 600)),
    "front": np.tanh((S - 140) / 5),
    "nothing": 0.0 * S,
}


def noise(rng: np.random.Generator, correlation: float, count: int = COUNT) -> np.ndarray:
    white = rng.standard_normal(count + 200)
    return np.sqrt(1 - correlation**2) * lfilter([1.0], [1.0, -correlation], white)[200:]


def noticed(values: np.ndarray, points: np.ndarray = S) -> bool:
    colour = noise_colour(points, (values - np.mean(values)) / np.std(values))
    return colour is not None and colour.noticeable


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("level", [0.01, 0.25])
def test_white_noise_is_noticed_once_in_a_hundred_times(field, level):
    draws = [FIELDS[field] + level * noise(np.random.default_rng(seed), 0.0) for seed in range(40)]
    # The goal is 5 %: more than 2 of 40 happen with a probability of 0.7 % at the level of 1 %.
    assert sum(noticed(values) for values in draws) <= 2


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("correlation", [0.5, 0.7, 0.9])
def test_correlated_noise_is_noticed(field, correlation):
    draws = [FIELDS[field] + 0.1 * noise(np.random.default_rng([seed, 1]), correlation) for seed in range(20)]
    # 300 samples tell a correlation of 0.5 in nine cases of ten, and 0.7 nearly always.
    assert sum(noticed(values) for values in draws) >= (15 if correlation == 0.5 else 17)


def test_the_significance_of_white_noise_is_standard_normal():
    rng = np.random.default_rng(0)
    # Neither the spacing nor the distribution of the noise matters, only that samples are independent.
    points = np.sort(rng.uniform(0.0, 1.0, 200))
    found = [noise_colour(points, rng.standard_t(5, 200)) for _ in range(200)]
    sds = [colour.significance for colour in found if colour is not None]
    assert len(sds) > 190
    assert np.mean(sds) == pytest.approx(0.0, abs=0.25)
    assert np.std(sds) == pytest.approx(1.0, abs=0.17)


def test_the_correlation_is_that_of_neighbours():
    for correlation in (0.5, 0.7):
        found = [
            noise_colour(np.arange(4000.0), noise(np.random.default_rng([seed, 4]), correlation, 4000))
            for seed in range(4)
        ]
        assert np.mean([colour.correlation for colour in found if colour]) == pytest.approx(correlation, abs=0.08)


def test_a_field_that_is_fine_is_not_taken_for_noise():
    draws = [noise(np.random.default_rng(seed), 0.0) for seed in range(20)]
    for period in (8, 6, 4, 3):
        assert sum(noticed(np.sin(2 * np.pi * S / period) + 0.1 * white) for white in draws) <= 1
    assert sum(noticed(np.tanh((S - 140.3) / 1.5) + 0.01 * white) for white in draws) <= 1


@pytest.mark.parametrize(
    "values",
    [*FIELDS.values(), np.tanh((S - 140.3) / 1.5), np.round(np.exp(np.sin(S / 15)), 4), S, np.abs(S % 100 - 50)],
)
def test_samples_without_noise_are_not_warned_of(values):
    assert noise_colour(S, (values - np.mean(values)) / (np.std(values) or 1.0)) is None


def test_short_series_are_left_alone():
    for count in (4, 10, 30):
        assert noise_colour(S[:count], noise(np.random.default_rng(0), 0.9, count)) is None


@pytest.mark.parametrize("gaps", [False, True])
def test_a_time_series_is_warned_of_by_what_was_found(gaps):
    t = 0.01 * S
    field = xr.Dataset({"u": ("t", FIELDS["waves"] + 0.1 * noise(np.random.default_rng([5, 1]), 0.7))}, {"t": t})
    if gaps:
        field["u"][40:300:13] = np.nan
    with pytest.warns(DerivativeWarning, match="'u' along 't' is not that of white noise") as record:
        d = differentiate(field, "u_t", method="gp")
    assert len(record) == 1
    assert "correlates by about +0." in d["u_t"].attrs["warning"]
    assert "too small" in d["u_t"].attrs["warning"]


def test_a_time_series_with_white_noise_is_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed, (name, field) in enumerate(FIELDS.items()):
            noisy = field + 0.1 * noise(np.random.default_rng([seed, 2]), 0.0)
            d = differentiate(xr.Dataset({"u": ("t", noisy)}, {"t": 0.01 * S}), "u_t", method="gp")
            assert "warning" not in d["u_t"].attrs, name
