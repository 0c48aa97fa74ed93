"""Sums that do not stand for integrals are noticed, and are no reason for terms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives.axis import Axis
from physforge.discovery import discover
from physforge.discovery.weak.axis_functions import AxisFunctions
from physforge.discovery.weak.columns import Column
from physforge.discovery.weak.resolution import unresolved
from physforge.discovery.weak.rows import integrate
from physforge.discovery.weak.source import Source

T = np.linspace(0.0, 0.6, 121)


def front(width: float, x: np.ndarray) -> np.ndarray:
    """A front that stands and grows: where it lies between the samples does not average out."""
    return -T[:, None] * np.tanh((x[None, :] - 0.007) / width)


def rate_in_rows(width: float, points: int, noise: float = 0.0) -> tuple[Source, list]:
    x = np.linspace(-1.0, 1.0, points)
    u = front(width, x)
    axes = [Axis("t", T, None), Axis("x", x, None)]
    source = Source(axes, [u + noise * np.random.default_rng(0).standard_normal(u.shape)], [noise**2])
    functions = [AxisFunctions.place(axes[0], 0.12, 12), AxisFunctions.place(axes[1], 0.3, 20)]
    columns = [Column.of_derivative("u_t", ["u"], ["t", "x"])]
    return source, [integrate(source, functions, columns)]


@pytest.mark.parametrize("width", [0.01, 0.02])
def test_the_error_of_sums_over_every_second_sample(width):
    source, runs = rate_in_rows(width, 81)
    coarse, fine = (rate_in_rows(width, points)[1][0].values[:, 0] for points in (41, 1281))
    true = np.sqrt(np.mean((coarse - fine) ** 2) / np.mean(fine**2))
    assert true > 3e-3
    assert unresolved(source, runs, 1) == pytest.approx(true, rel=0.3)


def test_a_smooth_field_is_resolved():
    assert unresolved(*rate_in_rows(0.4, 161), 1) < 1e-4


def test_noise_is_not_taken_for_a_front():
    source, runs = rate_in_rows(0.02, 81, noise=0.05)
    assert unresolved(source, runs, 1) == 0.0
    assert unresolved(replace(source, variances=[0.0]), runs, 1) == 0.0


def test_a_front_between_two_samples_makes_no_terms():
    # By Cole and Hopf: two fronts run into a third that stands, and make it steeper.
    t, x, nu = np.linspace(0.0, 1.2, 120), np.linspace(-1.0, 1.013, 200), 0.005
    states = [(1.0, -0.3), (0.4, 0.0), (-0.4, 0.0), (-1.0, -0.3)]
    logs = np.array([(-k * x[None, :] + 0.5 * k**2 * t[:, None] + c) / (2 * nu) for k, c in states])
    weights = np.exp(logs - np.max(logs, axis=0))
    u = np.einsum("i,itx->tx", [k for k, _ in states], weights) / np.sum(weights, axis=0)
    result = discover(xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": x}))
    assert result.status == "settled"
    assert result.equation.matches(f"u_t = -u*u_x + {nu}*u_xx", rtol=0.05)
