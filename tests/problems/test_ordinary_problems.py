"""The answers of the reference problems of ordinary differential equations are themselves tested."""

from __future__ import annotations

import numpy as np
import pytest

from physforge.equations import System
from physforge.problems import OrdinaryProblem, get_problem, names
from physforge.problems.ordinary_problem import RTOL, integrate
from physforge.problems.reader import read_problem

PROBLEMS = [name for name in names() if isinstance(get_problem(name), OrdinaryProblem)]


def ordinary(name: str) -> OrdinaryProblem:
    problem = get_problem(name)
    assert isinstance(problem, OrdinaryProblem)
    return problem


def test_which_they_are() -> None:
    assert PROBLEMS == ["duffing", "lorenz", "lotka-volterra", "van-der-pol"]


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_another_tolerance_changes_no_more_than_stated(name: str, factor: float) -> None:
    problem = ordinary(name)
    ds = problem.generate()
    other = integrate(problem.equation, problem.initial, problem.t.samples(), rtol=factor * RTOL)
    for field in ds.data_vars:
        assert float(abs(other[field] - ds[field]).max() / abs(ds[field]).max()) < problem.accuracy
    assert not other.equals(ds.drop_attrs())


@pytest.mark.parametrize("name", PROBLEMS)
def test_another_method_agrees(name: str) -> None:
    from scipy.integrate import solve_ivp

    problem = ordinary(name)
    ds = problem.generate().isel(t=slice(0, 201))
    laws = {
        "lorenz": lambda _, s: [10 * (s[1] - s[0]), s[0] * (28 - s[2]) - s[1], s[0] * s[1] - 8 / 3 * s[2]],
        "lotka-volterra": lambda _, s: [s[0] * (1 - 0.5 * s[1]), s[1] * (0.25 * s[0] - 0.75)],
        "duffing": lambda _, s: [s[1], -0.1 * s[1] - s[0] * (1 + 5 * s[0] ** 2)],
        "van-der-pol": lambda _, s: [s[1], 1.5 * (1 - s[0] ** 2) * s[1] - s[0]],
    }
    again = solve_ivp(
        laws[name], (0, float(ds.t[-1])), list(problem.initial.values()), "LSODA", ds.t.values, rtol=1e-11, atol=1e-11
    )
    for field, values in zip(problem.initial, again.y, strict=True):
        assert np.abs(values - ds[field].values).max() < 1e-7 * np.abs(values).max()


def test_lorenz_agrees_with_a_taylor_series_of_thirty_digits() -> None:
    from mpmath import mp, mpf

    problem = ordinary("lorenz")
    ds = problem.generate()
    order = 22
    with mp.workdps(30):
        step = mpf(1) / 100
        state = [mpf(value) for value in problem.initial.values()]
        for index in range(1, ds.sizes["t"]):
            x, y, z = ([value] for value in state)
            for n in range(order):
                # Coefficients of the products, by Cauchy's rule.
                xz, xy = (sum(x[k] * other[n - k] for k in range(n + 1)) for other in (z, y))
                x_next, y_next = 10 * (y[n] - x[n]) / (n + 1), (28 * x[n] - xz - y[n]) / (n + 1)
                z.append((xy - mpf(8) / 3 * z[n]) / (n + 1))
                x.append(x_next)
                y.append(y_next)
            state = [sum(c * step**n for n, c in enumerate(series)) for series in (x, y, z)]
            if index % 100 == 0:
                for field, value in zip("xyz", state, strict=True):
                    scale = float(abs(ds[field]).max())
                    assert abs(float(ds[field][index]) - float(value)) < problem.accuracy * scale, index


def test_a_known_orbit_of_lorenz_closes() -> None:
    # The shortest orbit of the attractor to 14 digits: Viswanath, Nonlinearity 16 (2003) 1035.
    start = {"x": -13.763610682134, "y": -19.578751942452, "z": 27.0}
    period = 1.5586522107162
    end = integrate(ordinary("lorenz").equation, start, np.array([0.0, period])).isel(t=-1)
    for field, value in start.items():
        assert float(end[field]) == pytest.approx(value, abs=1e-9)


def test_predators_and_prey_stay_on_their_orbit() -> None:
    ds = read_problem("lotka-volterra")
    invariant = 0.25 * ds.prey - 0.75 * np.log(ds.prey) + 0.5 * ds.predator - np.log(ds.predator)
    assert float(abs(invariant - invariant[0]).max()) < 1e-11


def test_duffing_without_friction_is_an_elliptic_function() -> None:
    from scipy.special import ellipj

    t, amplitude = np.linspace(0.0, 20.0, 1001), 1.5
    free = System.parse("x_t = v; v_t = -x - 5*x**3")
    frequency = np.sqrt(1 + 5 * amplitude**2)
    _, cn, _, _ = ellipj(frequency * t, 5 * amplitude**2 / (2 * frequency**2))
    x = integrate(free, {"x": amplitude, "v": 0.0}, t).x
    assert float(abs(x - amplitude * cn).max()) < 1e-10 * amplitude


def test_friction_takes_the_energy_that_duffing_loses() -> None:
    ds = read_problem("duffing")
    energy = ds.v**2 / 2 + ds.x**2 / 2 + 5 * ds.x**4 / 4
    assert (np.diff(energy) < 0).all()
    # Simpson's rule over the power; its error at this step is about 1e-6.
    from scipy.integrate import simpson

    assert float(energy[0] - energy[-1]) == pytest.approx(simpson(0.1 * ds.v.values**2, x=ds.t.values), rel=1e-5)


def test_a_weakly_damped_van_der_pol_has_the_period_of_its_power_series() -> None:
    from scipy.interpolate import CubicSpline

    # Andersen and Geer, SIAM Journal on Applied Mathematics 42 (1982) 678; the next term is about 1e-12.
    damping = 0.1
    frequency = 1 - damping**2 / 16 + 17 * damping**4 / 3072 + 35 * damping**6 / 884736
    law = System.parse(f"x_t = v; v_t = -x + {damping}*v - {damping}*x**2*v")
    settled = integrate(law, {"x": 2.0, "v": 0.0}, np.array([0.0, 300.0])).isel(t=-1)
    t = np.linspace(0.0, 20.0, 20001)
    ds = integrate(law, {"x": float(settled.x), "v": float(settled.v)}, t)
    crossings = CubicSpline(t, ds.x.values).roots(extrapolate=False)
    assert np.diff(crossings[::2]) == pytest.approx(2 * np.pi / frequency, abs=1e-10)


def test_van_der_pol_settles_on_one_cycle_from_inside_and_outside() -> None:
    problem = ordinary("van-der-pol")
    late = np.append(0.0, np.linspace(80.0, 90.0, 4001))
    inside, outside = (integrate(problem.equation, {"x": x, "v": 0.0}, late) for x in (0.3, 4.0))
    largest = [float(ds.x[1:].max()) for ds in (inside, outside)]
    assert largest[0] == pytest.approx(largest[1], abs=1e-5)
    assert 2.0 < largest[0] < 2.03
