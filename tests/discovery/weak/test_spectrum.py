"""Noise and detail that the data show, and the reach of test functions that follows."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from physforge.derivatives.axis import Axis
from physforge.discovery.weak import spectrum
from physforge.discovery.weak.spectrum import half_width, lines, noise_level, widest_half_width

T = np.linspace(0.0, 4.0, 120)
X = np.linspace(0.0, 20.0, 300)
AXES = (Axis("t", T), Axis("x", X))


def pulses() -> np.ndarray:
    """Moving pulses with an rms of 0.45, smooth on the scale of 1.2."""
    t, x = T[:, None], X[None, :]
    return np.exp(-(((x - 5 - 2 * t) / 1.2) ** 2)) + 0.7 * np.exp(-(((x - 15 + t) / 1.2) ** 2))


def measured(sd: float, seed: int = 0) -> np.ndarray:
    return pulses() + sd * np.random.default_rng(seed).standard_normal((len(T), len(X)))


@pytest.mark.parametrize("sd", [1e-4, 1e-2, 0.3, 3.0])
def test_the_noise_is_known_within_two_per_cent(sd):
    found = [noise_level(measured(sd, seed), AXES) for seed in range(5)]
    # The least of many estimates lies a little below; its variance enters twice that.
    assert np.mean(found) == pytest.approx(sd, rel=0.02)
    assert np.ptp(found) < 0.04 * sd


def test_the_noise_is_found_along_the_axis_that_resolves_the_field():
    rough = np.random.default_rng(1).standard_normal(len(T))[:, None] * np.cos(X)[None, :]
    field = rough + 0.1 * np.random.default_rng(2).standard_normal(rough.shape)
    assert noise_level(field, AXES) == pytest.approx(0.1, rel=0.03)


def test_without_noise_there_is_next_to_none():
    assert noise_level(pulses(), AXES) < 1e-5
    assert noise_level(np.full((50, 50), 2.0), [Axis("t", T[:50]), Axis("x", X[:50])]) == 0.0


@pytest.mark.parametrize("index", [0, 1])
def test_more_noise_makes_functions_wider(index):
    levels = (1e-4, 0.03, 0.3)
    reaches = [
        np.mean([half_width([measured(sd, seed)], [sd], index, AXES[index], 2) for seed in range(3)]) for sd in levels
    ]
    assert reaches[0] < reaches[1] < reaches[2] * 1.0001
    assert reaches[2] > 1.15 * reaches[0]
    assert reaches[2] <= widest_half_width(AXES[index]) * (1 + 1e-12)


def test_finer_detail_makes_functions_narrower():
    waves = [np.sin(number * X)[None, :] * np.cos(T)[:, None] for number in (2.0, 4.0, 8.0)]
    rng = np.random.default_rng(0)
    reaches = [half_width([one + 0.5 * rng.standard_normal(one.shape)], [0.5], 1, AXES[1], 0) for one in waves]
    # The corner stands a wave or two above the field's, so that each reach is about half of the last.
    assert reaches[0] / reaches[1] == pytest.approx(1.8, rel=0.15)
    assert reaches[1] / reaches[2] == pytest.approx(1.8, rel=0.15)
    # With two fields the finer one decides.
    both = half_width([waves[0], waves[2]], [0.05, 0.05], 1, AXES[1], 0)
    assert both == pytest.approx(half_width([waves[2]], [0.05], 1, AXES[1], 0))


def test_reaches_hold_enough_samples_for_the_derivative():
    rough = np.random.default_rng(0).standard_normal((120, 300))
    step = X[1] - X[0]
    reaches = [half_width([rough], [1e-3], 1, AXES[1], order) for order in (0, 2, 4)]
    assert reaches[0] >= 5.9 * step
    assert np.all(np.diff(reaches) >= 4.9 * step)


@pytest.mark.parametrize(("unit", "scale"), [(1e6, 1.0), (1e-3, 1e4), (1.0, 1e-9)])
def test_units_do_not_matter(unit, scale):
    field = measured(0.05)
    plain = half_width([field], [0.05], 1, AXES[1], 2)
    found = half_width([field * scale], [0.05 * scale], 1, Axis("x", X * unit), 2)
    assert found == pytest.approx(unit * plain, rel=1e-9)
    axes = [Axis("t", T), Axis("x", X * unit)]
    assert noise_level(field * scale, axes) == pytest.approx(scale * noise_level(field, AXES), rel=1e-9)


def test_points_that_are_not_uniform_give_about_the_same_reach():
    moved = X + 0.3 * (X[1] - X[0]) * np.sin(np.arange(300))
    field = np.sin(2 * moved)[None, :] * np.cos(T)[:, None] + 0.05 * np.random.default_rng(0).standard_normal(
        (120, 300)
    )
    even = np.sin(2 * X)[None, :] * np.cos(T)[:, None] + 0.05 * np.random.default_rng(1).standard_normal((120, 300))
    assert half_width([field], [0.05], 1, Axis("x", moved), 2) == pytest.approx(
        half_width([even], [0.05], 1, AXES[1], 2), rel=0.1
    )


@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize("most", [10**6, 700])
def test_lines_of_lazy_arrays_are_those_in_memory(index, most, monkeypatch):
    monkeypatch.setattr(spectrum, "_MOST", most)
    field = np.random.default_rng(0).standard_normal((12, 15, 20))
    found = lines(field, index)
    np.testing.assert_array_equal(lines(da.from_array(field, chunks=(5, 15, 7)), index), found)
    assert len(found) == field.shape[index]
    assert found.size <= most
    # They are whole lines of the field.
    whole = np.moveaxis(field, index, 0).reshape(len(found), -1)
    assert {tuple(one) for one in found.T} <= {tuple(one) for one in whole.T}
