"""Equations: parsing, normal form, comparison, evaluation and the ways in and out."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

from physforge.equations import CoordinateFunction, Equation, canonical_term, evaluate_term
from physforge.errors import EquationError


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("u_t = -u_x*u + 0.1*u_xx", {"u*u_x": -1.0, "u_xx": 0.1}),
        ("u_t = (u**2)_x", {"u*u_x": 2.0}),
        ("u_t = (u*u_x)_x", {"u_x**2": 1.0, "u*u_xx": 1.0}),
        ("u_t = (u + v)**2 - v^2 + v_x - v_x", {"u**2": 1.0, "u*v": 2.0}),
        ("u_t = 2 - 3*(1 - u)", {"1": -1.0, "u": 3.0}),
        ("u_t = sin(u)_x + exp(2*u)_x", {"u_x*cos(u)": 1.0, "u_x*exp(2*u)": 2.0}),
        ("u_t = u/(2 + 4*u)", {"u/(1 + 2*u)": 0.5}),
        ("u_t = 1/(1 + u)**2 - 1/u", {"1/(1 + u)**2": 1.0, "1/u": -1.0}),
        ("u_t = sqrt(4*u) + (u**2)**0.5", {"sqrt(u)": 2.0, "sqrt(u**2)": 1.0}),
        ("u_t = sin(-u) + cos(-u) + u_yx", {"sin(u)": -1.0, "cos(u)": 1.0, "u_xy": 1.0}),
        ("u_t = -2**2*u − 3·u_x", {"u": -4.0, "u_x": -3.0}),
        ("u_t = u*tanh(0) + exp(0)*abs(-3)*u", {"u": 3.0}),
        ("u_t = (x*u)_x + (t*u)_x", {"u": 1.0, "x*u_x": 1.0, "t*u_x": 1.0}),
        ("u_t = u/u", {"1": 1.0}),
    ],
)
def test_terms_are_expanded_and_named_one_way(text: str, terms: dict[str, float]) -> None:
    equation = Equation.parse(text, fields=["u", "v"])
    assert equation.terms == pytest.approx(terms)


def test_roots_of_negative_looking_expressions_stay_roots() -> None:
    assert Equation.parse("u_t = sqrt(-4*u)").evaluate({"u": -4.0}) == pytest.approx(4.0)
    assert Equation.parse("u_t = sqrt(-1 - 3*u)").evaluate({"u": -5.0}) == pytest.approx(14**0.5)
    assert Equation.parse("u_t = (-2 - 2*u)**-1.5").evaluate({"u": -3.0}) == pytest.approx(0.125)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("u_t = u_xx", "u_t"),
        ("u_t + u*u_x = 0.1*u_xx", "u_t"),
        ("2*u_t = u_xx", "u_t"),
        ("u_tt + 0.1*u_t + u = 0", "u_tt"),
        ("u_xx + u_yy = sin(pi*x)", "u_xx + u_yy"),
        ("u_x + v_y = 0", "u_x + v_y"),
        ("u*u_t + u_t = u_xx", "u_t + u*u_t"),
        ("hare_thousands_t = hare_thousands", "hare_thousands_t"),
    ],
)
def test_the_left_side_is_the_time_derivative_where_there_is_one(text: str, target: str) -> None:
    assert Equation.parse(text).target == target


def test_moving_terms_to_the_right_keeps_the_law() -> None:
    assert Equation.parse("2*u_tt + u = u_t").terms == {"u": -0.5, "u_t": 0.5}


def test_parameters_have_values_or_stay_free() -> None:
    free = Equation.parse("u_t = nu*u_xx + k*u")
    assert free.free_symbols == ("k", "nu")
    bound = free.bind({"nu": 0.25})
    assert bound.free_symbols == ("k",)
    assert bound.terms == {"k*u": 1.0, "u_xx": 0.25}
    assert bound.parameters == {"nu": 0.25}
    assert bound == Equation.parse("u_t = 0.25*u_xx + k*u")
    with pytest.raises(EquationError, match="'mu' is not a free parameter"):
        free.bind({"mu": 1.0})


def test_a_field_of_an_ode_may_be_called_like_a_coordinate() -> None:
    lorenz = Equation.parse("x_t = 10*y - 10*x", fields=["x", "y", "z"])
    assert lorenz.fields == ("x", "y")
    assert lorenz.coordinates == ("t",)
    assert lorenz.free_symbols == ()


def test_the_longest_field_name_wins() -> None:
    equation = Equation.parse("u_x_t = u_x - u_xx", fields=["u", "u_x"])
    assert equation.fields == ("u", "u_x")
    assert equation.target == "u_x_t"
    assert equation.derivatives == ("u_xx",)


def test_matches_compares_target_terms_and_coefficients() -> None:
    law = Equation.parse("u_t = -u*u_x + 0.1*u_xx")
    assert law.matches("u_t = -0.96*u*u_x + 0.104*u_xx")
    assert not law.matches("u_t = -0.94*u*u_x + 0.1*u_xx")
    assert not law.matches("u_t = -u*u_x + 0.1*u_xx + 1e-9*u")
    assert not law.matches("u_t = -u*u_x")
    assert not law.matches("u_tt = -u*u_x + 0.1*u_xx")
    assert not law.matches("u_t = u*u_x + 0.1*u_xx")


def test_from_terms_scales_the_standard_errors_with_the_expansion() -> None:
    law = Equation.from_terms("u_t", {"(u**2)_x": -0.5, "u_xx": 0.1, "u": 0.0}, stderr={"(u**2)_x": 0.01, "u": 0.3})
    assert law.terms == {"u*u_x": -1.0, "u_xx": 0.1}
    assert law.stderr == {"u*u_x": 0.02}
    with pytest.raises(EquationError, match="'v', which is not among"):
        Equation.from_terms("u_t", {"u": 1.0}, stderr={"v": 0.1})
    with pytest.raises(EquationError, match="finite"):
        Equation.from_terms("u_t", {"u": float("nan")})


def test_from_terms_adds_the_variances_of_terms_that_meet() -> None:
    law = Equation.from_terms("u_t", {"u*u_x": 1.0, "(u**2)_x": 1.0}, stderr={"u*u_x": 0.3, "(u**2)_x": 0.2})
    assert law.terms == {"u*u_x": 3.0}
    assert law.stderr["u*u_x"] == pytest.approx(0.5)


def test_equations_are_values() -> None:
    law = Equation.parse("u_t = -u_x*u + 0.1*u_xx")
    same = Equation.parse("u_t = 0.1*u_xx - u*u_x")
    assert law == same
    assert hash(law) == hash(same)
    assert copy.deepcopy(law) == law
    assert law != Equation.parse("u_t = 0.1*u_xx - 2*u*u_x")
    with pytest.raises(AttributeError):
        law.left = law.right  # type: ignore[misc]


def test_an_equation_crosses_process_borders() -> None:
    from multiprocessing import Pipe

    law = Equation.from_terms("u_t", {"u/(1 + u)": 1.0, "sin(u)": 2.0}, stderr={"sin(u)": 0.1})
    here, there = Pipe()
    here.send(law)
    received = there.recv()
    assert received == law
    assert received.stderr == law.stderr


def test_a_parameter_needs_a_finite_number() -> None:
    for value in (float("nan"), np.float32("inf"), "0.1x", None):
        with pytest.raises(EquationError, match="'nu' is"):
            Equation.parse("u_t = nu*u_xx", parameters={"nu": value})  # type: ignore[dict-item]
    assert Equation.parse("u_t = nu*u", parameters={"nu": np.float32(0.5)}).terms == {"u": 0.5}


def test_evaluate_uses_values_by_name_and_broadcasts() -> None:
    rng = np.random.default_rng(1)
    u, u_x, u_xx = rng.standard_normal((3, 4, 5))
    law = Equation.parse("u_t = -u*u_x + nu*u_xx + sin(x)/(1 + u**2) + 1")
    x = np.linspace(0, 1, 5)
    value = law.evaluate({"u": u, "u_x": u_x, "u_xx": u_xx, "nu": 0.1, "x": x})
    np.testing.assert_allclose(value, -u * u_x + 0.1 * u_xx + np.sin(x) / (1 + u**2) + 1, rtol=1e-14)
    assert Equation.parse("u_t = 2").evaluate({"u": np.zeros((2, 3))}).shape == (2, 3)
    with pytest.raises(EquationError, match="no value for 'u_x'"):
        law.evaluate({"u": u, "u_xx": u_xx, "nu": 0.1, "x": x})
    with pytest.raises(EquationError, match=r"u \(4, 5\)"):
        law.evaluate({"u": u, "u_x": u_x[0, :2], "u_xx": u_xx, "nu": 0.1, "x": x})


def test_a_value_that_does_not_exist_is_not_an_error() -> None:
    value = evaluate_term("log(u)", {"u": np.array([-1.0, 0.0, 1.0])})
    assert np.isnan(value[0])
    assert value[1] == -np.inf
    assert value[2] == 0.0


def test_evaluate_term_of_a_library_column() -> None:
    u = np.array([1.0, 2.0])
    np.testing.assert_array_equal(evaluate_term("1", {"u": u}), [1.0, 1.0])
    np.testing.assert_array_equal(evaluate_term("u**2*u_x", {"u": u, "u_x": 3 * u}), [3.0, 24.0])
    assert canonical_term("u_x*u") == (("u*u_x", 1.0),)
    assert canonical_term("(u**2*v)_x", fields=["u", "v"]) == (("u*v*u_x", 2.0), ("u**2*v_x", 1.0))


@pytest.mark.parametrize("basis", ["polynomial", "fourier"])
def test_a_coefficient_may_vary_with_a_coordinate(basis: str) -> None:
    x = np.linspace(0, 3, 7)
    if basis == "polynomial":
        c, value, slope = CoordinateFunction("x", (1.0, 2.0, 3.0)), 1 + 2 * x + 3 * x**2, 2 + 6 * x
    else:
        c = CoordinateFunction("x", (1.0, 0.5, 0.25), basis="fourier", period=3.0)
        k = 2 * np.pi / 3
        value = 1 + 0.5 * np.cos(k * x) + 0.25 * np.sin(k * x)
        slope = -0.5 * k * np.sin(k * x) + 0.25 * k * np.cos(k * x)
    law = Equation.parse("u_t = (c(x)*u_x)_x", parameters={"c": c})
    assert law.terms == {"c(x)_x*u_x": 1.0, "c(x)*u_xx": 1.0}
    assert law.free_symbols == ()
    np.testing.assert_allclose(law.evaluate({"x": x, "u_x": 2.0, "u_xx": 5.0}), 2 * slope + 5 * value, atol=1e-12)
    assert Equation.from_document(json.loads(json.dumps(law.to_document()))) == law
    assert Equation.parse("u_t = c(x)*u_xx").free_symbols == ("c",)


@pytest.mark.parametrize(
    "arguments",
    [
        {"coefficients": ()},
        {"coefficients": (float("inf"),)},
        {"coefficients": (1.0,), "basis": "fourier"},
        {"coefficients": (1.0,), "period": 2.0},
        {"coefficients": (1.0,), "basis": "legendre"},
        {"coefficients": (1.0,), "basis": "fourier", "period": -1.0},
    ],
)
def test_a_coordinate_function_that_makes_no_sense_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(EquationError):
        CoordinateFunction("x", **arguments)  # type: ignore[arg-type]


def test_the_document_keeps_everything() -> None:
    law = Equation.from_terms(
        "w_x_t", {"w_x*k": -0.1, "v": 1 / 3}, stderr={"v": 0.01}, fields=["w_x", "v"], parameters={"k": 3.0}
    )
    again = Equation.from_document(json.loads(json.dumps(law.to_document())))
    assert again == law
    assert (again.stderr, again.fields, again.parameters) == ({"v": 0.01}, ("v", "w_x"), {"k": 3.0})
    with pytest.raises(EquationError, match="does not hold an equation"):
        Equation.from_document({"equation": "u_t = u"})
