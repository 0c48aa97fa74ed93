"""The scheme itself: order of convergence, and exactness where it is exact."""

from __future__ import annotations

import numpy as np
import pytest

from physforge.simulation.etdrk4 import Etdrk4


def _error(linear: complex, steps: int) -> float:
    """Integrate v' = L v - v**2 (a Bernoulli equation) over unit time."""
    stepper = Etdrk4.prepare(np.array([[linear]]), 1.0 / steps)
    v = np.array([[0.5 + 0.0j]])
    for index in range(steps):
        v = stepper.step(v, index / steps, lambda v, _: -(v**2))
    growth = np.exp(linear)
    exact = growth * 0.5 / (1 + 0.5 * (growth - 1) / linear)
    return float(abs(v[0, 0] - exact))


@pytest.mark.parametrize("linear", [-1.0, 2.0, 1.0 + 5.0j, -10.0])
def test_the_order_is_four(linear: complex) -> None:
    errors = [_error(linear, steps) for steps in (16, 32, 64)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx([4.0, 4.0], abs=0.35)


def test_the_order_is_four_in_time_dependent_forcing() -> None:
    def error(steps: int) -> float:
        stepper = Etdrk4.prepare(np.array([-2.0 + 0.0j]), 1.0 / steps)
        v = np.array([0.0 + 0.0j])
        for index in range(steps):
            v = stepper.step(v, index / steps, lambda v, t: np.full_like(v, np.cos(3 * t)))
        exact = (2 * np.cos(3.0) + 3 * np.sin(3.0) - 2 * np.exp(-2.0)) / 13
        return float(abs(v[0] - exact))

    assert np.log2(error(10) / error(20)) == pytest.approx(4.0, abs=0.2)


@pytest.mark.parametrize("linear", [0.0, 1e-12, -1e-3, 1e-2j, -1e6, 1e5j])
def test_a_linear_problem_with_constant_forcing_is_exact(linear: complex) -> None:
    h = 0.1
    stepper = Etdrk4.prepare(np.array([linear], dtype=complex), h)
    v = stepper.step(np.array([1.0 + 0.0j]), 0.0, lambda v, _: np.ones_like(v))
    z = linear * h
    phi = 1 + z / 2 + z**2 / 6 if abs(z) < 1e-4 else np.expm1(z) / z
    assert v[0] == pytest.approx(np.exp(z) + h * phi, rel=1e-11)


def test_known_first_stages_are_used() -> None:
    stepper = Etdrk4.prepare(np.array([-1.0 + 0.0j]), 0.1)
    v = np.array([0.3 + 0.0j])
    calls = []

    def nonlinear(v: np.ndarray, t: float) -> np.ndarray:
        calls.append(t)
        return v**2

    with_first = stepper.step(v, 0.0, nonlinear, v**2)
    assert calls == [0.05, 0.05, 0.1]
    np.testing.assert_array_equal(with_first, stepper.step(v, 0.0, nonlinear))
