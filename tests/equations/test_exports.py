"""LaTeX, SymPy, Python and Julia."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import sympy

from physforge.equations import CoordinateFunction, Equation, System


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("u_t = -u*u_x + 0.1*u_xx", r"u_{t} = -u u_{x} + 0.1 \, u_{xx}"),
        ("u_t = nu*u_xx - 1e-7", r"u_{t} = -10^{-7} + \nu u_{xx}"),
        ("u_t = u**2/(1 + u)", r"u_{t} = \frac{u^{2}}{\left(1 + u\right)}"),
        ("u_t = exp(-u)*sqrt(1 + u)", r"u_{t} = e^{-u} \sqrt{1 + u}"),
        ("u_t = sin(u)**2 + abs(u)", r"u_{t} = \left|u\right| + \left(\sin\left(u\right)\right)^{2}"),
        ("hare_k_t = c(t)*hare_k", r"\mathrm{hare\_k}_{t} = c(t) \cdot \mathrm{hare\_k}"),
        ("u_t = hare*lynx*u", r"u_{t} = \mathrm{hare} \cdot \mathrm{lynx} \cdot u"),
        ("u_x = 0", "u_{x} = 0"),
    ],
)
def test_latex(text: str, latex: str) -> None:
    assert Equation.parse(text).to_latex() == latex


@pytest.mark.parametrize(
    ("value", "error", "latex"),
    [
        (-1.0023, 0.0031, r"-(1.0023 \pm 0.0031) \, u"),
        (0.1, 0.02, r"(0.100 \pm 0.020) \, u"),
        (123.4, 12.0, r"(123 \pm 12) \, u"),
        (2.5e-9, 1e-10, r"(2.5 \times 10^{-9} \pm 10^{-10}) \, u"),
    ],
)
def test_latex_shows_the_standard_error_to_two_digits(value: float, error: float, latex: str) -> None:
    law = Equation.from_terms("u_t", {"u": value}, stderr={"u": error})
    assert law.to_latex() == f"u_{{t}} = {latex}"


def test_a_notebook_shows_equations_and_systems() -> None:
    system = System.parse("x_t = y; y_t = -x")
    assert system.to_latex() == "\\begin{aligned}\nx_{t} &= y \\\\\ny_{t} &= -x\n\\end{aligned}"
    assert system._repr_latex_().startswith("$\\displaystyle \\begin{aligned}")
    assert system["x_t"]._repr_latex_() == "$\\displaystyle x_{t} = y$"


def test_sympy_solves_what_we_hand_over() -> None:
    law = Equation.parse("u_tt = -4*u").to_sympy()
    t = sympy.Symbol("t")
    solution = sympy.sin(2 * t)
    u = sympy.Function("u")
    assert (law.lhs - law.rhs).subs(u(t), solution).doit() == 0
    assert (law.lhs - law.rhs).subs(u(t), sympy.sin(3 * t)).doit() != 0


def test_sympy_checks_the_soliton() -> None:
    t, x = sympy.symbols("t x")
    law = Equation.parse("u_t = -6*u*u_x - u_xxx").to_sympy()
    soliton = sympy.cosh((x - t) / 2) ** -2 / 2
    residual = (law.lhs - law.rhs).subs(sympy.Function("u")(t, x), soliton).doit()
    assert abs(residual.subs({t: 0.3, x: 0.9}).evalf()) < 1e-12


def test_systems_share_the_arguments_of_their_functions() -> None:
    first, second = System.parse("u_t = v; v_t = u_x").to_sympy()
    t, x = sympy.symbols("t x")
    assert first.rhs == sympy.Function("v")(t, x)
    assert second.rhs == sympy.Derivative(sympy.Function("u")(t, x), x)


def test_the_python_source_computes_the_right_side(tmp_path: Path) -> None:
    c = CoordinateFunction("x", (1.0, 0.5))
    law = Equation.parse("u_t = c(x)*u_xx - sin(u)/(2 + u)**2 + lambda*u**-1.5 - 1", parameters={"c": c})
    source = law.to_python()
    assert source.splitlines()[3] == "def rhs_u_t(lambda_, u, u_xx, x):"
    file = tmp_path / "exported_law.py"
    file.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("exported_law", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    u, u_xx, x = np.array([1.0, 2.0]), np.array([3.0, -1.0]), np.array([0.1, 0.2])
    expected = law.evaluate({"u": u, "u_xx": u_xx, "x": x, "lambda": 0.3})
    np.testing.assert_allclose(module.rhs_u_t(0.3, u, u_xx, x), expected, rtol=1e-13)


def test_the_julia_source_broadcasts() -> None:
    source = Equation.parse("u_t = -u*u_x + 0.1*u_xx + end*u**2").to_julia()
    assert source.splitlines()[1:] == [
        "function rhs_u_t(end_, u, u_x, u_xx)",
        "    @. end_ * u ^ 2 - u * u_x + 0.1 * u_xx",
        "end",
    ]


@pytest.mark.parametrize(
    ("text", "typst"),
    [
        ("u_t = -u*u_x + 0.1*u_xx", "u_(t) = -u u_(x) + 0.1 thin u_(x x)"),
        ("u_t = nu*u_xx - 1e-7", "u_(t) = -10^(-7) + nu u_(x x)"),
        ("u_t = u**2/(1 + u)", "u_(t) = frac(u^(2), lr((1 + u)))"),
        ("hare_k_t = c(t)*hare_k", '"hare_k"_(t) = c(t) dot "hare_k"'),
    ],
)
def test_typst(text: str, typst: str) -> None:
    assert Equation.parse(text).to_typst() == typst


@pytest.mark.parametrize(
    "text",
    [
        "u_t = exp(-u)*sqrt(1 + u) + sin(u)**2 + abs(u)",
        "u_t = 1e-9*alpha*frac*u_xxxx + log(u)/(dot + 2*u)**2",
        "hare_k_t = c(t)*hare_k*lynx*tanh(x) - cos(2*pi*x)*hare_k**0.5",
    ],
)
def test_typst_sets_what_we_write(text: str) -> None:
    typst = pytest.importorskip("typst", reason="typst, which sets PDFs, is not installed")
    law = Equation.from_terms("u_t", {"u": 1.23, "u_xx": 4.5e-12}, stderr={"u": 0.011, "u_xx": 1e-13})
    page = f"$ {Equation.parse(text).to_typst()} $\n\n$ {law.to_typst()} $"
    assert typst.compile(page.encode(), format="pdf").startswith(b"%PDF")
