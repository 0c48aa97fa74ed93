"""Systems of equations."""

from __future__ import annotations

import json

import pytest

from physforge.equations import Equation, System
from physforge.errors import EquationError

LORENZ = "x_t = 10*(y - x); y_t = x*(28 - z) - y; z_t = x*y - 8/3*z"


def test_fields_of_one_equation_are_fields_of_all() -> None:
    system = System.parse(LORENZ)
    assert system.targets == ("x_t", "y_t", "z_t")
    assert system.fields == ("x", "y", "z")
    assert system.free_symbols == ()
    assert system["y_t"].terms == {"x": 28.0, "y": -1.0, "x*z": -1.0}
    assert system["z_t"].terms["z"] == pytest.approx(-8 / 3)


def test_lists_lines_and_semicolons_are_the_same() -> None:
    lines = System.parse("u_t = v_x\n   - u\n\nv_t = u_x")
    assert lines == System.parse(["u_t = v_x - u", "v_t = u_x"]) == System.parse("u_t = v_x - u; v_t = u_x")
    assert len(lines) == 2
    assert [equation.target for equation in lines] == ["u_t", "v_t"]
    assert System.parse(str(lines)) == lines


def test_equations_put_together_learn_each_others_fields() -> None:
    hare = Equation.from_terms("hare_t", {"hare": 0.5, "hare*lynx": -0.02}, stderr={"hare": 0.01})
    assert hare.free_symbols == ("lynx",)
    system = System((hare, Equation.from_terms("lynx_t", {"lynx": -0.9, "hare*lynx": 0.03})))
    assert system.free_symbols == ()
    assert system["hare_t"].fields == ("hare", "lynx")
    assert system["hare_t"].stderr == {"hare": 0.01}


def test_matches_whatever_the_order() -> None:
    system = System.parse(LORENZ)
    assert system.matches(System.parse("; ".join(reversed(LORENZ.split(";")))))
    assert system.matches(LORENZ.replace("28", "28.5"))
    assert not system.matches(LORENZ.replace("28", "31"))
    assert not system.matches("x_t = 10*(y - x); y_t = x")


def test_the_document_keeps_everything() -> None:
    system = System.parse("u_t = nu*u_xx + v; v_t = -u", parameters={"nu": 0.1})
    assert System.from_document(json.loads(json.dumps(system.to_document()))) == system


def test_mistakes_name_the_equation() -> None:
    with pytest.raises(EquationError, match=r"Equation 2 of the system: .*column 8"):
        System.parse("u_t = v; v_t = 2u")
    with pytest.raises(EquationError, match="'u_t'"):
        System.parse("u_t = v; u_t = 2*v; v_t = u")
    with pytest.raises(EquationError, match="no equation"):
        System.parse("  ")
    with pytest.raises(KeyError, match="w_t"):
        System.parse(LORENZ)["w_t"]
