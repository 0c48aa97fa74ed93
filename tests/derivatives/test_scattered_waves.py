"""Waves at scattered points: the algebra of the modes, the directions found and what they are worth."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from scipy.stats import multivariate_normal

from physforge.derivatives import differentiate
from physforge.derivatives.gaussian.evidence import Fit
from physforge.derivatives.gaussian.scattered_cloud import Cloud, cloud_of, plane
from physforge.derivatives.gaussian.scattered_equations import WavePosterior, assemble
from physforge.derivatives.gaussian.scattered_modes import Modes, lattice, waves_at
from physforge.derivatives.gaussian.scattered_rays import find_rays
from physforge.derivatives.gaussian.scattered_reweigh import FINE, Reweighed, reweigh_waves
from physforge.derivatives.points import points_of

SPEEDS = (0.9, -0.6)


def running(count: int, noise: float, seed: int = 0) -> tuple[xr.Dataset, dict[str, np.ndarray]]:
    """A front and a sine, each at its own speed."""
    rng = np.random.default_rng(seed)
    t, x = rng.uniform(0.0, 4.0, count), rng.uniform(0.0, 10.0, count)
    front, phase = (x - 5.0 - SPEEDS[0] * (t - 2.0)) / 0.8, 1.7 * (x - SPEEDS[1] * t)
    slope = 1.0 - np.tanh(front) ** 2
    exact = {
        "u": np.tanh(front) + 0.6 * np.sin(phase),
        "u_t": -SPEEDS[0] / 0.8 * slope - 0.6 * 1.7 * SPEEDS[1] * np.cos(phase),
        "u_x": slope / 0.8 + 0.6 * 1.7 * np.cos(phase),
        "u_xx": -2.0 * np.tanh(front) * slope / 0.64 - 0.6 * 1.7**2 * np.sin(phase),
    }
    noisy = exact["u"] + noise * np.std(exact["u"]) * rng.standard_normal(count)
    return xr.Dataset({"u": ("point", noisy)}, {"t": ("point", t), "x": ("point", x)}), exact


def still(count: int, noise: float, seed: int = 0) -> xr.Dataset:
    """Bumps that come and go where they are."""
    rng = np.random.default_rng(seed)
    t, x = rng.uniform(0.0, 4.0, count), rng.uniform(0.0, 10.0, count)
    u = np.zeros(count)
    for _ in range(25):
        u += rng.normal() * np.exp(-(((t - rng.uniform(0, 4)) / 0.5) ** 2) - ((x - rng.uniform(0, 10)) / 1.0) ** 2)
    noisy = u + noise * np.std(u) * rng.standard_normal(count)
    return xr.Dataset({"u": ("point", noisy)}, {"t": ("point", t), "x": ("point", x)})


def cloud(ds: xr.Dataset) -> Cloud:
    return cloud_of(points_of(ds, "u"))


def test_the_lattice_has_the_covariance_of_the_kernel():
    ds, _ = running(300, 0.1)
    some = cloud(ds)
    modes = lattice(some, Fit("matern-7/2", (0.4, 0.3), 1.3, 1e-7, 0.0))
    lags = np.array([[0.0, 0.0], [0.2, 0.0], [0.0, 0.3], [0.15, -0.2]])
    found = 2.0 * np.cos(lags @ modes.frequencies.T) @ modes.variances

    def matern(lag: np.ndarray, length: float) -> np.ndarray:
        r = math.sqrt(7.0) * np.abs(lag) / length
        return (1.0 + r + 2.0 * r**2 / 5.0 + r**3 / 15.0) * np.exp(-r)

    # The modes that do not vary along an axis are there; the constant is the plane's.
    constant = 1.3 * np.prod([math.sqrt(math.pi) * math.gamma(4.0) / math.gamma(3.5) * 2.0 / math.sqrt(7.0)] * 2)
    expected = 1.3 * matern(lags[:, 0], 0.4) * matern(lags[:, 1], 0.3) - constant * 0.4 * 0.3 / 9.0
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_the_evidence_is_that_of_a_normal_distribution():
    ds, _ = running(60, 0.1)
    some = cloud(ds)
    modes = lattice(some, Fit("matern-5/2", (0.8, 0.6), 1.3, 0.05, 0.0))
    solution = assemble(some, modes, 1.3).solve(modes.variances, 0.05)
    flat = plane(some.bases, some.points, (0, 0))
    waves = waves_at(some.bases, some.points, modes.frequencies) * np.sqrt(np.repeat(modes.variances, 2))
    covariance = 1.3 * flat @ flat.T + waves @ waves.T + 0.05 * np.eye(60)
    assert solution.evidence == pytest.approx(multivariate_normal(np.zeros(60), covariance).logpdf(some.values))


@pytest.mark.parametrize("orders", [(1, 0), (0, 1), (0, 2), (1, 1), (0, 3), (2, 2)])
def test_derivatives_of_modes_are_their_derivatives(orders: tuple[int, int]):
    ds, _ = running(400, 0.1)
    some = cloud(ds)
    modes = lattice(some, Fit("squared-exponential", (0.6, 0.4), 1.0, 0.05, 0.0))
    posterior = WavePosterior(some, modes, assemble(some, modes, 1.0).solve(modes.variances, 0.05))
    axis = 0 if orders[0] else 1
    fewer = tuple(order - (index == axis) for index, order in enumerate(orders))
    step = 1e-4 * some.bases[axis].half

    def mean(shift: float) -> np.ndarray:
        points = [np.linspace(1.0, 3.0, 7), np.linspace(2.0, 8.0, 7)]
        points[axis] = points[axis] + shift
        return posterior.derivatives((points[0], points[1]), [fewer], spread=False)[0][0]

    exact = posterior.derivatives((np.linspace(1.0, 3.0, 7), np.linspace(2.0, 8.0, 7)), [orders])[0][0]
    numeric = (mean(step) - mean(-step)) / 2e-4
    np.testing.assert_allclose(exact, numeric, rtol=1e-4, atol=1e-4 * np.abs(exact).max())


def test_directions_are_those_of_the_profiles():
    ds, _ = running(800, 0.1)
    some = cloud(ds)
    fit = Fit("squared-exponential", (0.4, 0.2), 1.0, 0.01, 0.0)
    found = find_rays(some, fit, lattice(some, fit))
    half = [basis.half for basis in some.bases]
    speeds = []
    for group in range(1, int(found.groups.max()) + 1):
        along_t, along_x = found.frequencies[found.groups == group][0]
        speeds.append(-(along_t / half[0]) / (along_x / half[1]))
    assert min(abs(speed - SPEEDS[0]) for speed in speeds) < 0.08
    assert min(abs(speed - SPEEDS[1]) for speed in speeds) < 0.08


def test_what_does_not_run_keeps_the_kernel():
    d = differentiate(still(800, 0.1), "u_x", method="gp")
    assert "functions" in d["u_x"].attrs["method"]
    assert "direction" not in d["u_x"].attrs["method"]


def test_modes_that_decay_have_variances_of_their_own():
    errors = []
    for seed in (2, 3, 4):
        rng = np.random.default_rng(seed)
        t, x = rng.uniform(0.0, 3.0, 200), rng.uniform(0.0, 2 * np.pi, 200)
        sizes = {1: 1.0, 2: -0.6, 3: 0.5, 5: 0.3}
        modes = {k: size * np.exp(-0.05 * k * k * t) * np.sin(k * x) for k, size in sizes.items()}
        noisy = sum(modes.values()) + 0.05 * rng.standard_normal(200)
        d = differentiate(
            xr.Dataset({"u": ("point", noisy)}, {"t": ("point", t), "x": ("point", x)}), "u_t", method="gp"
        )
        exact = sum(-0.05 * k * k * mode for k, mode in modes.items())
        errors.append(np.sqrt(np.mean((d["u_t"] - exact) ** 2)) / np.std(exact))
    # The kernel alone has 0.65.
    assert np.mean(errors) < 0.55


def test_running_profiles_gain_from_their_directions():
    errors, hits = [], []
    for seed in range(3):
        ds, exact = running(800, 0.1, seed)
        d = differentiate(ds, ["u_t", "u_x", "u_xx"], method="gp")
        assert "directions" in d["u_x"].attrs["method"]
        names = ("u_t", "u_x", "u_xx")
        errors.append([np.sqrt(np.mean((d[n] - exact[n]) ** 2)) / np.std(exact[n]) for n in names])
        hits.append([np.mean(np.abs(d[n] - exact[n]) < 1.96 * d[f"{n}_sd"]) for n in names])
    # A stationary kernel has 0.168, 0.099 and 0.193.
    assert np.all(np.mean(errors, axis=0) < [0.125, 0.082, 0.15])
    assert 0.88 < np.mean(hits) < 0.995


def test_a_period_is_kept():
    rng = np.random.default_rng(0)
    t, x = rng.uniform(0.0, 2.0, 400), rng.uniform(0.0, 6.0, 400)
    u = np.exp(np.cos(2 * np.pi / 6.0 * (x - 0.8 * t))) + 0.1 * rng.standard_normal(400)
    ds = xr.Dataset({"u": ("point", u)}, {"t": ("point", t), "x": ("point", x, {"period": 6.0})})
    at = xr.Dataset(coords={"t": [0.3, 1.0], "x": [0.5, 6.5, 2.0, 14.0]})
    d = differentiate(ds, "u_x", method="gp", at=at)
    assert "direction" in d["u_x"].attrs["method"]
    np.testing.assert_allclose(d["u_x"].isel(x=[0, 2]), d["u_x"].isel(x=[1, 3]), atol=1e-6)
    exact = -2 * np.pi / 6.0 * np.sin(2 * np.pi / 6.0 * (at.x - 0.8 * at.t))
    exact = exact * np.exp(np.cos(2 * np.pi / 6.0 * (at.x - 0.8 * at.t)))
    assert np.abs(d["u_x"] - exact).max() < 0.1


def test_reweighing_finds_the_waves_that_are_there():
    ds, _ = running(800, 0.1)
    truth = np.sin(1.5 * ds.t) * np.cos(1.2 * ds.x)
    some = cloud(ds.assign(u=truth + 0.1 * np.random.default_rng(3).standard_normal(800)))
    fit = Fit("squared-exponential", (0.25, 0.12), 1.0, 0.1, 0.0)
    modes = lattice(some, fit)
    start = Reweighed(modes, assemble(some, modes, 1.0), np.ones(len(modes)), fit.noise)
    found = reweigh_waves(some, start, fit.lengths, FINE, 12)
    true = np.array([1.5 * some.bases[0].half, 1.2 * some.bases[1].half])
    away = np.max(np.abs(np.abs(found.modes.frequencies) - true), axis=1)
    assert np.max(found.factors[away < 2.2]) > 10.0 * np.median(found.factors[away > 6.0])
    assert found.solve().evidence > start.solve().evidence + 100.0
    assert found.noise == pytest.approx(0.01 / some.scale**2, rel=0.15)


@pytest.mark.parametrize("count", [5, 12, 400])
def test_without_noise_and_with_few_samples(count: int):
    ds, exact = running(count, 0.0)
    d = differentiate(ds, ["u", "u_x"], method="gp")
    assert np.isfinite(d["u_x"]).all()
    assert np.isfinite(d["u_x_sd"]).all()
    if count == 400:
        assert np.sqrt(np.mean((d["u_x"] - exact["u_x"]) ** 2)) < 0.02 * np.std(exact["u_x"])


def test_modes_of_a_direction_are_multiples():
    modes = Modes(np.ones((1, 2)), np.ones(1), np.zeros(1, dtype=np.intp)).with_ray(np.ones((3, 2)), np.ones(3))
    assert modes.groups.tolist() == [0, 1, 1, 1]
