"""Conditions that hold by construction: they do, whatever the network, and the derivatives are right."""

import numpy as np
import pytest
import torch
from pinn.problem.jets_by_autograd import jets_of

from physforge.equations.parser import parse_expression
from physforge.equations.substitution import substitute
from physforge.errors import PinnError
from physforge.pinn import Data, Dirichlet, Initial, Neumann, Periodic, Problem
from physforge.pinn.lifting import Lifting

WAVE = {"x": (-1.0, 3.0), "t": (0.5, 2.0)}


def network(outputs, seed=0, periodic=()):
    """A smooth function of (points, coordinates) with values (outputs, points)."""
    generator = torch.Generator().manual_seed(seed)

    def function(place):
        columns = list(place.T)
        found = []
        for _ in range(outputs):
            weights = torch.randn(len(columns), generator=generator.manual_seed(seed + len(found)), dtype=torch.float64)
            phase = sum(
                torch.sin(2 * np.pi * column / periodic[axis]) if axis in periodic else weight * column
                for axis, (weight, column) in enumerate(zip(weights, columns, strict=True))
            )
            found.append(1.5 + torch.tanh(phase) + torch.cos(2 * phase))
        return torch.stack(found)

    return function


def fields_of(problem, place, orders, seed=0, periodic=()):
    """Derivatives of the fields at places, made of those of the network."""
    made = jets_of(network(len(problem.fields), seed, periodic), place, problem.ansatz.needed(orders))
    return problem.ansatz.apply(made, place, orders)


def on_face(problem, axis, value, count=30):
    place = np.random.default_rng(1).uniform(*problem.box.T, (count, len(problem.box)))
    place[:, axis] = value
    return torch.tensor(place)


def test_the_initial_state_and_both_ends_hold_to_rounding():
    problem = Problem(
        "u_t = -u*u_x + 0.01*u_xx",
        domain=WAVE,
        conditions=[Initial("x**2 + sin(x)"), Dirichlet(x=-1.0, value="1 - sin(1) + (t - 0.5)**2"),
                    Dirichlet(x=3.0, value="9 + sin(3) - sin(t - 0.5)")],
    )  # fmt: skip
    assert [block.kind for block in problem.blocks] == ["law"]
    for axis, value, wanted in [
        (0, 0.5, lambda _, x: x**2 + torch.sin(x)),
        (1, -1.0, lambda t, _: 1 - np.sin(1) + (t - 0.5) ** 2),
        (1, 3.0, lambda t, _: 9 + np.sin(3) - torch.sin(t - 0.5)),
    ]:
        place = on_face(problem, axis, value)
        found = fields_of(problem, place, [(0, 0)])[0, 0][0]
        assert (found - wanted(*place.T)).abs().max() < 1e-14
    inside = on_face(problem, 0, 1.2)
    first, second = (fields_of(problem, inside, [(0, 0)], seed)[0, 0] for seed in (0, 7))
    assert (first - second).abs().min() > 1e-4


def test_a_velocity_holds_to_rounding():
    problem = Problem(
        "u_tt = u_xx",
        domain=WAVE,
        conditions=[Initial({"u": "sin(pi*x)", "u_t": "cos(x)*sin(pi*x)"}), Dirichlet(x=-1.0), Dirichlet(x=3.0)],
    )
    assert len(problem.blocks) == 1
    place = on_face(problem, 0, 0.5)
    found = fields_of(problem, place, [(0, 0), (1, 0)])
    x = place[:, 1]
    assert (found[0, 0][0] - torch.sin(np.pi * x)).abs().max() < 1e-14
    assert (found[1, 0][0] - torch.cos(x) * torch.sin(np.pi * x)).abs().max() < 1e-14
    assert fields_of(problem, on_face(problem, 1, -1.0), [(0, 0)])[0, 0].abs().max() < 1e-14


def test_a_square_has_its_values_on_all_sides():
    problem = Problem(
        "u_xx + u_yy = 1", domain={"x": (0, 2), "y": (-1, 1)}, conditions=Dirichlet("x**2*y + sin(3*y)*exp(x) + x*y**3")
    )
    assert len(problem.blocks) == 1
    for axis in (0, 1):
        for value in problem.box[axis]:
            place = on_face(problem, axis, float(value))
            x, y = place.T
            wanted = x**2 * y + torch.sin(3 * y) * torch.exp(x) + x * y**3
            assert (fields_of(problem, place, [(0, 0)])[0, 0][0] - wanted).abs().max() < 1e-13


@pytest.mark.parametrize("coordinates", [1, 2, 3])
def test_derivatives_follow_from_those_of_the_network(coordinates):
    names = "txy"[:coordinates]
    domain = dict(zip(names, [(0.5, 2.0), (-1.0, 3.0), (0.0, 0.7)], strict=False))
    law = {1: "u_tt = -u", 2: "u_tt = u_xx", 3: "u_tt = u_xx + u_yy"}[coordinates]
    faces = [Dirichlet(**{name: domain[name][end]}) for name in names[1:] for end in (0, 1)]
    start = {1: "2", 2: "(x + 1)*(x - 3)*exp(x)", 3: "(x + 1)*(x - 3)*y*(y - 0.7)*exp(x)"}[coordinates]
    problem = Problem(law, domain=domain, conditions=[Initial({"u": start, "u_t": f"({start})*3"}), *faces])
    assert len(problem.blocks) == 1
    place = on_face(problem, 0, 1.3, 12)
    orders = [tuple(order) for order in np.ndindex(*(4,) * coordinates) if sum(order) <= 4]

    def whole(place):
        made = {(0,) * coordinates: network(1)(place)}
        return problem.ansatz.apply(made, place, [(0,) * coordinates])[(0,) * coordinates]

    found = fields_of(problem, place, orders)
    for order, wanted in jets_of(whole, place, orders).items():
        scale = max(1.0, float(wanted.detach().abs().max()))
        assert (found[order] - wanted).abs().max() < 1e-10 * scale, order


def test_only_the_derivatives_that_count_are_asked_of_the_network():
    problem = Problem("u_t = u_xx", domain=WAVE, conditions=[Initial("sin(x)"), Neumann(x=-1.0), Neumann(x=3.0)])
    assert [block.kind for block in problem.blocks] == ["law", "condition", "condition"]
    # B depends on time alone: u_xx is made of N_xx, and u_t of N and N_t.
    assert problem.ansatz.needed([(0, 2)]) == ((0, 2),)
    assert problem.ansatz.needed([(1, 0)]) == ((0, 0), (1, 0))


def test_periodic_fields_leave_the_loss_and_so_does_a_start_that_is_periodic():
    smooth = Problem("u_t = u_xx", domain={"x": (0, 2), "t": (0, 1)}, conditions=[Initial("cos(pi*x)"), Periodic("x")])
    assert (smooth.periodic, len(smooth.blocks)) == ((1,), 1)
    place = torch.tensor([[0.3, 0.0], [0.3, 2.0]])
    found = fields_of(smooth, place.double(), [(0, 0), (0, 1), (0, 3)], periodic={1: 2.0})
    for values in found.values():
        assert (values[0, 0] - values[0, 1]).abs() < 1e-12


def test_a_start_with_a_kink_at_the_seam_stays_in_the_loss():
    # x**2*cos(pi*x) has equal values at both ends, and slopes of opposite sign.
    domain = {"x": (-1, 1), "t": (0, 1)}
    kinked = Problem("u_t = u_xx + 5*u - 5*u**3", domain=domain, conditions=[Initial("x**2*cos(pi*x)"), Periodic("x")])
    assert kinked.periodic == (1,)
    assert kinked.ansatz is None
    assert [block.name for block in kinked.blocks[1:]] == ["u at t = 0"]


def test_values_that_jump_stay_in_the_loss_all_of_them_and_those_of_other_fields_hold():
    # With u = 0 at x = 3 by construction the network would have to grow without bound near that edge.
    problem = Problem(
        "u_t = u_xx; v_t = v_xx",
        domain=WAVE,
        conditions=[
            *(Initial(value, field=name) for name, value in (("u", 0.0), ("v", 1.0))),
            *(Dirichlet(x=-1.0, field=name, value=1.0) for name in "uv"),
            *(Dirichlet(x=3.0, field=name, value=value) for name, value in (("u", 0.0), ("v", 1.0))),
        ],
    )
    assert [block.name for block in problem.blocks[1:]] == ["u at t = 0.5", "u at x = -1", "u at x = 3"]
    assert "jumps by 1" in problem.diagnostics[0]
    u, v = fields_of(problem, on_face(problem, 1, -1.0), [(0, 0)])[0, 0]
    assert u.std() > 1e-3
    assert (v - 1).abs().max() < 1e-14


def test_a_tail_that_was_cut_off_is_no_jump():
    start, ends = Initial("exp(-2*x**2)"), [Dirichlet(x=-1.0), Dirichlet(x=3.0)]
    cut = Problem("u_t = u_xx", domain={"x": (-1.9, 3), "t": (0.5, 2)}, conditions=[start, Dirichlet(x=-1.9), ends[1]])
    assert [block.name for block in cut.blocks[1:]] == ["u at t = 0.5"]
    jumping = Problem("u_t = u_xx", domain=WAVE, conditions=[start, *ends])
    assert len(jumping.blocks) == 4


def test_a_velocity_alone_never_counts_as_held():
    law, ends = "u_tt = u_xx", [Dirichlet(x=-1.0), Dirichlet(x=3.0)]
    problem = Problem(
        law, domain=WAVE, conditions=[Initial(lambda x: np.sin(np.pi * x)), Initial(0.0, derivative="u_t"), *ends]
    )
    assert [block.name for block in problem.blocks[1:]] == ["u at t = 0.5", "u_t at t = 0.5"]


def test_each_field_has_its_own_form():
    law = "u_t = v_x; v_t = u_x"
    problem = Problem(
        law, domain=WAVE, conditions=[Initial({"u": "x", "v": 0.0}), Dirichlet(x=-1.0, value={"u": -1.0})]
    )
    assert len(problem.blocks) == 1
    place = on_face(problem, 1, -1.0)
    u, v = fields_of(problem, place, [(0, 0)])[0, 0]
    assert (u + 1).abs().max() < 1e-14
    assert v.abs().min() > 1e-3


@pytest.mark.parametrize(
    ("exact", "left"),
    [
        ("never", ["u at t = 0.5", "u at x = -1", "u at x = 3"]),
        ("initial", ["u at x = -1", "u at x = 3"]),
        ({"dirichlet"}, ["u at t = 0.5"]),
        ("auto", []),
    ],
)
def test_the_caller_may_choose_what_holds(exact, left):
    conditions = [Initial("(x + 1)*(x - 3)"), Dirichlet(x=-1.0), Dirichlet(x=3.0)]
    problem = Problem("u_t = u_xx", domain=WAVE, conditions=conditions, exact=exact)
    assert [block.name for block in problem.blocks[1:]] == left
    with pytest.raises(PinnError, match="exact is 'always'"):
        Problem("u_t = u_xx", domain=WAVE, conditions=conditions, exact="always")


def test_code_samples_and_unknown_parameters_stay_in_the_loss():
    x = np.linspace(-1, 3, 9)
    for start in (lambda x: x**2, x**2, "a*x**2"):
        problem = Problem("u_t = a*u_xx", domain=WAVE, conditions=[Initial(start), Periodic("x")], unknown={"a": 1.0})
        assert problem.ansatz is None
        assert problem.blocks[1].name == "u at t = 0.5"
    measured = Data({"x": [0.0], "t": [1.0], "u": [2.0]})
    assert Problem("u_t = a*u_xx", domain=WAVE, conditions=measured, unknown={"a": 1.0}).blocks[1].kind == "data"


def test_a_narrow_domain_far_from_zero_loses_no_digits():
    domain = {"x": (1000.0, 1001.0), "t": (0.0, 1e-3)}
    problem = Problem(
        "u_t = u_xx", domain=domain, conditions=[Initial("sin(2*pi*x)"), Dirichlet(x=1000.0), Dirichlet(x=1001.0)],
        exact={"initial"},
    )  # fmt: skip
    place = on_face(problem, 0, 0.0)
    found = fields_of(problem, place, [(0, 0), (1, 0)])
    assert (found[0, 0][0] - torch.sin(2 * np.pi * place[:, 1])).abs().max() < 1e-11


def growth_over_time(problem):
    """B at the middle of the domain in space, at fractions of the time."""
    place = torch.tensor(problem.box.mean(axis=1)).repeat(4, 1)
    place[:, 0] = torch.tensor(problem.box[0, 0] + np.array([0.0, 0.01, 0.1, 1.0]) * np.ptp(problem.box[0]))
    ones, zeros = (torch.full((1, 4), value, dtype=torch.float64) for value in (1.0, 0.0))
    with_one, without = (problem.ansatz.apply({(0, 0): one}, place, [(0, 0)])[0, 0][0] for one in (ones, zeros))
    return (with_one - without).numpy()


def test_a_fast_solution_leaves_its_start_in_its_own_time():
    # u_tt = -(2*pi*8)**2 u at the start: U = 1, and R has the root mean square (16*pi)**2/sqrt(2).
    ends = [Dirichlet(x=0.0), Dirichlet(x=2.0)]
    start = Initial({"u": "sin(4*pi*x)", "u_t": 0.0})
    fast = Problem("u_tt = 16*u_xx", domain={"x": (0, 2), "t": (1, 3)}, conditions=[start, *ends])
    time = np.sqrt(1 / ((16 * np.pi) ** 2 / np.sqrt(2) * 2**2 / 2))
    fractions = np.array([0.0, 0.01, 0.1, 1.0])
    # The largest of 256 points is near one, and their mean square near a half.
    assert growth_over_time(fast) == pytest.approx(1 - np.exp(-((fractions / time) ** 2)), rel=0.03)
    slow = Problem("u_tt = 1e-4*u_xx", domain={"x": (0, 2), "t": (1, 3)}, conditions=[start, *ends])
    assert growth_over_time(slow) == pytest.approx(fractions**2)


def test_an_unknown_parameter_counts_with_the_value_it_starts_from():
    law, domain = "u_t = v + a*u_xx; v_t = -a*v", {"x": (0, 2), "t": (1, 3)}
    start = Initial({"u": "sin(pi*x)", "v": 0.0})
    one, other = (
        Problem(law, domain=domain, conditions=[start, Dirichlet({"u": 0.0})], unknown={"a": value})
        for value in (5.0, 9.0)
    )
    lifted = [problem.ansatz.parts[0].factor for problem in (one, other)]
    assert lifted[0] != lifted[1]
    assert one.ansatz.parts[1].factor == other.ansatz.parts[1].factor


def test_a_lifting_is_stored_as_text():
    conditions = [Initial("(x + 1)*(x - 3)*exp(-x**2)"), Dirichlet(x=-1.0), Dirichlet(x=3.0)]
    problem = Problem("u_t = u_xx", domain=WAVE, conditions=conditions)
    again = Lifting.from_document(problem.ansatz.to_document())
    place = on_face(problem, 0, 1.0)
    made = jets_of(network(1), place, problem.ansatz.needed([(0, 2)]))
    found, stored = (one.apply(made, place, [(0, 2)])[0, 2] for one in (problem.ansatz, again))
    assert torch.equal(found, stored)


def test_substitution_reaches_into_functions_and_brackets():
    inner = parse_expression("1 + 2*x", {}, ())
    for before, after in [
        ("sin(x)**2*t", "sin(1 + 2*x)**2*t"),
        ("1/(1 + x**2)", "1/(1 + (1 + 2*x)**2)"),
        ("sqrt(x + t)", "sqrt(1 + 2*x + t)"),
    ]:
        assert substitute(parse_expression(before, {}, ()), {"x": inner}) == parse_expression(after, {}, ())
