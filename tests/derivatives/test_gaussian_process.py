"""The Gaussian process: its mathematics, and what its error bars promise."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.signal import savgol_filter

from physforge.derivatives import GaussianProcess, differentiate
from physforge.derivatives.axis import Axis
from physforge.derivatives.gaussian.evidence import Fit, Projected, log_evidence, project
from physforge.derivatives.gaussian.factor import make_factor
from physforge.derivatives.gaussian.kernels import KERNELS
from physforge.derivatives.gaussian.posterior import posterior_of
from physforge.errors import DerivativeError
from physforge.problems import get_problem


def small_grid() -> tuple[Projected, tuple[Axis, Axis], np.ndarray]:
    t, x = np.linspace(0.0, 2.0, 12) ** 1.3, np.linspace(0.0, 2 * np.pi, 14, endpoint=False)
    axes = (Axis("t", t), Axis("x", x, 2 * np.pi))
    values = np.sin(x[None, :] - t[:, None]) + 0.1 * np.random.default_rng(0).standard_normal((12, 14))
    data = project([make_factor(axis, axis.points, np.ones(()), 20) for axis in axes], values)
    return data, axes, values


def covariance(data: Projected, axes: tuple[Axis, ...], fit: Fit, left: tuple[int, ...], right: tuple[int, ...]):
    dense = np.full((1, 1), fit.variance)
    for factor, axis, length, a, b in zip(data.factors, axes, fit.lengths, left, right, strict=True):
        weights = factor.basis.weights(fit.kernel, length)[0]
        dense = np.kron(dense, (factor.basis.at(axis.points, a) * weights) @ factor.basis.at(axis.points, b).T)
    return dense


@pytest.mark.parametrize("kernel", KERNELS)
def test_evidence_and_posterior_are_those_of_the_dense_formulas(kernel):
    data, axes, values = small_grid()
    fit = Fit(kernel, (0.4, 0.3), 1.2, 0.02, 0.0)
    y = values.ravel()
    total = covariance(data, axes, fit, (0, 0), (0, 0)) + fit.noise * np.eye(y.size)
    exact = -0.5 * (y @ np.linalg.solve(total, y) + np.linalg.slogdet(total)[1] + y.size * np.log(2 * np.pi))
    parameters = np.log([*fit.lengths, fit.variance, fit.noise])
    value, gradient = log_evidence(data, kernel, parameters)
    assert value == pytest.approx(exact, rel=1e-9)
    steps = 1e-5 * np.eye(4)
    numeric = [
        (log_evidence(data, kernel, parameters + h)[0] - log_evidence(data, kernel, parameters - h)[0]) for h in steps
    ]
    np.testing.assert_allclose(gradient, np.array(numeric) / 2e-5, rtol=1e-5)

    cross = covariance(data, axes, fit, (1, 2), (0, 0))
    mean, variance = posterior_of(data, fit).derivative(axes, (1, 2))
    np.testing.assert_allclose(mean.ravel(), cross @ np.linalg.solve(total, y), rtol=1e-7, atol=1e-7)
    prior = np.diag(covariance(data, axes, fit, (1, 2), (1, 2)))
    explained = np.einsum("ij,ji->i", cross, np.linalg.solve(total, cross.T))
    np.testing.assert_allclose(variance.ravel(), prior - explained, rtol=1e-5)


def curve(t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.exp(np.sin(t)), np.cos(t) * np.exp(np.sin(t)), (np.cos(t) ** 2 - np.sin(t)) * np.exp(np.sin(t))


def relative_error(d: xr.Dataset, name: str, exact: np.ndarray) -> float:
    return float(np.sqrt(np.mean((d[name].to_numpy() - exact) ** 2)) / np.std(exact))


@pytest.mark.parametrize("period", [None, 2 * np.pi])
def test_smooth_functions_without_noise_are_recovered(period):
    t = np.linspace(0.0, 2 * np.pi, 80, endpoint=False)
    t = t if period else t + 0.02 * np.sin(3 * t)
    u, u_x, u_xx = curve(t)
    attrs = {"period": period} if period else {}
    d = differentiate(xr.Dataset({"u": ("x", u)}, {"x": ("x", t, attrs)}), ["u_x", "u_xx"], method="gp")
    assert relative_error(d, "u", u) < 2e-6
    assert relative_error(d, "u_x", u_x) < 1e-4
    assert relative_error(d, "u_xx", u_xx) < 2e-3
    # Away from the ends, where a derivative is known from one side only, far better.
    np.testing.assert_allclose(d["u_x"][8:-8], u_x[8:-8], atol=2e-5)


def test_a_straight_line_and_a_constant_are_recovered():
    t = np.linspace(3.0, 9.0, 30)
    d = differentiate(
        xr.Dataset({"u": ("t", 5.0 + 2.0 * t), "c": ("t", np.full(30, 7.0))}, {"t": t}), ["u_t", "c_t"], method="gp"
    )
    np.testing.assert_allclose(d["u_t"], 2.0, atol=1e-4)
    np.testing.assert_allclose(d["c"], 7.0, atol=1e-9)
    np.testing.assert_allclose(d["c_t"], 0.0, atol=1e-4)


def test_error_falls_with_the_noise_and_with_the_step():
    def error(noise: float, count: int) -> float:
        t = np.linspace(0.0, 6.0, count)
        rng = np.random.default_rng(1)
        runs = [curve(t)[0] + noise * rng.standard_normal(count) for _ in range(4)]
        made = [differentiate(xr.Dataset({"u": ("t", run)}, {"t": t}), "u_t", method="gp") for run in runs]
        return float(np.mean([relative_error(d, "u_t", curve(t)[1]) for d in made]))

    noisy, quiet, dense = error(0.1, 100), error(0.001, 100), error(0.1, 1600)
    assert quiet < noisy / 20
    # A smooth field gains almost what independent noise allows: 4 for 16 times as many samples.
    assert dense < noisy / 2.5


def test_bands_cover_what_they_promise():
    names, hits = ("u", "u_t", "u_tt"), []
    t = np.linspace(0.0, 1.0, 60)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        size, rate, phase = rng.standard_normal(4), rng.uniform(2.0, 12.0, 4), rng.uniform(0.0, 6.3, 4)
        exact = [(size * rate**k * np.sin(np.outer(t, rate) + phase + k * np.pi / 2)).sum(axis=1) for k in range(3)]
        noisy = exact[0] + 0.1 * np.std(exact[0]) * rng.standard_normal(60)
        d = differentiate(xr.Dataset({"u": ("t", noisy)}, {"t": t}), names[1:], method="gp")
        hits.append([np.mean(np.abs(d[n] - e) < 1.96 * d[f"{n}_sd"]) for n, e in zip(names, exact, strict=True)])
    # Rough kernels keep their share of the average, which makes the highest derivative's bands wide.
    for covered, most in zip(np.mean(hits, axis=0), (0.99, 0.99, 0.997), strict=True):
        assert 0.9 < covered < most


@pytest.mark.parametrize("name", ["burgers", "kdv"])
def test_fields_are_differentiated_about_as_well_as_with_the_best_window(name):
    problem = get_problem(name)
    exact = differentiate(problem.generate(), ["u_x", "u_xx"])
    ds = problem.generate(noise=0.05, rng=np.random.default_rng(1))
    d = differentiate(ds, ["u_x", "u_xx"], method="gp")
    dx = float(ds["x"][1] - ds["x"][0])
    for label, order, worst in (("u_x", 1, 1.0), ("u_xx", 2, 1.0)):
        truth = exact[label].to_numpy()
        tuned = [
            savgol_filter(savgol_filter(ds["u"], a, 3, axis=0), b, 3, deriv=order, delta=dx, axis=1)
            for a in (7, 11, 15, 21, 31)
            for b in (7, 11, 15, 21, 31)
        ]
        assert relative_error(d, label, truth) < worst * min(np.std(v - truth) for v in tuned) / np.std(truth)
        assert 0.9 < float(np.mean(np.abs(d[label] - truth) < 1.96 * d[f"{label}_sd"])) < 0.99


def test_units_do_not_matter():
    t, x = np.linspace(0.0, 3.0, 40), np.sort(np.random.default_rng(4).uniform(0.0, 5.0, 35))
    u = np.sin(2 * t[:, None] + x) + 0.05 * np.random.default_rng(3).standard_normal((40, 35))
    names = ["u_t", "u_xx"]
    one = differentiate(xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": x}), names, method="gp")
    other = differentiate(xr.Dataset({"u": (("t", "x"), 7.3e-5 * u)}, {"t": 1e3 * t, "x": 1e6 * x}), names, method="gp")
    for label, unit in (("u", 7.3e-5), ("u_t", 7.3e-8), ("u_xx", 7.3e-17), ("u_xx_sd", 7.3e-17)):
        change = np.abs(other[label].to_numpy() / unit - one[label].to_numpy()).max()
        assert change < 1e-6 * np.abs(one[label].to_numpy()).max()


def test_gaps_and_noise_of_each_sample_on_one_axis():
    rng = np.random.default_rng(0)
    t = np.linspace(0.0, 6.0, 150)
    u, u_t, _ = curve(t)
    errors = []
    for _ in range(6):
        whole = xr.Dataset({"u": ("t", u + 0.05 * rng.standard_normal(150))}, {"t": t})
        gappy = whole.where(rng.random(150) > 0.1)
        errors.append([relative_error(differentiate(ds, "u_t", method="gp"), "u_t", u_t) for ds in (whole, gappy)])
    clean, missing = np.mean(errors, axis=0)
    assert missing < 1.3 * clean
    gappy["u"][60:72] = np.nan
    d = differentiate(gappy, "u", method="gp")
    assert float(d["u_sd"][66]) > 1.2 * float(d["u_sd"][40])
    assert np.all(np.abs(d["u"] - u)[60:72] < 4 * d["u_sd"][60:72])

    sd = np.where(t < 3.0, 0.02, 0.4)
    noisy = u + sd * rng.standard_normal(150)
    told = differentiate(xr.Dataset({"u": ("t", noisy), "u_sd": ("t", sd)}, {"t": t}), "u_t", method="gp")
    blind = differentiate(xr.Dataset({"u": ("t", noisy)}, {"t": t}), "u_t", method="gp")
    quiet = slice(0, 75)
    gain = np.sum((told["u"] - u)[quiet] ** 2) / np.sum((blind["u"] - u)[quiet] ** 2)
    assert float(gain) < 0.25
    assert float(told["u_sd"][20]) < 0.3 * float(told["u_sd"][130])


def test_gaps_and_noise_of_each_sample_on_a_grid():
    rng = np.random.default_rng(0)
    t, x = np.linspace(0.0, 3.0, 40), np.linspace(0.0, 2 * np.pi, 48, endpoint=False)
    u, u_x, _ = curve(x[None, :] - t[:, None])
    coords = {"t": t, "x": ("x", x, {"period": 2 * np.pi})}
    sd = 0.02 + 0.3 * rng.random(u.shape)
    noisy = u + sd * rng.standard_normal(u.shape)
    ds = xr.Dataset({"u": (("t", "x"), noisy), "u_sd": (("t", "x"), sd)}, coords)
    told = differentiate(ds, "u_x", method="gp")
    blind = differentiate(ds.drop_vars("u_sd"), "u_x", method="gp")
    assert relative_error(told, "u_x", u_x) < 0.8 * relative_error(blind, "u_x", u_x)
    gappy = ds.drop_vars("u_sd").where(rng.random(u.shape) > 0.1)
    gappy["u"][15:20, 10:20] = np.nan
    d = differentiate(gappy, "u_x", method="gp")
    assert relative_error(d, "u_x", u_x) < 1.5 * relative_error(blind, "u_x", u_x)
    assert float(d["u_sd"][17, 15]) > 1.3 * float(d["u_sd"][17, 40])


def test_the_scatter_of_the_error_is_the_sd():
    rng = np.random.default_rng(5)
    axis = Axis("t", np.linspace(0.0, 1.0, 30))
    factor = make_factor(axis, axis.points, np.ones(()), 47)
    fit = Fit("matern-7/2", (0.5,), 1.0, 0.05, 0.0)
    roots = np.sqrt(factor.basis.weights(fit.kernel, 0.5)[0])
    scaled = []
    for _ in range(800):
        field = roots * rng.standard_normal(len(roots))
        samples = factor.basis.at(axis.points) @ field + np.sqrt(fit.noise) * rng.standard_normal(30)
        mean, variance = posterior_of(project([factor], samples), fit).derivative([axis], [2])
        scaled.append((mean - factor.basis.at(axis.points, 2) @ field) / np.sqrt(variance))
    # A standard deviation from 800 draws is known to 2.5 %; the worst of 30 by five times that.
    np.testing.assert_allclose(np.std(scaled, axis=0), 1.0, atol=0.125)


def test_three_axes_and_mixed_derivatives_up_to_order_four():
    t, x, y = np.linspace(0.0, 1.0, 12), np.linspace(0.0, 2.0, 14), np.linspace(0.0, 2.0, 16)
    u = np.exp(-t)[:, None, None] * np.sin(x)[None, :, None] * np.cos(y)[None, None, :]
    ds = xr.Dataset({"u": (("t", "x", "y"), u)}, {"t": t, "x": x, "y": y})
    d = differentiate(ds, ["u_txy", "u_xxyy"], method=GaussianProcess(kernels=("squared-exponential",)))
    exact = np.exp(-t)[:, None, None] * np.cos(x)[None, :, None] * np.sin(y)[None, None, :]
    assert relative_error(d, "u_txy", exact) < 0.02
    assert relative_error(d, "u_xxyy", u) < 0.2
    with pytest.raises(DerivativeError, match="'u_xxxyy' is of order 5; a Gaussian process gives up to 4"):
        differentiate(ds, "u_xxxyy", method="gp")


def test_too_few_samples_are_refused():
    ds = xr.Dataset({"u": ("t", [1.0, 2.0, 4.0])}, {"t": [0.0, 1.0, 2.0]})
    with pytest.raises(DerivativeError, match="at least 4 samples along 't'; there are 3"):
        differentiate(ds, "u_t", method="gp")
    long = xr.Dataset({"u": ("t", [1.0, np.nan, np.nan, np.nan, 2.0])}, {"t": np.arange(5.0)})
    with pytest.raises(DerivativeError, match="Fewer than 4 samples of 'u' are there"):
        differentiate(long, "u_t", method="gp")


def test_the_strategy_survives_storage_and_says_what_it_did():
    method = GaussianProcess(kernels=("matern-5/2",))
    assert GaussianProcess.model_validate_json(method.model_dump_json()) == method
    t = np.linspace(0.0, 6.0, 40)
    d = differentiate(xr.Dataset({"u": ("t", np.sin(t))}, {"t": t}), "u_t", method=method)
    assert d["u_t"].attrs["method"] == "Gaussian process (matern-5/2 100%)"
