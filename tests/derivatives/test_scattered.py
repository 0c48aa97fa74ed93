"""Scattered samples: the mathematics of the reduced basis, errors and what the bands promise."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives import differentiate
from physforge.derivatives.gaussian.evidence import Fit
from physforge.derivatives.gaussian.scattered_basis import project_cloud
from physforge.derivatives.gaussian.scattered_cloud import cloud_of
from physforge.derivatives.points import points_of
from physforge.errors import DerivativeError


def waves(count: int, noise: float, seed: int = 0) -> tuple[xr.Dataset, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    t, x = rng.uniform(0.0, 3.0, count), rng.uniform(-2.0, 2.0, count)
    phase, other = 2.0 * x - 1.5 * t, x + 2.0 * t
    u = np.sin(phase) + 0.5 * np.cos(other)
    exact = {
        "u": u,
        "u_t": -1.5 * np.cos(phase) - np.sin(other),
        "u_x": 2.0 * np.cos(phase) - 0.5 * np.sin(other),
        "u_xx": -4.0 * np.sin(phase) - 0.5 * np.cos(other),
        "u_tx": 3.0 * np.sin(phase) - np.cos(other),
    }
    noisy = u + noise * np.std(u) * rng.standard_normal(count)
    return xr.Dataset({"u": ("point", noisy)}, {"t": ("point", t), "x": ("point", x)}), exact


def test_the_gradient_of_the_evidence_is_its_derivative():
    ds, _ = waves(200, 0.1)
    cloud = cloud_of(points_of(ds, "u"))
    projection = project_cloud(cloud, Fit("matern-5/2", (0.4, 0.3), 1.2, 0.02, 0.0), 120)

    def evidence(logs: np.ndarray) -> float:
        first, second, variance, noise = np.exp(logs)
        return projection.log_evidence(Fit("matern-5/2", (first, second), variance, noise, 0.0))[0]

    logs = np.log([0.4, 0.3, 1.2, 0.02])
    gradient = projection.log_evidence(Fit("matern-5/2", (0.4, 0.3), 1.2, 0.02, 0.0))[1]
    numeric = [(evidence(logs + step) - evidence(logs - step)) / 2e-5 for step in 1e-5 * np.eye(4)]
    np.testing.assert_allclose(gradient, numeric, rtol=1e-5)


def test_errors_are_small_and_bands_cover_them():
    hits, errors = [], []
    for seed in range(4):
        ds, exact = waves(500, 0.05, seed)
        d = differentiate(ds, ["u_t", "u_x", "u_xx", "u_tx"], method="gp")
        assert d["u_x"].dims == ("point",)
        errors.append([np.sqrt(np.mean((d[n] - e) ** 2)) / np.std(e) for n, e in exact.items()])
        hits.append([np.mean(np.abs(d[n] - e) < 1.96 * d[f"{n}_sd"]) for n, e in exact.items()])
    assert np.all(np.mean(errors, axis=0) < [0.02, 0.06, 0.06, 0.15, 0.15])
    assert np.all(np.mean(hits, axis=0) > 0.87)
    assert np.all(np.mean(hits, axis=0) < 0.999)


def test_missing_samples_and_units():
    ds, exact = waves(300, 0.05)
    gappy = ds.where(np.random.default_rng(1).random(300) > 0.1)
    d = differentiate(gappy, "u_x", method="gp")
    assert np.isfinite(d["u_x"]).all()
    assert np.sqrt(np.mean((d["u_x"] - exact["u_x"]) ** 2)) < 0.1 * np.std(exact["u_x"])
    scaled = (1e-3 * ds).assign_coords(t=1e3 * ds["t"], x=1e6 * ds["x"])
    one, other = differentiate(ds, "u_xx", method="gp"), differentiate(scaled, "u_xx", method="gp")
    change = np.abs(1e15 * other["u_xx"] - one["u_xx"]).max() / np.abs(one["u_xx"]).max()
    assert float(change) < 1e-6


def test_methods_that_need_a_grid_say_so():
    ds, _ = waves(50, 0.0)
    with pytest.raises(DerivativeError, match="is sampled at scattered points, and FiniteDifference needs a grid"):
        differentiate(ds, "u_x", method="finite-difference")
