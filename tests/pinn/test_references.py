"""The solutions that the benchmark of PINNs scores with are themselves right."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.pinn import allen_cahn, burgers, cavity_reference, kdv, references
from benchmarks.pinn.statement import Reference

from physforge.equations import Equation


def test_exact_formulas_satisfy_their_laws():
    assert references.residuals() == pytest.approx({"kdv": 0.0, "wave": 0.0, "kovasznay": 0.0}, abs=1e-8)


def test_differences_are_of_eighth_order():
    at = np.array([0.3])
    for order, exact in ((1, np.cos(0.3)), (2, -np.sin(0.3)), (3, -np.cos(0.3))):
        rough, fine = (abs(references.differentiate(np.sin, at, order, step)[0] - exact) for step in (0.4, 0.2))
        assert 200 < rough / fine < 300


def test_burgers_shock_has_the_published_slope():
    # Basdevant et al. (1986), table 1: |u_x| at x = 0 is 152.00516 at most, at t = 1.6037/pi.
    step, t = 1e-6, np.full(2, 1.6037 / np.pi)
    left, right = burgers.solve(np.array([-step, step]), t)
    assert (left - right) / (2 * step) == pytest.approx(152.00516, abs=1e-4)


def test_burgers_does_not_depend_on_the_quadrature():
    x, t = np.random.default_rng(0).uniform((-1, 0), (1, 1), (300, 2)).T
    assert np.max(np.abs(burgers.solve(x, t) - burgers.quadrature(x, t, 3000))) < 1e-13


def test_solitons_are_those_that_the_problem_starts_from():
    ends = kdv.solve(np.array([-kdv.HALF, kdv.HALF])[:, None], np.linspace(0.0, kdv.END, 20))
    assert np.max(np.abs(ends)) < 3e-6
    law = Equation.parse(f"u_t = {kdv.formula()}")
    x = np.linspace(-kdv.HALF, kdv.HALF, 61)
    assert np.allclose(law.evaluate({"x": x}), kdv.solve(x, 0.0), rtol=1e-13, atol=0.0)


def test_steps_of_allen_cahn_are_of_fourth_order():
    # On the smooth part of the solution; few modes, since only the steps are looked at.
    exact, rough, fine = (allen_cahn.integrate(256, steps, 3, 64)[1] for steps in (640, 40, 80))
    ratio = np.linalg.norm(rough - exact) / np.linalg.norm(fine - exact)
    assert 12 < ratio < 20


def test_the_cavity_agrees_with_finer_computations():
    # Marchi, Suero and Araki (2009): lowest u, lowest and highest v on the lines through the centre.
    along = np.linspace(0.01, 0.99, 2000)
    u, v = cavity_reference.lines(along, along, 100.0)
    assert (u.min(), v.min(), v.max()) == pytest.approx((-0.21404, -0.25380, 0.17957), abs=1e-4)


def test_the_worst_field_counts_and_unknown_values_do_not():
    one, two = np.array([3.0, 4.0]), np.array([1.0, np.nan])
    points = {"x": np.zeros(2)}
    found = {"u": np.array([3.0, 4.5]), "v": np.array([1.5, 7.0])}
    assert Reference(points, {"u": one, "v": two}).errors(found) == pytest.approx({"": 0.5, "u": 0.1, "v": 0.5})
    joint = Reference(points, {"u": one, "v": two}, together=True).errors(found)
    assert joint[""] == pytest.approx(np.sqrt(0.5 / 26.0))
    found["u"][0] = np.nan
    assert np.isnan(Reference(points, {"u": one, "v": two}).errors(found)[""])
