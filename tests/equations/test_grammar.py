"""The grammar: what is refused, where, how soon; and that text and equation are one."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physforge.equations import Equation
from physforge.errors import EquationError

#: Values of the names in a random expression.
VALUES = {"u": 0.7, "v": 1.3, "u_x": 0.4, "u_xx": 1.9, "v_x": 0.6, "u_xy": 2.1, "x": 1.1, "nu": 0.8, "c(x)": 1.7}

#: Text, and what NumPy makes of the same arithmetic.
Pair = tuple[str, np.float64]

_OPERATORS = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
_FUNCTIONS = {"sin": np.sin, "cos": np.cos, "exp": np.exp, "abs": np.abs, "tanh": np.tanh, "sqrt": np.sqrt}
_LEAVES = st.sampled_from([(name, np.float64(value)) for name, value in VALUES.items()]) | st.floats(0.01, 100.0).map(
    lambda value: (repr(value), np.float64(value))
)


def _compound(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    exponents = st.sampled_from([2, -1, 3, 0.5, -1.5])
    return st.one_of(
        st.tuples(inner, st.sampled_from(sorted(_OPERATORS)), inner).map(
            lambda p: (f"({p[0][0]} {p[1]} {p[2][0]})", _OPERATORS[p[1]](p[0][1], p[2][1]))
        ),
        st.tuples(inner, exponents).map(lambda p: (f"({p[0][0]})**{p[1]}", p[0][1] ** np.float64(p[1]))),
        st.tuples(st.sampled_from(sorted(_FUNCTIONS)), inner).map(
            lambda p: (f"{p[0]}({p[1][0]})", _FUNCTIONS[p[0]](p[1][1]))
        ),
        inner.map(lambda p: (f"-{p[0]}", -p[1])),
    )


_PAIRS = st.recursive(_LEAVES, _compound, max_leaves=8)


def _parsed(text: str) -> Equation | None:
    try:
        return Equation.parse(f"u_t = {text}", fields=["u", "v"])
    except EquationError:
        return None  # a division by zero, a root of a negative number, an overflow


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@given(_PAIRS)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_text_of_an_equation_is_that_equation(pair: Pair) -> None:
    equation = _parsed(pair[0])
    if equation is not None:
        assert Equation.parse(str(equation), fields=equation.fields) == equation


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@given(_PAIRS)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_normal_form_has_the_value_of_the_text(pair: Pair) -> None:
    text, expected = pair
    equation = _parsed(text)
    if equation is None:
        return
    value = float(equation.evaluate(VALUES))
    if np.isfinite(expected) and np.isfinite(value) and 1e-6 < abs(expected) < 1e6:
        assert value == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("u_t", "no '='"),
        ("", "no '='"),
        ("u_t = ", "ends too early"),
        ("u_t = (u + v", "bracket is not closed"),
        ("u_t = u)", "Unexpected '\\)' at column 8"),
        ("u_t = 2u", "column 8.*write 2\\*u"),
        ("u_t = u v", "column 9.*star"),
        ("u_t = u = v", "column 9.*System"),
        ("u_t = 10**10**10", "column 13.*brackets"),
        ("u_t = 10**(10**10)", "not a finite real number.*column 7"),
        ("u_t = u + 1e999", "finite.*column 11"),
        ("u_t = u**101", "too large.*column 7"),
        ("u_t = u**v", "exponent must be a number.*column 10"),
        ("u_t = u + 1/0", "0 to the power -1.*column 13"),
        ("u_t = log(-1)", "log\\(-1\\).*column 7"),
        ("u_t = sqrt(-1)", "-1 to the power 0.5"),
        ("u_t = foo(u)", "'foo' is not one of the functions"),
        ("u_t = sin", "'sin' is a function"),
        ("u_t = u_xxxxxxxxxxxxxxxx", "order 16"),
        ("u_t = (k)_x", "no field stands in the brackets"),
        ("1 = 2", "holds no field"),
        ("u_t = u.x", "column 8"),
        ('u_t = __import__("os").system("true")', "column 7"),
        ("u_t = u[0]", "column 8"),
        ("u_t = lambda: u", "column 13"),
    ],
)
def test_a_message_says_what_is_wrong_and_where(text: str, message: str) -> None:
    with pytest.raises(EquationError, match=message):
        Equation.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "u_t = " + "(" * 41 + "u" + ")" * 41,
        "u_t = (u + v + w + 1)**80",
        "u_t = " + " + ".join(["(u + v + w)**40"] * 500),
        "u_t = " + "*".join(["(u + 1)"] * 2500),
        "u_t = (sin(u)*exp(u)*tanh(u)*log(u)/(1 + u*sin(u)))_xxxxxxxxxxxx",
        "u_t = " + "u + " * 6000 + "u",
        "u_t = ((((u + v)**9 + u)**9 + v)**9 + u)**9",
    ],
)
def test_what_would_take_forever_is_refused_soon(text: str) -> None:
    start = time.process_time()
    with pytest.raises(EquationError):
        Equation.parse(text)
    assert time.process_time() - start < 10.0


def test_the_deepest_brackets_allowed_are_read() -> None:
    assert Equation.parse("u_t = " + "(" * 40 + "u" + ")" * 40).terms == {"u": 1.0}
    assert len(Equation.parse("u_t = " + "sin(" * 39 + "u" + ")" * 39).terms) == 1
    assert Equation.parse("u_t = " + "-" * 9001 + "u").terms == {"u": -1.0}


@pytest.mark.parametrize("name", ["sin", "x", "1a", "a b", "", "_a"])
def test_a_parameter_needs_a_name(name: str) -> None:
    with pytest.raises(EquationError, match="cannot name a parameter"):
        Equation.parse("u_t = u", parameters={name: 1.0})


def test_a_parameter_may_hide_a_constant_or_look_like_a_derivative() -> None:
    assert Equation.parse("u_t = pi*u + k_x*u_x", parameters={"pi": 3.0, "k_x": 2.0}).terms == {"u": 3.0, "u_x": 2.0}
