"""A time axis that is warped, and an amplitude that grows: exact rules, and what they gain."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import xarray as xr
from scipy.stats import multivariate_normal, norm

from physforge.derivatives import GaussianProcess, differentiate
from physforge.derivatives.axis import Axis
from physforge.derivatives.gaussian.basis import ENLARGEMENT
from physforge.derivatives.gaussian.evidence import project
from physforge.derivatives.gaussian.factor import make_factor
from physforge.derivatives.gaussian.line_fit import LineFit, fit_line
from physforge.derivatives.gaussian.line_problem import StationaryProblem
from physforge.derivatives.gaussian.line_shape import Clock, Shape, ShapedBasis
from physforge.derivatives.gaussian.line_shaped import LineSamples, ShapedProblem
from physforge.derivatives.gaussian.posterior import condition
from physforge.problems import get_problem

ALL = ("squared-exponential", "matern-7/2", "spectral-mixture")


def fits_of_a_chirp() -> tuple[list[LineFit], LineSamples]:
    rng = np.random.default_rng(0)
    t = np.sort(rng.uniform(0.0, 3.0, 90))
    weights = rng.uniform(0.5, 2.0, 90)
    values = weights * (np.sin(2 * t**2) + 0.1 * rng.standard_normal(90))
    factor = make_factor(Axis("t", t), t, weights, 60)
    samples = LineSamples(factor.basis, t, values, weights)
    return fit_line(project([factor], values), ALL, 0.01, known=False, samples=samples), samples


@pytest.fixture(scope="module")
def chirp() -> tuple[list[LineFit], LineSamples]:
    return fits_of_a_chirp()


def test_shaped_functions_have_exact_derivatives():
    speeds, growth, count = np.array([0.9, -0.7, 0.4]), -1.3, 7
    basis = ShapedBasis(5.0, 2.0, count, False, Shape(speeds, growth, True))
    points = np.array([3.2, 6.7])

    def speed(s):
        return mpmath.exp(sum(c * mpmath.cos((k + 1) * mpmath.pi * (s + 1) / 2) for k, c in enumerate(speeds)))

    with mpmath.workdps(30):
        whole = mpmath.quad(speed, [-1, 0, 1])

        def exact(s):
            tau = 2 * mpmath.quad(speed, [-1, s]) / whole - 1
            wave = mpmath.sin(count * mpmath.pi * (tau + ENLARGEMENT) / (2 * ENLARGEMENT))
            return mpmath.exp(growth * s) * wave / mpmath.sqrt(ENLARGEMENT)

        for order in range(5):
            found = basis.at(points, order)[:, -1]
            wanted = [float(mpmath.diff(exact, mpmath.mpf((p - 5.0) / 2.0), order)) for p in points]
            np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-8 * np.abs(wanted).max())


def test_a_shape_that_changes_nothing_is_the_plain_basis():
    t = np.linspace(2.0, 4.0, 20)
    shaped = ShapedBasis(3.0, 1.0, 9, False, Shape(np.zeros(3), 0.0, False))
    plain = make_factor(Axis("t", t), t, np.ones(()), 9).basis
    for order in range(5):
        np.testing.assert_allclose(shaped.at(t, order), plain.at(t, order), atol=1e-9)
    clock, _ = Clock(3, np.linspace(-1.0, 1.0, 5)).read(np.zeros(3))
    np.testing.assert_allclose(clock, np.linspace(-1.0, 1.0, 5), atol=1e-12)


def test_warped_time_goes_from_end_to_end_and_never_back():
    s = np.linspace(-1.0, 1.0, 400)
    for seed in range(20):
        speeds = 2.0 * np.random.default_rng(seed).standard_normal(5)
        tau, by_speeds = Clock(5, s).read(speeds)
        np.testing.assert_allclose(tau[[0, -1]], [-1.0, 1.0], atol=1e-9)
        assert np.all(np.diff(tau) > -1e-12)
        step = 1e-5 * np.eye(5)[2]
        numeric = (Clock(5, s).read(speeds + step)[0] - Clock(5, s).read(speeds - step)[0]) / 2e-5
        np.testing.assert_allclose(by_speeds[2], numeric, atol=1e-7)


def test_evidence_of_every_family_is_that_of_the_dense_covariance(chirp):
    fits, samples = chirp
    assert [fit.problem.name for fit in fits] == [
        "squared-exponential",
        "matern-7/2",
        "spectral-mixture",
        "squared-exponential, growing",
        "spectral-mixture, growing",
        "matern-7/2, warped",
        "spectral-mixture, warped",
    ]
    for fit in fits:
        problem = fit.problem
        logs = fit.best + 0.1 * np.random.default_rng(1).standard_normal(len(fit.best))
        value, gradient = problem.log_probability(logs)
        if isinstance(problem, ShapedProblem):
            basis = problem.basis(logs)
            variances, _ = problem.spectrum.variances(basis, logs)
        else:
            assert isinstance(problem, StationaryProblem)
            basis = samples.basis
            variances, _ = problem.spectrum.variances(basis, logs)
        design = basis.at(samples.points) * samples.weights[:, None]
        dense = (design * variances) @ design.T + np.exp(logs[-1]) * np.eye(len(design))
        beliefs = sum(norm.logpdf(x, p.mean, p.sd) for x, p in zip(logs, problem.parameters, strict=True))
        assert value == pytest.approx(multivariate_normal(cov=dense).logpdf(samples.values) + beliefs, abs=1e-4)
        steps = 1e-5 * np.eye(len(logs))
        numeric = [(problem.log_probability(logs + h)[0] - problem.log_probability(logs - h)[0]) / 2e-5 for h in steps]
        np.testing.assert_allclose(gradient, numeric, atol=2e-5 * np.abs(gradient).max())

        axis = Axis("t", np.linspace(samples.points[0], samples.points[-1], 12))
        cross = (basis.at(axis.points, 2) * variances) @ design.T
        mean, variance = problem.posterior(logs).derivative([axis], [2])
        np.testing.assert_allclose(mean, cross @ np.linalg.solve(dense, samples.values), rtol=1e-5, atol=1e-5)
        prior = np.sum(basis.at(axis.points, 2) ** 2 * variances, axis=1)
        explained = np.einsum("ij,ji->i", cross, np.linalg.solve(dense, cross.T))
        np.testing.assert_allclose(variance, prior - explained, rtol=1e-3)


def test_samples_with_hardly_any_noise_are_diagonalised(chirp):
    t = np.linspace(0.0, 3.0, 90)
    factor = make_factor(Axis("t", t), t, np.ones(()), 60)
    data = project([factor], np.sin(2 * t))
    fit = fit_line(data, ("squared-exponential",), 0.01, known=False)[0]
    problem = fit.problem
    assert isinstance(problem, StationaryProblem)
    variances, _ = problem.spectrum.variances(factor.basis, fit.best)
    noise = float(np.exp(fit.best[-1]))
    assert not problem.normal.reliable(variances, noise)
    axis = Axis("t", t)
    for order in (0, 2):
        found = problem.posterior(fit.best).derivative([axis], [order])
        wanted = condition(data, [variances], 1.0, noise).derivative([axis], [order])
        np.testing.assert_array_equal(found[0], wanted[0])
    noisy = chirp[0][0]
    assert noisy.problem.normal.reliable(variances, 0.01)


def rms(d: xr.Dataset, name: str, exact: np.ndarray) -> float:
    return float(np.sqrt(np.mean((d[name].to_numpy() - exact) ** 2)))


def noisy(t: np.ndarray, u: np.ndarray, level: float, seed: int) -> xr.Dataset:
    return xr.Dataset({"u": ("t", u + level * np.random.default_rng(seed).standard_normal(len(t)))}, {"t": t})


#: Without matern-7/2 no axis is warped, and without these two no amplitude grows.
UNWARPED = GaussianProcess(kernels=("squared-exponential", "matern-5/2", "matern-3/2"))
LEVEL = GaussianProcess(kernels=("matern-7/2", "matern-5/2", "matern-3/2"))


def front(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.tanh((t - 0.7) / 0.03), 1.0 / np.cosh((t - 0.7) / 0.03) ** 2 / 0.03


def test_a_steep_front_leaves_the_flat_parts_flat():
    t = np.linspace(0.0, 1.0, 300)
    u, u_t = front(t)
    errors, flat = [], t < 0.5
    for seed in range(3):
        ds = noisy(t, u, 0.1, seed)
        made = [differentiate(ds, "u_t", method=method) for method in ("gp", UNWARPED)]
        errors.append([rms(d, "u_t", u_t) for d in made] + [rms(d[{"t": flat}], "u_t", u_t[flat]) for d in made])
        assert np.mean(np.abs(made[0]["u_t"] - u_t) < 1.96 * made[0]["u_t_sd"]) > 0.8
    shaped, plain, shaped_flat, plain_flat = np.mean(errors, axis=0)
    assert shaped < 0.7 * plain
    assert shaped_flat < 0.4 * plain_flat


def test_a_decay_is_seen_as_one():
    t = np.linspace(0.0, 4.0, 250)
    pole = -1.0 + 5.0j
    u, u_tt = np.exp(pole * t).real, (pole**2 * np.exp(pole * t)).real
    errors = []
    for seed in range(3):
        ds = noisy(t, u, 0.03, seed)
        errors.append([rms(differentiate(ds, "u_tt", method=method), "u_tt", u_tt) for method in ("gp", LEVEL)])
    grown, level = np.mean(errors, axis=0)
    assert grown < 0.5 * level


def test_fronts_with_gaps_and_an_sd_of_each_sample_in_any_units():
    t = np.linspace(0.0, 1.0, 200)
    u, u_t = front(t)
    sd = np.where(t < 0.4, 0.02, 0.15)
    values = u + sd * np.random.default_rng(0).standard_normal(200)
    values[::9] = np.nan
    ds = xr.Dataset({"u": ("t", values), "u_sd": ("t", sd)}, {"t": t})
    d = differentiate(ds, ["u_t", "u_tt"], method="gp")
    assert "warped" in d["u_t"].attrs["method"]
    assert rms(d, "u_t", u_t) < 0.8 * rms(differentiate(ds, "u_t", method=UNWARPED), "u_t", u_t)
    scaled = xr.Dataset({"u": ("t", 7.3e-5 * values), "u_sd": ("t", 7.3e-5 * sd)}, {"t": 1e3 * t})
    other = differentiate(scaled, ["u_t", "u_tt"], method="gp")
    for name, unit in (("u_t", 7.3e-8), ("u_tt", 7.3e-11), ("u_tt_sd", 7.3e-11)):
        change = np.abs(other[name].to_numpy() / unit - d[name].to_numpy()).max()
        assert change < 1e-6 * float(np.abs(d[name]).max())
    xr.testing.assert_identical(d, differentiate(ds, ["u_t", "u_tt"], method="gp"))


@pytest.mark.parametrize("seed", [100, 102, 104])
def test_exact_coarse_samples_are_not_lost_in_round_off(seed):
    # Shapes with next to no noise would fit them exactly, by normal equations that have no digits left.
    ds = get_problem("duffing", seed).generate().isel(t=slice(None, None, 10))
    found = differentiate(ds[["x"]], ["x_t"], method=GaussianProcess())
    error = float(np.sqrt(((found["x_t"] - ds["v"]) ** 2).mean()) / ds["v"].std())
    assert error < 0.02
    assert float((np.abs(found["x_t"] - ds["v"]) < 1.96 * found["x_t_sd"]).mean()) > 0.85
