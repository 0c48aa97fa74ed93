"""Integrals against test functions along one axis: against Gauss's quadrature, and their orders of convergence."""

from __future__ import annotations

import numpy as np
import pytest

from physforge.derivatives.axis import Axis
from physforge.discovery.weak.axis_functions import EXPONENT, AxisFunctions, quadrature

ORDERS = range(5)

#: Gauss-Legendre, which integrates the functions and these waves to round-off.
NODES, WEIGHTS = np.polynomial.legendre.leggauss(80)


def wave(x: np.ndarray | float, order: int, number: float = 2.0) -> np.ndarray | float:
    """Return a derivative of sin(number x + 0.3) + 0.4 cos(2 number x)."""
    first = number**order * np.sin(number * x + 0.3 + order * np.pi / 2)
    return first + 0.4 * (2 * number) ** order * np.cos(2 * number * x + order * np.pi / 2)


def by_parts_undone(functions: AxisFunctions, order: int, number: float = 2.0) -> np.ndarray:
    """Integrate the function itself times the derivative itself, over the half-width."""
    points = functions.centres[:, None] + functions.half_width * NODES
    integrals: np.ndarray = (wave(points, order, number) * (1.0 - NODES**2) ** EXPONENT) @ WEIGHTS
    return integrals


def greatest_error(functions: AxisFunctions, order: int) -> float:
    found = functions.integrals(order) @ wave(functions.axis.points, 0)
    return float(np.max(np.abs(found - by_parts_undone(functions, order))))


def stretched(count: int) -> np.ndarray:
    """Points on [0, 2 pi] whose steps differ by a factor of four, smoothly."""
    s = np.linspace(0.0, 1.0, count)
    return 2 * np.pi * (s + 0.6 * np.sin(2 * np.pi * s) / (2 * np.pi))


@pytest.mark.parametrize("order", ORDERS)
def test_integrals_by_parts_are_those_of_the_derivative(order):
    functions = AxisFunctions.place(Axis("x", np.linspace(0.3, 5.0, 161)), 1.1, 9)
    assert len(functions) == 9
    assert greatest_error(functions, order) < 1e-6 * 4.0**order


@pytest.mark.parametrize("order", ORDERS)
def test_uniform_samples_integrate_faster_than_any_spline(order):
    # The function's n-th derivative vanishes like the (8 - n)-th power of the distance to its ends.
    errors = [
        greatest_error(AxisFunctions(Axis("x", np.linspace(0.0, 6.0, n)), 1.13, np.array([1.71, 3.07, 4.29])), order)
        for n in (49, 97)
    ]
    assert np.log2(errors[0] / errors[1]) > EXPONENT - order


@pytest.mark.parametrize("order", ORDERS)
def test_functions_reach_over_the_seam_of_a_period(order):
    x = np.linspace(0.0, 2 * np.pi, 96, endpoint=False)
    functions = AxisFunctions.place(Axis("x", x, 2 * np.pi), 1.0, 12)
    assert functions.centres[0] == x[0]
    assert greatest_error(functions, order) < 1e-5 * 4.0**order


def test_a_period_that_does_not_start_at_zero_and_a_repeated_end():
    axis = Axis("x", np.linspace(-1.3, -1.3 + 2 * np.pi, 97), 2 * np.pi).without_repeated_end()
    assert len(axis) == 96
    assert greatest_error(AxisFunctions.place(axis, 1.0, 12), 2) < 1e-5


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("period", [None, 2 * np.pi])
def test_the_spline_on_other_points_converges_with_fourth_order(order, period):
    errors = []
    for count in (81, 161, 321):
        points = stretched(count) if period is None else stretched(count)[:-1]
        # With a period, one function stands on its seam.
        centres = np.array([2.0 if period is None else 0.2, 3.1, 4.4])
        errors.append(greatest_error(AxisFunctions(Axis("x", points, period), 1.3, centres), order))
    assert np.log2(errors[0] / errors[2]) / 2.0 > 3.7


def test_random_times_are_integrated_well():
    rng = np.random.default_rng(0)
    t = np.linspace(0.0, 6.0, 301)
    t[1:-1] += rng.uniform(-0.4, 0.4, 299) * 0.02
    functions = AxisFunctions.place(Axis("t", t), 1.0, 7)
    for order in (0, 1, 2):
        assert greatest_error(functions, order) < 1e-4 * 4.0**order


def test_the_quadrature_of_a_spline_is_exact_for_a_natural_spline():
    from scipy.interpolate import CubicSpline

    rng = np.random.default_rng(3)
    points = np.cumsum(rng.uniform(0.1, 1.0, 30))
    values = rng.standard_normal(30)
    exact = float(CubicSpline(points, values, bc_type="natural").integrate(points[0], points[-1]))
    assert quadrature(Axis("t", points)) @ values == pytest.approx(exact, rel=1e-12)


def test_matrices_scale_with_the_units_of_the_axis():
    x = stretched(90)
    for unit in (1e-6, 1e3):
        plain = AxisFunctions.place(Axis("x", x), 1.1, 8)
        scaled = AxisFunctions.place(Axis("x", x * unit), 1.1 * unit, 8)
        for order in ORDERS:
            np.testing.assert_allclose(
                scaled.integrals(order) * unit**order, plain.integrals(order), rtol=0, atol=1e-9 * 4.0**order
            )


def test_functions_stay_inside_and_are_never_more_than_the_samples():
    axis = Axis("x", np.linspace(2.0, 5.0, 31))
    functions = AxisFunctions.place(axis, 0.7, 1000)
    assert len(functions) <= 31
    assert functions.centres[0] - 0.7 == pytest.approx(2.0)
    assert functions.centres[-1] + 0.7 == pytest.approx(5.0)
    assert len(AxisFunctions.place(Axis("x", axis.points, 3.1), 0.7, 1000)) == 31
    only = AxisFunctions.place(axis, 1.5, 5)
    assert len(only) == 1
    assert only.centres[0] == pytest.approx(3.5)


def test_averages_have_weight_one_and_overlaps_are_products():
    functions = AxisFunctions.place(Axis("x", np.linspace(0.0, 4.0, 81)), 0.9, 6)
    np.testing.assert_allclose(functions.average.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(functions.average @ functions.axis.points, functions.centres, rtol=1e-3)
    # The mean of s**2 under the weight (1 - s**2)**16.
    away = functions.axis.points - functions.centres[:, None]
    np.testing.assert_allclose(np.sum(functions.average * away**2, axis=1), 0.9**2 / 35.0, rtol=1e-6)
    expected = functions.integrals(1) @ functions.integrals(3).T
    np.testing.assert_allclose(functions.overlap(1, 3), expected, rtol=1e-12)
    np.testing.assert_allclose(functions.overlap(3, 1), expected.T, rtol=1e-12)
