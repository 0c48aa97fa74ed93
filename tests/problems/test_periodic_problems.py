"""The answers of the reference problems on a periodic interval are themselves tested."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import xarray as xr

from physforge.problems import PeriodicProblem, get_problem, names
from physforge.problems.periodic_problem import integrated
from physforge.problems.reader import read_problem
from physforge.simulation import simulate

FloatArray = npt.NDArray[np.float64]
Derivative = Callable[[FloatArray, int], FloatArray]

#: Samples of each problem that are integrated anew (first, and one after last), and the tolerance for it.
STRETCHES = {
    "heat": (0, 101, 1e-10),
    "advection-diffusion": (0, 121, 1e-10),
    "burgers": (0, 101, 1e-10),
    "burgers-inviscid": (0, 101, 1e-10),
    "kdv": (90, 106, 1e-9),
    "kuramoto-sivashinsky": (100, 126, 1e-9),
    "nonlinear-schroedinger": (74, 84, 3e-10),
}

#: What our integrator can tell apart; sharper claims are tested on the exact solutions below.
RESOLUTION = 1e-9

#: Laws in divergence or factored form, written anew, and the last sample until which they are integrated.
LAWS: dict[str, tuple[Callable[[FloatArray, Derivative], FloatArray], int]] = {
    "allen-cahn": (lambda u, d: 0.02 * d(u, 2) + u * (1 - u**2), 120),
    "fisher-kpp": (lambda u, d: 0.5 * d(u, 2) + u * (1 - u), 120),
    "chafee-infante": (lambda u, d: d(u, 2) - u * (1 - u**2), 100),
    "cahn-hilliard": (lambda u, d: d(u**3 - u - 0.5 * d(u, 2), 2), 10),
}

SECOND_ORDER = ("wave", "klein-gordon", "euler-bernoulli")


def periodic(name: str) -> PeriodicProblem:
    problem = get_problem(name)
    assert isinstance(problem, PeriodicProblem)
    return problem


def difference(one: xr.Dataset, other: xr.Dataset) -> float:
    """Return the largest error of any field, relative to its largest sample."""
    return max(float(abs(one[name] - other[name]).max() / abs(other[name]).max()) for name in other.data_vars)


def test_every_problem_is_tested() -> None:
    tested = {*STRETCHES, *LAWS, *SECOND_ORDER}
    assert tested == {name for name in names() if isinstance(get_problem(name), PeriodicProblem)}


@pytest.mark.parametrize("name", STRETCHES)
def test_the_data_obey_the_equation_to_the_stated_accuracy(name: str) -> None:
    problem = periodic(name)
    first, end, rtol = STRETCHES[name]
    ds = problem.generate().isel(t=slice(first, end))
    again = simulate(problem.equation, ds.isel(t=0), ds.t, rtol=rtol)
    assert difference(again, ds) < max(problem.accuracy, RESOLUTION)
    # A law that is faster by one part in a hundred is told apart.
    start = ds.isel(t=0).drop_vars("t")
    other = simulate(problem.equation, start, 1.01 * (ds.t.values - ds.t.values[0]), rtol=1e-4)
    assert difference(other.assign_coords(t=ds.t), ds) > 1e-3


@pytest.mark.parametrize("name", LAWS)
def test_a_finer_grid_and_a_tighter_tolerance_change_no_more_than_stated(name: str) -> None:
    problem = periodic(name)
    module = import_module("physforge.problems." + name.replace("-", "_"))
    x, t = problem.x.samples(), problem.t.samples()
    fine = np.linspace(problem.x.start, problem.x.stop, 2 * x.size, endpoint=False)
    u = problem.solution(x, t)
    finer = integrated(problem.equation, module.initial, problem.x, 0.1 * module._RTOL)(fine, t)[:, ::2]
    assert np.abs(u - finer).max() < problem.accuracy * np.abs(u).max()


@pytest.mark.parametrize("name", LAWS)
def test_another_integrator_agrees(name: str) -> None:
    from scipy.integrate import solve_ivp

    problem = periodic(name)
    law, last = LAWS[name]
    x, t = problem.x.samples(), problem.t.samples()[: last + 1]
    k = 2j * np.pi * np.fft.rfftfreq(x.size, problem.x.period / x.size)

    def derivative(values: FloatArray, order: int) -> FloatArray:
        return np.fft.irfft(k**order * np.fft.rfft(values), x.size)

    u = problem.solution(x, t)
    rates = solve_ivp(lambda _, v: law(v, derivative), (t[0], t[-1]), u[0], "DOP853", t[-1:], rtol=1e-11, atol=1e-12)
    assert np.abs(rates.y[:, -1] - u[-1]).max() < problem.accuracy * np.abs(u).max()


@pytest.mark.parametrize("name", SECOND_ORDER)
def test_waves_swing_as_each_of_their_modes_does(name: str) -> None:
    problem = periodic(name)
    x, t = problem.x.samples(), problem.t.samples()
    u = problem.solution(x, t)
    k = 2 * np.pi * np.fft.rfftfreq(x.size, problem.x.period / x.size)
    # u_tt = sum of c (i k)^n u, so that each mode is a pendulum of this frequency.
    orders = {"u": 0, "u_xx": 2, "u_xxxx": 4}
    square = -sum(value * (1j * k) ** orders[term] for term, value in problem.equation.terms.items()).real
    frequency = np.sqrt(square)
    start, velocity = np.fft.rfft(u[0]), np.fft.rfft(rate(problem, x))
    turn = np.outer(t, frequency)
    # sin(w t)/w, which is t where w is zero.
    swing = t[:, None] * np.sinc(turn / np.pi)
    again = np.fft.irfft(np.cos(turn) * start + swing * velocity, x.size)
    # The rate at the start is differenced, and known to some 1e-10 only.
    assert np.abs(again - u).max() < 1e-9 * np.abs(u).max()
    faster = np.fft.irfft(np.cos(1.01 * turn) * start + swing * velocity, x.size)
    assert np.abs(faster - u).max() > 1e-3 * np.abs(u).max()


def rate(problem: PeriodicProblem, x: FloatArray) -> FloatArray:
    """Differentiate at the first time by extrapolated central differences of order ten."""
    estimates = []
    for halving in range(5):
        h = 0.08 / 2**halving
        after, before = problem.solution(x, np.array([h, -h]))
        estimates.append((after - before) / (2 * h))
    for order in range(1, 5):
        estimates = [fine + (fine - coarse) / (4**order - 1) for coarse, fine in pairwise(estimates)]
    return estimates[0]


def test_advected_pulses_keep_their_mass_and_spread_as_they_should() -> None:
    problem = periodic("advection-diffusion")
    ds = problem.generate()
    step = problem.x.period / ds.sizes["x"]
    mass = ds.u.sum("x") * step
    exact = np.sqrt(2 * np.pi) * (1.0 * np.sqrt(0.25) + 0.6 * np.sqrt(0.6))
    np.testing.assert_allclose(mass, exact, rtol=problem.accuracy)
    # Each mode moves and decays by its own factor from one sample to the next.
    k = 2 * np.pi * np.fft.rfftfreq(ds.sizes["x"], step)
    modes = np.fft.rfft(ds.u.values) * np.exp((0.1 * k**2 + 1j * k) * ds.t.values[:, None])
    low = k < 3.0
    assert np.abs(modes[:, low] - modes[0, low]).max() < 1e-11 * np.abs(modes).max()


def test_heat_is_its_modes() -> None:
    ds = read_problem("heat")
    k = np.arange(65)
    start = np.fft.rfft(ds.u.values[0])
    again = np.fft.irfft(start * np.exp(-0.1 * k**2 * ds.t.values[:, None]))
    assert np.abs(again - ds.u.values).max() < 10 * periodic("heat").accuracy


def test_characteristics_carry_their_value() -> None:
    problem = periodic("burgers-inviscid")
    x, t = problem.x.samples(), problem.t.samples()
    u = problem.solution(x, t)
    carried = 0.4 + 0.5 * np.sin(x - u * t[:, None])
    assert np.abs(carried - u).max() < problem.accuracy
    # The steepest slope is that of the characteristic through pi: -A/(1 - A t).
    slope = np.gradient(problem.solution(np.pi + 0.4 * 1.5 + np.array([-1e-5, 0, 1e-5]), np.array([1.5]))[0], 1e-5)
    assert slope[1] == pytest.approx(-0.5 / 0.25, rel=1e-6)


def test_the_breather_swells_by_one_plus_root_two_and_keeps_its_invariants() -> None:
    problem = periodic("nonlinear-schroedinger")
    ds = problem.generate()
    h = (ds.h_re + 1j * ds.h_im).values
    assert np.abs(h).max() == pytest.approx(1 + np.sqrt(2), rel=1e-12)
    power = (np.abs(h) ** 2).mean(axis=1)
    np.testing.assert_allclose(power, 1.0, rtol=problem.accuracy)
    k = 2 * np.pi * np.fft.fftfreq(64, problem.x.period / 64)
    slope = np.fft.ifft(1j * k * np.fft.fft(h))
    energy = (np.abs(slope) ** 2 - np.abs(h) ** 4).mean(axis=1)
    # Products of fields are aliased a little where the breather is narrow.
    np.testing.assert_allclose(energy, -1.0, rtol=1e-8)


def test_a_mixture_keeps_its_mass_and_loses_free_energy() -> None:
    problem = periodic("cahn-hilliard")
    u = problem.generate().u.values
    np.testing.assert_allclose(u.mean(axis=1), 0.1, atol=1e-8)
    k = 2 * np.pi * np.fft.rfftfreq(128, problem.x.period / 128)
    slope = np.fft.irfft(1j * k * np.fft.rfft(u), 128)
    energy = ((u**2 - 1) ** 2 / 4 + 0.25 * slope**2).mean(axis=1)
    assert (np.diff(energy) < 0).all()
    assert energy[-1] < 0.6 * energy[0]


def test_solitons_keep_their_mass_and_momentum() -> None:
    ds = read_problem("kdv")
    mass, momentum = ds.u.sum("x"), (ds.u**2).sum("x")
    assert float(abs(mass / mass[0] - 1).max()) < 1e-10
    assert float(abs(momentum / momentum[0] - 1).max()) < 1e-10


def test_chaos_is_developed_from_the_first_sample() -> None:
    u = read_problem("kuramoto-sivashinsky").u
    energy = (u**2).mean("x")
    assert 1.0 < float(energy[:50].mean()) < 2.5
    assert float(energy[:50].mean()) == pytest.approx(float(energy[-50:].mean()), rel=0.2)


def test_the_published_burgers_field_is_ours() -> None:
    folder = os.environ.get("PHYSFORGE_DATA_CACHE")
    file = Path(folder or ".") / "fields" / "burgers.mat"
    if not folder or not file.is_file():
        pytest.skip("PHYSFORGE_DATA_CACHE does not hold fields/burgers.mat")
    from scipy.io import loadmat

    published = loadmat(file)
    x, t = published["x"].ravel(), published["t"].ravel()
    ours = get_problem("burgers").solution(x, t)
    assert np.abs(published["usol"].real.T - ours).max() < 1e-7
