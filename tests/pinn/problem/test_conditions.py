"""What conditions demand, where, and what is refused."""

import numpy as np
import pytest
import torch
import xarray as xr
from pinn.problem.jets_by_autograd import residual_of

from physforge.errors import PinnError
from physforge.pinn import Data, Dirichlet, Initial, Neumann, Periodic, Problem, Robin

DOMAIN = {"x": (-1.0, 1.0), "t": (0.0, 2.0)}


def heat(*conditions, law="u_t = u_xx", domain=DOMAIN, exact="never", **options):
    return Problem(law, domain=domain, conditions=conditions, exact=exact, **options)


def residual(problem, name, function, count=16):
    """The residual of the block `name` for u = function(*coordinates), and its points."""
    (block,) = [one for one in problem.blocks if one.name == name]
    points = block.region.sample(count, np.random.default_rng(0))
    made = residual_of(block, lambda place: torch.stack([function(*place.T)]), points, dict(problem.unknown))
    return made, points


def test_time_comes_first_whatever_the_order_of_the_domain():
    problem = heat(Initial(0.0), Periodic("x"))
    assert problem.coordinates == ("t", "x")
    assert problem.box.tolist() == [[0.0, 2.0], [-1.0, 1.0]]


@pytest.mark.parametrize(
    "value",
    ["-sin(pi*x)", lambda x: -np.sin(np.pi * x), lambda x, t: t - np.sin(np.pi * x)],
    ids=["text", "callable", "callable of two"],
)
def test_an_initial_state_is_compared_at_the_first_time(value):
    problem = heat(Initial(value), Neumann(x=-1.0), Neumann(x=1.0))
    off, points = residual(problem, "u at t = 0", lambda t, x: 0.25 - torch.sin(np.pi * x) + t)
    assert np.all(points.places[0][:, 0] == 0.0)
    assert off == pytest.approx(0.25 * np.ones((1, 16)))


def test_arrays_and_data_sets_give_the_points():
    x = np.linspace(-1, 1, 11)
    ends = [Neumann(x=-1.0), Neumann(x=1.0)]
    labelled = xr.Dataset({"u": ("x", x**3)}, {"x": x})
    for value in (x**3, labelled, labelled["u"], labelled.expand_dims(t=[0.0])):
        problem = heat(Initial(value), *ends)
        off, points = residual(problem, "u at t = 0", lambda _t, x: x**3 + 0.5)
        assert points.places[0][:, 1] == pytest.approx(x)
        assert off == pytest.approx(0.5 * np.ones((1, 11)))


def test_normal_derivatives_point_outward():
    problem = heat(Initial(0.0), Neumann(x=-1.0, value=2.0), Neumann(x=1.0, value="t"))
    lower, _ = residual(problem, "du/dn at x = -1", lambda _t, x: -2 * x)
    upper, points = residual(problem, "du/dn at x = 1", lambda t, x: t * x)
    assert lower == pytest.approx(np.zeros((1, 16)))
    assert upper == pytest.approx(np.zeros((1, 16)))
    assert np.all(points.places[0][:, 1] == 1.0)


def test_a_robin_condition_weighs_value_and_outward_derivative():
    problem = heat(Initial(0.0), Robin(x=-1.0, a=2.0, b=3.0, value=1.0), Robin(x=1.0))
    off, points = residual(problem, "2*u + 3*du/dn at x = -1", lambda t, x: t * x)
    t = points.places[0][:, 0]
    assert off[0] == pytest.approx(2 * -t + 3 * -t - 1)


def test_periodic_faces_agree_point_for_point():
    problem = heat(Initial("sin(pi*x)"), Periodic("x"))
    off, points = residual(problem, "u periodic in x", lambda t, x: t * x**2)
    lower, upper = points.places
    assert np.array_equal(lower[:, 0], upper[:, 0])
    assert (set(lower[:, 1]), set(upper[:, 1])) == ({-1.0}, {1.0})
    assert off[0] == pytest.approx(np.zeros(16))
    assert off[1] == pytest.approx(4 * lower[:, 0])


def test_a_velocity_is_a_condition_of_its_own():
    problem = heat(
        Initial({"u": "sin(pi*x)", "u_t": "cos(x)"}), Periodic("x"), law="u_tt = u_xx"
    )  # fmt: skip
    off, _ = residual(problem, "u_t at t = 0", lambda t, x: t * torch.cos(x) + t + x)
    assert off == pytest.approx(np.ones((1, 16)))


def test_dirichlet_without_a_face_holds_on_all_of_them():
    problem = Problem("u_xx + u_yy = 1", domain={"x": (0, 1), "y": (2, 3)}, conditions=Dirichlet("x"), exact="never")
    assert [block.name for block in problem.blocks[1:]] == ["u at x = 0", "u at x = 1", "u at y = 2", "u at y = 3"]
    off, _ = residual(problem, "u at y = 3", lambda x, y: x + y)
    assert off == pytest.approx(3 * np.ones((1, 16)))


def test_a_point_is_one_point():
    problem = Problem("u_x = 1", domain={"x": (0, 1)}, conditions=Dirichlet(x=0.5, value=2.0))
    block = problem.blocks[1]
    assert block.region.fixed
    assert block.region.sample(99, np.random.default_rng(0)).places[0].tolist() == [[0.5]]


def test_unknown_parameters_may_occur_in_values():
    problem = heat(Initial("a*cos(x)"), Periodic("x"), unknown={"a": 3.0}, law="u_t = a*u_xx")
    off, points = residual(problem, "u at t = 0", lambda _t, x: torch.cos(x))
    assert off[0] == pytest.approx(-2 * np.cos(points.places[0][:, 1]))


def test_data_weigh_by_their_standard_deviation_and_skip_what_is_missing():
    t, x = np.linspace(0, 2, 3), np.linspace(-1, 1, 4)
    u = xr.DataArray(np.add.outer(t, x), {"t": t, "x": x})
    sd = xr.full_like(u, 1.0)
    sd[0] = 2.0
    ds = xr.Dataset({"u": u, "u_sd": sd})
    ds["u"][1, 1] = np.nan
    with pytest.raises(PinnError, match=r"1 of the 12 samples of 'u'.*skip_missing"):
        heat(Data(ds))
    problem = heat(Data(ds.transpose("x", "t"), skip_missing=True))
    off, points = residual(problem, "data u", lambda t, x: t + x + 0.5)
    assert off.shape == (1, 11)
    typical = np.sqrt((4 * 4 + 7 * 1) / 11)
    assert off[0] == pytest.approx(0.5 * np.where(points.places[0][:, 0] == 0, typical / 2, typical))


def test_scattered_data_and_mappings_are_the_same():
    rng = np.random.default_rng(5)
    t, x = rng.uniform(0, 2, 20), rng.uniform(-1, 1, 20)
    ds = xr.Dataset({"u": ("point", t * x)}, {"t": ("point", t), "x": ("point", x)})
    for given in (ds, {"t": t, "x": x, "u": t * x}):
        off, points = residual(heat(Data(given)), "data u", lambda t, x: t * x)
        assert np.array_equal(points.places[0], np.stack([t, x], axis=1))
        assert np.abs(off).max() < 1e-15


@pytest.mark.parametrize(
    ("conditions", "match"),
    [
        ([], "no condition"),
        ([Periodic("x")], "order 1 in time for u, and no condition"),
        ([Initial(0.0)], "order 2 along x for u, and no condition"),
        ([Initial(0.0, field="w"), Periodic("x")], "'w', which is no field"),
        ([Initial(0.0, derivative="u_x"), Periodic("x")], "derivative in space"),
        ([Initial("sin(y)"), Periodic("x")], "'y', which has no value"),
        ([Initial("sin(x"), Periodic("x")], "cannot be read"),
        ([Initial(lambda r: r), Periodic("x")], "the argument 'r'"),
        ([Initial(lambda x: x[:3]), Periodic("x")], "fails on arrays"),
        ([Initial("1/x"), Dirichlet(x=-1.0), Initial("log(x)")], "is nan at|is inf at"),
        ([Initial(np.nan), Periodic("x")], "finite"),
        ([Initial(np.array([0.0, np.nan, 1.0])), Periodic("x")], "1 of the 3 samples"),
        ([Initial(np.zeros((3, 3))), Periodic("x")], "one axis"),
        ([Initial(0.0), Dirichlet(x=3.0)], "outside of the domain"),
        ([Initial(0.0), Dirichlet(y=0.0)], "names the coordinate 'y'"),
        ([Initial(0.0), Neumann(x=0.5)], "not on a face"),
        ([Initial(0.0), Dirichlet(x=1.0), Dirichlet(x=1.0, value=2.0)], "contradict"),
        ([Initial(0.0), Initial("x"), Periodic("x")], "contradict"),
        ([Initial("sin(pi*x)"), Dirichlet(x=1.0), Periodic("x")], "contradict"),
        ([Data({"x": [0.0], "t": [5.0], "u": [1.0]})], "outside of the domain"),
        ([Data({"x": [0.0], "u": [1.0]})], "no coordinate 't'"),
        ([Data({"x": [0.0], "t": [1.0], "v": [1.0]})], "none of the fields"),
        ([Data({"x": [0.0], "t": [1.0], "u": [np.nan]}, skip_missing=True)], "no sample"),
        (["u(0) = 0"], "One of the conditions"),
    ],
)
def test_an_ill_posed_problem_is_refused(conditions, match):
    with pytest.raises(PinnError, match=match):
        heat(*conditions)


def test_an_order_in_time_without_its_velocity_is_refused():
    with pytest.raises(PinnError, match=r"order 2 in time.*derivative='u_t'"):
        heat(Initial("sin(pi*x)"), Periodic("x"), law="u_tt = u_xx")


def test_a_jump_where_faces_meet_is_told_and_not_refused():
    problem = heat(Initial(0.0), Dirichlet(x=-1.0, value=1.0), Dirichlet(x=1.0))
    (note,) = problem.diagnostics
    assert "jumps by 1" in note
    assert "t = 0, x = -1" in note
    assert heat(Initial("1 - x**2"), Dirichlet(x=-1.0), Dirichlet(x=1.0)).diagnostics == ()


def test_a_field_that_is_known_up_to_a_constant_is_told():
    law = "u_x = p_x + 1; u_xx = 2"
    problem = Problem(law, domain={"x": (0, 1)}, conditions=Dirichlet(0.0, field="u"))
    (note,) = problem.diagnostics
    assert "no condition for p" in note
