"""What functions may do, what is refused, and what is left as it was."""

import numpy as np
import pytest
import torch
from pinn.deepxde_examples.test_examples import check_loss_and_gradient, check_points

from physforge.errors import PinnError
from physforge.pinn import MLP, LevenbergMarquardt, Sobol, from_deepxde, load, solve

# ruff: noqa: ARG005, N803, N806


def on_boundary(_, on):
    return on


def flat(dde, pde, conditions=None, **options):
    """A problem in x and t with a given law."""
    geom = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))
    bcs = [dde.icbc.DirichletBC(geom, lambda x: 0, on_boundary)] if conditions is None else conditions(geom)
    return dde.data.TimePDE(geom, pde, bcs, num_domain=20, num_boundary=10, num_initial=5, **options)


def compare(dde, data, **options):
    problem = from_deepxde(data, **options)
    check_loss_and_gradient(dde, data, options, problem)
    check_points(data, problem)
    return problem


def law(problem):
    return problem.blocks[0].residual.__self__


def test_derivatives_may_be_nested_and_of_what_is_made_of_them(dde):
    def pde(x, y):
        u = y[:, 0:1]
        u_x = dde.grad.jacobian(u, x, i=0, j=0)
        u_xx = dde.grad.jacobian(u_x, x, i=0, j=0)
        u_xxx = dde.grad.jacobian(u_xx, x, i=0, j=0)
        flux = dde.grad.jacobian(u**2 * torch.sin(x[:, 0:1]) * u_x, x, i=0, j=0)
        mixed = dde.grad.hessian(u * u_x, x, i=0, j=1)
        return u_xxx + flux + mixed

    problem = compare(dde, flat(dde, pde))
    # In (t, x): the chain rule asks for u_xxt and u_tt too, which then do not count.
    assert set(problem.blocks[0].orders[0]) == {(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2), (0, 3)}
    assert law(problem).captured


def test_gradients_may_be_rows_and_torch_may_take_them(dde):
    def pde(x, y):
        row = dde.grad.jacobian(y, x, i=0)
        again = dde.grad.jacobian(row, x, i=1, j=0)
        (by_torch,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        return row[:, 1:2] - again + by_torch[:, 0:1] * y

    assert law(compare(dde, flat(dde, pde))).captured


def test_a_function_that_torch_cannot_trace_is_called_as_it_is(dde):
    def pde(x, y):
        scale = np.exp(-x.detach().numpy()[:, 0:1])
        return dde.grad.hessian(y, x, i=0, j=0) * torch.as_tensor(scale) + y * dde.grad.jacobian(y**2, x, i=0, j=1)

    problem = compare(dde, flat(dde, pde))
    assert not law(problem).captured
    with torch.no_grad():
        block = problem.blocks[0]
        jets = {order: torch.ones(1, 5, dtype=torch.float64) for order in block.orders[0]}
        residual = block.residual([jets], [torch.rand(5, 2, dtype=torch.float64)], {}, torch.zeros(0, 5))
    assert residual.shape == (1, 5)
    assert not residual.requires_grad


def test_a_value_that_a_function_holds_fixed_stays_fixed(dde):
    def pde(x, y):
        return dde.grad.jacobian(y, x, i=0, j=1) - y.detach() * dde.grad.jacobian(y, x, i=0, j=0)

    assert law(compare(dde, flat(dde, pde))).captured


def test_values_may_depend_on_the_field_and_on_arrays_of_places(dde):
    def conditions(geom):
        return [
            dde.icbc.RobinBC(geom, lambda X, y: torch.as_tensor(np.sin(X[:, 0:1])) - y**2, on_boundary),
            dde.icbc.OperatorBC(
                geom, lambda x, y, X: dde.grad.jacobian(y, x, j=0) * torch.as_tensor(np.cos(X[:, 1:2])), on_boundary
            ),
        ]

    compare(dde, flat(dde, lambda x, y: dde.grad.hessian(y, x), conditions))


def test_outputs_are_counted_by_what_the_functions_read(dde):
    def pde(x, y):
        a, b = y[:, 0:1], y[:, 1:]
        return [a * dde.grad.jacobian(y, x, i=1, j=0), b - a]

    problem = from_deepxde(flat(dde, pde))
    assert problem.fields == ("u1", "u2")
    assert (problem.coordinates, problem.box.tolist()) == (("t", "x"), [[0, 1], [0, 1]])
    assert problem.blocks[0].rows == 2
    assert from_deepxde(flat(dde, lambda x, y: y), fields="heat").fields == ("heat",)
    by_condition = flat(dde, lambda x, y: y, lambda geom: [dde.icbc.IC(geom, lambda x: 0, on_boundary, component=2)])
    assert len(from_deepxde(by_condition).fields) == 3


def test_a_variable_is_trained_from_its_value(dde):
    C = dde.Variable(2.5)

    def pde(x, y):
        return dde.grad.jacobian(y, x, j=1) - torch.stack([C, C**2]).sum() * dde.grad.hessian(y, x)

    problem = from_deepxde(flat(dde, pde), variables=C)
    assert dict(problem.unknown) == {"variable_1": 2.5}
    block = problem.blocks[0]
    jets = {order: torch.ones(1, 3, dtype=torch.float64) for order in block.orders[0]}
    value = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    residual = block.residual(
        [jets], [torch.zeros(3, 2, dtype=torch.float64)], {"variable_1": value}, torch.zeros(0, 3)
    )
    assert residual.tolist() == [[-5.0] * 3]
    assert torch.autograd.grad(residual.sum(), value)[0] == -15
    with pytest.raises(PinnError, match=r"dde.Variable that is not named.*variables="):
        from_deepxde(flat(dde, pde))


def test_geometries_keep_what_was_written_in_single_precision(dde):
    dde.config.real.set_float32()
    torch.set_default_dtype(torch.float32)
    geom = dde.geometry.Rectangle([0.1, 0.2], [0.7, 0.9])
    data = dde.data.PDE(
        geom, lambda x, y: dde.grad.hessian(y, x) - 0.1, dde.icbc.DirichletBC(geom, lambda x: 0.1, on_boundary), 9, 9
    )
    problem = from_deepxde(data)
    assert problem.box.tolist() == [[0.1, 0.7], [0.2, 0.9]]
    points = problem.blocks[1].region.sample(10, np.random.default_rng(0))
    assert points.places[0].dtype == points.values.dtype == np.float64
    assert set(points.values.ravel()) == {0.1}
    assert dde.config.default_float() == "float32"
    assert torch.get_default_dtype() == torch.float32


def test_nothing_is_printed_and_no_global_state_changes(dde, capfd):
    data = flat(dde, lambda x, y: dde.grad.hessian(y, x))
    from deepxde.gradients import gradients_reverse

    before = (gradients_reverse.jacobian._Jacobians, gradients_reverse.hessian._Hessians)
    drawn = np.random.get_state()[1].copy()  # noqa: NPY002
    seed = torch.initial_seed(), torch.get_rng_state()
    capfd.readouterr()
    problem = from_deepxde(data)
    for block in problem.blocks:
        block.region.sample(50, np.random.default_rng(1))
    assert capfd.readouterr() == ("", "")
    assert before == (gradients_reverse.jacobian._Jacobians, gradients_reverse.hessian._Hessians)
    assert np.array_equal(drawn, np.random.get_state()[1])  # noqa: NPY002
    assert seed[0] == torch.initial_seed()
    assert torch.equal(seed[1], torch.get_rng_state())
    assert torch.empty(0).device.type == "cpu"


def test_the_reference_solution_is_never_read(dde):
    def solution(x):
        if reading:
            raise AssertionError
        return np.zeros((len(x), 1))

    reading = False
    data = flat(dde, lambda x, y: dde.grad.hessian(y, x), solution=solution)
    reading = True
    for block in from_deepxde(data).blocks:
        block.region.sample(10, np.random.default_rng(0))


def test_points_of_a_curved_geometry_are_drawn_from_the_seed(dde):
    disk = dde.geometry.Disk([0, 0], 1) - dde.geometry.Rectangle([-0.2, -0.2], [0.2, 0.2])
    geom = dde.geometry.GeometryXTime(disk, dde.geometry.TimeDomain(0, 2))
    bc = dde.icbc.NeumannBC(geom, lambda x: x[:, 2:3], on_boundary)
    ic = dde.icbc.IC(geom, lambda x: x[:, 0:1], on_boundary)
    data = dde.data.TimePDE(
        geom,
        lambda x, y: dde.grad.jacobian(y, x, j=2) - dde.grad.hessian(y, x) - dde.grad.hessian(y, x, i=1, j=1),
        [bc, ic], num_domain=20, num_boundary=20, num_initial=20,
    )  # fmt: skip
    problem = compare(dde, data)
    points = problem.blocks[0].region.sample(400, np.random.default_rng(0)).places[0]
    radius = np.hypot(points[:, 1], points[:, 2])
    assert radius.max() <= 1
    assert np.abs(points[:, 1:]).max(axis=1).min() >= 0.2
    assert np.mean(radius < 0.5) == pytest.approx((np.pi / 4 - 0.16) / (np.pi - 0.16), abs=0.05)


def raising(x, y):
    raise ZeroDivisionError("a slip")


BAD = {
    "raises": (lambda dde: flat(dde, raising), "The function raising raises ZeroDivisionError: a slip"),
    "returns nothing": (lambda dde: flat(dde, lambda x, y: None), "returns NoneType at 8 points"),
    "returns a sum": (lambda dde: flat(dde, lambda x, y: y.sum()), r"returns \(\) at 8 points"),
    "is of fifth order": (
        lambda dde: flat(dde, lambda x, y: dde.grad.jacobian(dde.grad.hessian(dde.grad.hessian(y, x), x), x, i=0, j=0)),
        "of order 5; at most 4",
    ),
    "differentiates by a part of x": (
        lambda dde: flat(dde, lambda x, y: dde.grad.jacobian(y, x[:, 0:1])),
        "something else than the inputs x",
    ),
    "holds nowhere": (
        lambda dde: flat(
            dde, lambda x, y: y, lambda geom: [dde.icbc.DirichletBC(geom, lambda x: 0, lambda x, on: False)]
        ),
        "DirichletBC 1 holds nowhere",
    ),
    "has a value that raises": (
        lambda dde: flat(dde, lambda x, y: y, lambda geom: [dde.icbc.IC(geom, lambda x: x.nothing, on_boundary)]),
        "The function of IC 1 raises AttributeError",
    ),
    "has a value that is NaN": (
        lambda dde: flat(dde, lambda x, y: y, lambda geom: [dde.icbc.IC(geom, lambda x: np.nan, on_boundary)]),
        "values of IC 1 are NaN",
    ),
    "has data that are NaN": (
        lambda dde: flat(
            dde,
            lambda x, y: y,
            lambda geom: [dde.icbc.PointSetBC([[0.1, 0.2], [0.3, 0.4]], np.array([[1.0], [np.nan]]))],
        ),
        "1 of the 2 values of PointSetBC 1 are NaN",
    ),
    "has an interface": (
        lambda dde: dde.data.PDE(
            rectangle := dde.geometry.Rectangle([0, 0], [1, 1]),
            lambda x, y: y,
            dde.icbc.Interface2DBC(
                rectangle, lambda x: 0, lambda x, on: on and x[0] == 0, lambda x, on: on and x[0] == 1
            ),
            4,
            8,
        ),
        "an Interface2DBC, which is not supported|a Interface2DBC, which is not supported",
    ),
    "is in five dimensions": (
        lambda dde: dde.data.PDE(dde.geometry.Hypercube([0] * 5, [1] * 5), lambda x, y: y, [], 4, 4),
        "5 dimensions in space",
    ),
    "is no problem": (lambda dde: {"pde": None}, "is a dict; give a deepxde.data.PDE"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_problem_is_refused_that(dde, name):
    make, match = BAD[name]
    data = make(dde)
    with pytest.raises(PinnError, match=match):
        from_deepxde(data)


def test_forward_differentiation_is_refused(dde):
    data = flat(dde, lambda x, y: y)
    dde.config.autodiff = "forward"
    try:
        with pytest.raises(PinnError, match="set_default_autodiff"):
            from_deepxde(data)
    finally:
        dde.config.autodiff = "reverse"


def test_a_variable_of_several_numbers_is_refused(dde):
    with pytest.raises(PinnError, match="one number"):
        from_deepxde(flat(dde, lambda x, y: y), variables=[dde.Variable([1.0, 2.0])])


def test_a_condition_inside_of_the_domain_keeps_the_points_that_deepxde_has(dde):
    anchors = np.array([[0.47, 0.25], [0.47, 0.75], [0.3, 0.5]])

    def conditions(geom):
        return [dde.icbc.OperatorBC(geom, lambda x, y, _: y - x[:, 1:2], lambda x, _: x[0] == 0.47)]

    data = flat(dde, lambda x, y: dde.grad.hessian(y, x), conditions, anchors=anchors)
    block = compare(dde, data).blocks[1]
    assert block.region.fixed
    assert block.region.sample(50, np.random.default_rng(0)).places[0].tolist() == [[0.25, 0.47], [0.75, 0.47]]


def test_a_network_that_was_trained_is_kept_without_the_code_of_its_problem(dde, tmp_path):
    problem = from_deepxde(flat(dde, lambda x, y: dde.grad.hessian(y, x)))
    options = {"network": MLP(width=4, depth=1), "sampling": Sobol(law=20, condition=5), "tier": "eager"}
    trained = solve(problem, steps=2, method=(LevenbergMarquardt(),), progress=False, **options)
    trained.save(tmp_path / "kept")
    again = load(tmp_path / "kept")
    points = {"t": np.array([0.1, 0.7]), "x": np.array([0.2, 0.9])}
    assert np.array_equal(again.predict(points)["u"], trained.predict(points)["u"])
    with pytest.raises(PinnError, match=r"was code, which is not stored.*problem="):
        again.residual(points)


def diffuse(dde):
    return flat(dde, lambda x, y: dde.grad.jacobian(y, x, j=1) - 0.1 * dde.grad.hessian(y, x), lambda _: [])


def hard(x, y):
    """Zero at both ends, and a half-wave at the start."""
    return torch.sin(np.pi * x[:, 0:1]) + x[:, 1:2] * x[:, 0:1] * (1 - x[:, 0:1]) * y


@pytest.mark.parametrize("tier", ["eager", "compiled"])
def test_conditions_that_a_transform_keeps_hold_exactly(dde, tier, tmp_path):
    problem = from_deepxde(diffuse(dde), output_transform=hard)
    assert problem.diagnostics == ()
    options = {"network": MLP(width=8, depth=1), "sampling": Sobol(law=60), "windows": 1, "tier": tier}
    found = solve(problem, steps=40, method=(LevenbergMarquardt(),), progress=False, **options)
    x = np.linspace(0, 1, 11)
    assert np.array_equal(found.predict({"t": np.zeros(11), "x": x})["u"], np.sin(np.pi * x))
    late = {"t": np.full(11, 0.5), "x": x}
    exact = np.exp(-0.05 * np.pi**2) * np.sin(np.pi * x)
    assert np.abs(found.predict(late)["u"] - exact).max() < 1e-4
    assert np.abs(found.derivatives(late, ["u_xx"])["u_xx"] + np.pi**2 * exact).max() < 1e-2
    found.save(tmp_path / "kept")
    with pytest.raises(PinnError, match="parts of it are code"):
        load(tmp_path / "kept")
    again = load(tmp_path / "kept", problem=problem)
    assert np.array_equal(again.predict(late)["u"], found.predict(late)["u"])


def test_a_problem_without_conditions_is_said_to_be_one(dde):
    (said,) = from_deepxde(diffuse(dde)).diagnostics
    assert "apply_output_transform" in said
    assert "output_transform=" in said
    assert from_deepxde(flat(dde, lambda x, y: dde.grad.hessian(y, x))).diagnostics == ()


def test_a_transform_that_cannot_be_used_is_refused(dde):
    factor = dde.Variable(1.0)
    data = diffuse(dde)
    for transform, message in (
        (lambda x, y: y[:, :0], r"it makes \(8, 0\) of \(8, 1\)"),
        (lambda x, y: y / missing, "output_transform raises NameError"),  # noqa: F821
        (lambda x, y: factor * y, "no dde.Variable"),
    ):
        with pytest.raises(PinnError, match=message):
            from_deepxde(data, output_transform=transform, fields=["u"])
    with pytest.raises(PinnError, match=r"give its problem, model.data, and in output_transform="):
        from_deepxde(dde.Model(data, dde.nn.FNN([2, 4, 1], "tanh", "Glorot normal")))
