"""Forms apart from their numbers: the same function gets the same form, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest

from physforge.discovery.symbolic.choice import Price, complexity
from physforge.discovery.symbolic.form import read_formula
from physforge.equations.text import expression_text

FIELDS = frozenset({"u", "v"})
VARIABLES = ("u", "v", "u_x", "u_xx")


@pytest.mark.parametrize(
    ("text", "terms", "values"),
    [
        ("2*u/(1 + 0.5*u)", ("u/(1 + c1*u)",), [0.5]),
        ("4*u/(2 + u)", ("u/(1 + c1*u)",), [0.5]),
        ("u/(1 + u)", ("u/(1 + u)",), []),
        ("(3 + u)/(2 + u)", ("1/(1 + c1*u)", "u/(1 + c1*u)"), [0.5]),
        ("1/(0.5 + 1/u)", ("u/(1 + c1*u)",), [0.5]),
        ("v/(1/u**2 + 0.5/(u*v))", ("u**2*v**2/(u + c1*v)",), [2.0]),
        ("-9.8*sin(-2*v)", ("sin(c1*v)",), [2.0]),
        ("sqrt(2*u)", ("sqrt(u)",), []),
        ("-0.5*(u - v)*(u + v)*u_x", ("u**2*u_x", "v**2*u_x"), []),
        ("log(3*u + 1/(1 + 4*v))", ("log(1/(1 + c1*v) + c2*u)",), [4.0, 3.0]),
    ],
)
def test_numbers_within_terms_become_constants(text, terms, values):
    formula = read_formula(text, FIELDS, VARIABLES)
    assert formula.form.terms == terms
    assert formula.values == pytest.approx(values)
    assert read_formula(expression_text(formula.expression(FIELDS)), FIELDS, VARIABLES).form == formula.form


def test_constants_are_named_unlike_any_variable():
    formula = read_formula("cold/(1 + 0.5*cold)", {"cold"}, ("cold",))
    assert formula.form.constants == ("cc1",)


def test_complexity_counts_what_is_written():
    def size(text: str) -> int:
        return complexity(read_formula(text, FIELDS, VARIABLES).form, FIELDS)

    assert size("u") == 2
    assert size("u - 0.1*u*v") == 5
    assert size("sin(u)") < size("sin(2*u)") < size("sin(2*u) + 3")
    assert size("u*u_x") == size("u**2")


def test_a_number_costs_half_the_log_of_the_observations_and_a_symbol_the_log_of_the_alphabet():
    price = Price(alphabet=7, blocks=36, floor=1e-3)
    cost = {
        text: price(read_formula(text, FIELDS, VARIABLES).form, FIELDS) for text in ("u", "u*v", "sin(u)", "sin(2*u)")
    }
    assert (cost["u*v"] - cost["u"]) * 36 == pytest.approx(np.log(7))
    assert cost["u*v"] == cost["sin(u)"]
    assert (cost["sin(2*u)"] - cost["sin(u)"]) * 36 == pytest.approx(np.log(7) + 0.5 * np.log(36))
