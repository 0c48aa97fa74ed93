"""Residuals of laws against exact solutions and against sympy-free hand calculation."""

import numpy as np
import pytest
import torch
from pinn.problem.jets_by_autograd import residual_of

from physforge.equations import CoordinateFunction, Equation, System
from physforge.errors import PinnError
from physforge.pinn import Dirichlet, Initial, Periodic, Problem

PI = np.pi


def columns(place):
    return [place[:, index] for index in range(place.shape[1])]


def law_residual(law, domain, solution, **options):
    """The law's residual at random points, for a solution that takes the coordinates in order."""
    conditions = [Dirichlet({"u": 0.0})] if "t" not in domain else [Initial({"u": 0.0}), Dirichlet({"u": 0.0})]
    problem = Problem(law, domain=domain, conditions=options.pop("conditions", conditions), **options)
    points = problem.blocks[0].region.sample(40, np.random.default_rng(3))

    def function(place):
        made = solution(*columns(place))
        return torch.stack(made if isinstance(made, tuple) else (made,))

    return residual_of(problem.blocks[0], function, points, dict(problem.unknown))


EXACT = {
    "heat": ("u_t = 0.3*u_xx", "tx", lambda t, x: torch.exp(-0.3 * t) * torch.sin(x)),
    "wave": ("u_tt = 4*u_xx", "tx", lambda t, x: torch.sin(x) * torch.cos(2 * t)),
    "KdV": (
        "u_t = -6*u*u_x - u_xxx",
        "tx",
        lambda t, x: 0.5 / torch.cosh(0.5 * (x - t)) ** 2,
    ),
    "beam": ("u_tt = -u_xxxx", "tx", lambda t, x: torch.sin(x) * torch.cos(t)),
    "Poisson": (
        "u_xx + u_yy = -2*pi**2*sin(pi*x)*sin(pi*y)",
        "xy",
        lambda x, y: torch.sin(PI * x) * torch.sin(PI * y),
    ),
    "biharmonic": (
        "u_xxxx + 2*u_xxyy + u_yyyy = 4*sin(x)*sin(y)",
        "xy",
        lambda x, y: torch.sin(x) * torch.sin(y),
    ),
    "three dimensions": (
        "u_t = u_xx + u_yy + u_zz",
        "txyz",
        lambda t, x, y, z: torch.exp(-3 * t) * torch.sin(x) * torch.cos(y) * torch.sin(z),
    ),
    "rational": ("u_t = -1/(1 + x**2)/u", "tx", lambda t, x: torch.sqrt(4 - 2 * t / (1 + x**2))),
    "functions": (
        "u_t = exp(-u)*log(2 + x)*tanh(x)*sqrt(x + 3)",
        "tx",
        lambda t, x: torch.log(3 + t * torch.log(2 + x) * torch.tanh(x) * torch.sqrt(x + 3)),
    ),
    "algebraic": ("u**3 + u_x - u_x = x**3", "x", lambda x: x),
    "mixed": ("u_xy = -sin(x)*cos(y)", "xy", lambda x, y: torch.cos(x) * torch.sin(y)),
}


@pytest.mark.parametrize("name", EXACT)
def test_an_exact_solution_has_no_residual(name):
    law, axes, solution = EXACT[name]
    if name == "algebraic":
        law, options = "u**3 = x**3", {"fields": ["u"]}
    else:
        options = {}
    if name in ("wave", "beam"):
        options["conditions"] = [Initial({"u": 0.0, "u_t": 0.0}), Dirichlet(0.0)]
    residual = law_residual(law, dict.fromkeys(axes, (0.0, 1.0)), solution, **options)
    assert residual.shape == (1, 40)
    assert np.abs(residual).max() < 1e-11
    shifted = law_residual(
        law, dict.fromkeys(axes, (0.0, 1.0)), lambda *x: solution(*x) + 0.1 * x[0] ** 5 * x[-1] ** 5, **options
    )
    assert np.abs(shifted).max() > 1e-5


def test_powers_are_what_they_say():
    law = "u_x = u**2 + 2*u**3 + 3*u**4 + 4*u**5 + 5/u + 6/u**2 + 7*u**1.5 + 8*sqrt(u)"
    residual = law_residual(law, {"x": (0, 1)}, lambda x: 0 * x + 1.7, conditions=Dirichlet(x=0.0, value=1.7))
    u = 1.7
    right = u**2 + 2 * u**3 + 3 * u**4 + 4 * u**5 + 5 / u + 6 / u**2 + 7 * u**1.5 + 8 * u**0.5
    assert -residual[0] == pytest.approx(right, rel=1e-14)


def test_several_fields_have_a_row_for_each_equation():
    # Kovasznay's flow, an exact solution of the steady Navier-Stokes equations.
    re = 20.0
    lam = re / 2 - np.sqrt(re**2 / 4 + 4 * PI**2)
    law = System.parse(
        "u*u_x + v*u_y = -p_x + nu*(u_xx + u_yy); u*v_x + v*v_y = -p_y + nu*(v_xx + v_yy); u_x + v_y = 0",
        parameters={"nu": 1 / re},
    )

    def flow(x, y):
        u = 1 - torch.exp(lam * x) * torch.cos(2 * PI * y)
        v = lam / (2 * PI) * torch.exp(lam * x) * torch.sin(2 * PI * y)
        return tuple({"u": u, "v": v, "p": (1 - torch.exp(2 * lam * x)) / 2}[name] for name in law.fields)

    residual = law_residual(law, {"x": (-0.5, 1), "y": (-0.5, 1.5)}, flow, conditions=[Dirichlet({"u": 0.0, "v": 0.0})])
    assert residual.shape == (3, 40)
    assert np.abs(residual).max() < 1e-10


def test_a_coefficient_function_and_its_derivative_count():
    c = CoordinateFunction("x", (1.0, 0.5, 0.25))
    law = Equation.parse("u_t = (c(x)*u_x)_x", parameters={"c": c})
    residual = law_residual(law, {"t": (0, 1), "x": (0, 2)}, lambda t, x: t + x**2)
    problem = Problem(law, domain={"t": (0, 1), "x": (0, 2)}, conditions=[Initial(0.0), Periodic("x")])
    (place,) = problem.blocks[0].region.sample(40, np.random.default_rng(3)).places
    x = place[:, 1]
    assert residual[0] == pytest.approx(1 - ((1 + 0.5 * x + 0.25 * x**2) * 2 + (0.5 + 0.5 * x) * 2 * x), abs=1e-12)


def test_unknown_parameters_are_tensors_in_the_residual():
    problem = Problem(
        "u_t = a*u_xx + b*u", domain={"x": (0, 1), "t": (0, 1)}, conditions=[Initial(0.0), Periodic("x")],
        unknown={"a": 2.0, "b": 3.0},
    )  # fmt: skip
    block = problem.blocks[0]
    jets = {order: torch.ones(1, 4, dtype=torch.float64) for order in block.orders[0]}
    named = {name: torch.tensor(value, requires_grad=True) for name, value in problem.unknown.items()}
    residual = block.residual([jets], [torch.zeros(4, 2, dtype=torch.float64)], named, torch.zeros(0, 4))
    assert residual.tolist() == [[-4.0] * 4]
    gradients = torch.autograd.grad(residual.sum(), list(named.values()))
    assert [float(one) for one in gradients] == [-4.0, -4.0]


def test_a_law_bound_to_values_equals_the_one_with_numbers():
    with_name = law_residual(
        Equation.parse("u_t = nu*u_xx"), {"t": (0, 1), "x": (0, 1)}, lambda t, x: t * x**3, parameters={"nu": 0.7}
    )
    with_number = law_residual("u_t = 0.7*u_xx", {"t": (0, 1), "x": (0, 1)}, lambda t, x: t * x**3)
    assert np.array_equal(with_name, with_number)


@pytest.mark.parametrize(
    ("law", "options", "match"),
    [
        ("u_t = nu*u_xx", {}, "'nu' in the law has no value.*parameters="),
        ("u_t = u_xxxxx", {}, "of order 5, and at most 4"),
        ("u_t = u_xx + y", {}, "depends on 'y'"),
        ("u_t = u_yy", {}, "depends on 'y'"),
        ("u_t = = u", {}, "cannot be read"),
        ("u_t = nu*u_xx", {"parameters": {"nu": 1.0}, "unknown": {"nu": 1.0}}, "in parameters= and in unknown="),
        ("u_t = nu*u_xx", {"unknown": {"nu": np.nan}}, "finite"),
        ("u_t = u_xx", {"unknown": {"nu": 1.0}}, "neither in the law nor in a condition"),
        (Equation.parse("u_t = nu*u_xx", parameters={"nu": 1.0}), {"unknown": {"nu": 1.0}}, "parse it without"),
        (3.0, {}, "give an Equation"),
    ],
)
def test_a_law_that_cannot_be_used_is_refused(law, options, match):
    with pytest.raises(PinnError, match=match):
        Problem(law, domain={"x": (0, 1), "t": (0, 1)}, conditions=[Initial(0.0), Periodic("x")], **options)


@pytest.mark.parametrize(
    ("domain", "match"),
    [
        ({"x": (0, 1)}, "depends on 't'"),
        ({"x": (0, 1), "t": (1, 0)}, "to go up"),
        ({"x": (0, np.inf), "t": (0, 1)}, "finite"),
        ({"x": (0, 1), "t": 1.0}, "give two numbers"),
        ({"x": (0, 1), "t": (0, 1), "r": (0, 1)}, "coordinates are t, x, y and z"),
    ],
)
def test_a_domain_that_cannot_be_used_is_refused(domain, match):
    with pytest.raises(PinnError, match=match):
        Problem("u_t = u_xx", domain=domain, conditions=[Initial(0.0), Periodic("x")])


def test_fields_of_an_ode_may_be_called_like_coordinates():
    problem = Problem("x_t = y; y_t = -x", domain={"t": (0, 6)}, conditions=Initial({"x": 0.0, "y": 1.0}))
    assert (problem.coordinates, problem.fields, len(problem.blocks)) == (("t",), ("x", "y"), 1)
    points = problem.blocks[0].region.sample(9, np.random.default_rng(0))
    residual = residual_of(problem.blocks[0], lambda place: torch.cat([torch.sin(place.T), torch.cos(place.T)]), points)
    assert np.abs(residual).max() < 1e-15
    zero = torch.zeros(1, 1, dtype=torch.float64)
    made = problem.ansatz.apply({(0,): torch.full((2, 1), 7.0, dtype=torch.float64)}, zero, [(0,)])
    assert made[0,].tolist() == [[0.0], [1.0]]
