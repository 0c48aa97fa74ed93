"""ODEs against solutions known in closed form."""

from __future__ import annotations

import time

import numpy as np
import pytest
import xarray as xr

from physforge.equations import CoordinateFunction, Equation
from physforge.simulation import simulate


@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-9])
def test_the_tolerance_is_kept(rtol: float) -> None:
    t = np.linspace(0, 30, 301)
    sim = simulate("u_tt = -u", {"u": 1.0, "u_t": 0.0}, t, rtol=rtol)
    error = float(abs(sim.u - np.cos(t)).max())
    assert error < 10 * rtol
    assert sim.status == "ok"


def test_a_tighter_tolerance_gives_a_better_result() -> None:
    t = np.linspace(0, 10, 11)
    errors = [
        float(abs(simulate("u_t = u*cos(t)", {"u": 1.0}, t, rtol=rtol).u / np.exp(np.sin(t)) - 1).max())
        for rtol in (1e-3, 1e-6, 1e-9)
    ]
    assert errors[0] > 30 * errors[1] > 900 * errors[2]


def test_logistic_growth_and_its_data_set() -> None:
    t = xr.DataArray(np.array([0.0, 0.5, 3.0, 9.0]), dims="t", attrs={"units": "year"})
    initial = xr.Dataset({"hare": ((), 0.1, {"units": "thousand"})}, attrs={"title": "Hares"})
    sim = simulate("hare_t = 2*hare*(1 - hare)", initial, t)
    np.testing.assert_allclose(sim.hare, 1 / (1 + 9 * np.exp(-2 * t)), rtol=1e-6)
    assert sim.hare.dims == ("t",)
    assert sim.hare.attrs == {"units": "thousand"}
    assert sim.t.attrs == {"units": "year"}
    assert sim.attrs == {"title": "Simulation of Hares", "equation": "hare_t = 2*hare - 2*hare**2", "status": "ok"}


def test_conserved_quantity_of_predator_and_prey() -> None:
    sim = simulate("a_t = a - a*b; b_t = a*b - b", {"a": 2.0, "b": 0.5}, np.linspace(0, 50, 501), rtol=1e-8)
    conserved = sim.a - np.log(sim.a) + sim.b - np.log(sim.b)
    assert float(abs(conserved - conserved[0]).max()) < 1e-6
    assert float(sim.a.std()) > 0.3


def test_a_stiff_system_is_noticed() -> None:
    # Robertson's reaction; reference values of Hairer and Wanner's test set.
    law = "a_t = -0.04*a + 1e4*b*c; b_t = 0.04*a - 1e4*b*c - 3e7*b**2; c_t = 3e7*b**2"
    start = time.process_time()
    sim = simulate(law, {"a": 1.0, "b": 0.0, "c": 0.0}, [0.0, 0.4, 40.0, 4e5])
    assert time.process_time() - start < 5.0
    np.testing.assert_allclose(sim.a, [1.0, 0.98517, 0.71583, 4.93828e-3], rtol=1e-4)


def test_stiffness_found_late_changes_the_method_and_not_the_result() -> None:
    # Van der Pol: the slow parts are stiff.
    t = np.linspace(0, 200, 4001)
    automatic = simulate("u_tt = 1000*(1 - u**2)*u_t - u", {"u": 2.0, "u_t": 0.0}, t)
    implicit = simulate("u_tt = 1000*(1 - u**2)*u_t - u", {"u": 2.0, "u_t": 0.0}, t, method="Radau")
    assert automatic.status == "ok"
    np.testing.assert_allclose(automatic.u, implicit.u, rtol=1e-4)


def test_outputs_inside_the_step_at_which_the_method_changes() -> None:
    t = np.linspace(0, 5, 10_001)
    sim = simulate("u_t = -1000*(u - cos(t))", {"u": 0.0}, t)
    steady = (1e6 * np.cos(t) + 1e3 * np.sin(t)) / (1e6 + 1)
    assert np.isfinite(sim.u).all()
    np.testing.assert_allclose(sim.u, steady - steady[0] * np.exp(-1000 * t), atol=1e-5)


def test_blow_up_is_an_outcome() -> None:
    start = time.process_time()
    sim = simulate("y_t = y**2", {"y": 1.0}, np.linspace(0, 2, 21))
    assert time.process_time() - start < 2.0
    assert sim.status.startswith("diverged at t=")
    assert float(sim.status.partition("=")[2]) == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_allclose(sim.y[:10], 1 / (1 - sim.t[:10]), rtol=1e-5)
    assert np.isnan(sim.y[11:]).all()


def test_many_runs_at_once() -> None:
    initial = xr.Dataset({"u": (("trajectory",), [1.0, -2.0, 0.5])})
    sim = simulate("u_t = -u", initial, np.linspace(0, 1, 5))
    assert sim.u.dims == ("t", "trajectory")
    np.testing.assert_allclose(sim.u[-1], np.exp(-1) * initial.u, rtol=1e-6)


def test_a_reaction_at_every_place() -> None:
    x = np.linspace(0, 1, 7)
    law = Equation.parse("u_t = -c(x)*u", parameters={"c": CoordinateFunction("x", (1.0, 2.0))})
    sim = simulate(law, xr.Dataset({"u": ("x", np.ones(7))}, {"x": x}), [0.0, 1.0])
    np.testing.assert_allclose(sim.u[-1], np.exp(-1 - 2 * x), rtol=1e-6)


def test_the_same_input_gives_the_same_bits() -> None:
    law = "x_t = 10*(y - x); y_t = x*(28 - z) - y; z_t = x*y - 8/3*z"
    first, second = (simulate(law, {"x": 1.0, "y": 1.0, "z": 1.0}, np.linspace(0, 20, 201)) for _ in range(2))
    assert first.identical(second)


def test_from_rest_and_from_nothing() -> None:
    sim = simulate("u_t = 1 - u", {"u": 0.0}, [0.0, 1.0])
    assert float(sim.u[-1]) == pytest.approx(1 - np.exp(-1), rel=1e-6)
    assert simulate("u_t = -u", {"u": 3.0}, [0.0]).u.values.tolist() == [3.0]
