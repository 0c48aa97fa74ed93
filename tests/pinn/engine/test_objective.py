"""Losses, gradients and Jacobians against plain automatic differentiation."""

import pytest
import torch
from pinn.engine.laws import Product, burgers, draw_batch, flow, heat

from physforge.errors import PinnError
from physforge.pinn import Initial, Periodic, Problem
from physforge.pinn.batch import BlockBatch
from physforge.pinn.engine import Objective
from physforge.pinn.networks import MLP, FourierFeatures, ModifiedMLP
from physforge.pinn.optimisers import SOAP

CASES = {
    "plain": (burgers(), (9, 5, 4), MLP(width=7, depth=2)),
    "unknown parameters": (burgers(unknown=True), (9, 5, 4), MLP(width=6, depth=2, activation="adaptive")),
    "ansatz": (burgers(Product(), unknown=True), (9, 5, 4), ModifiedMLP(width=6, depth=2)),
    "three outputs": (flow(), (8,), FourierFeatures(width=6, depth=1, waves=4, scale=0.3)),
    "ansatz on a stack": (burgers(Product(), unknown=True), (9, 5, 4), MLP(width=6, depth=1, periodic=(1,))),
    "fourth order": (heat(), (6,), MLP(width=6, depth=2, activation="sine")),
}


TIERS = [(name, tier) for name in CASES for tier in ("eager", "compiled") if (name, tier) != ("ansatz", "compiled")]


@pytest.fixture(params=TIERS, ids=" ".join)
def case(request):
    name, tier = request.param
    law, counts, network = CASES[name]
    objective = Objective(law, network, tier=tier)
    assert (objective.tier, objective.tier_note) == (tier, "")
    theta = objective.start(3)
    noise = torch.randn(theta.shape, generator=torch.Generator().manual_seed(4), dtype=theta.dtype)
    return objective, theta + 0.2 * noise, draw_batch(law, counts)


def plain_residuals(objective, theta, batch):
    """Residuals with every derivative by nested autograd: no line is shared with the engine."""
    law, network = objective.problem, objective.network
    unknown = dict(zip(law.unknown, theta[network.size(len(law.box), len(law.fields)) :], strict=True))
    unknown = {name: value * abs(law.unknown[name]) for name, value in unknown.items()}
    low, high = (torch.as_tensor(one) for one in law.box.T)

    def field(x):
        scaled = 2 * (x - low) / (high - low) - 1
        zero = (0,) * x.shape[1]
        made = network.jets(theta[: network.size(len(law.box), len(law.fields))], scaled, [zero])[zero]
        return x[:, 0] * x[:, 1] + (1 + x[:, 1] ** 2) * made if law.ansatz else made

    def derivative(row, x, order):
        for axis, count in enumerate(order):
            for _ in range(count):
                row = torch.autograd.grad(row.sum(), x, create_graph=True)[0][:, axis]
        return row

    found = []
    for block, one in zip(law.blocks, batch, strict=True):
        places = [x.clone().requires_grad_() for x in one.places]
        jets = [
            {order: torch.stack([derivative(row, x, order) for row in field(x)]) for order in orders}
            for x, orders in zip(places, block.orders, strict=True)
        ]
        residual = block.residual(jets, one.places, unknown, one.values)
        found.append((one.weights.sqrt() * residual).flatten())
    return torch.cat(found)


def test_everything_is_as_by_nested_differentiation(case):
    objective, theta, batch = case
    leaf = theta.clone().requires_grad_()
    expected = plain_residuals(objective, leaf, batch)
    rows = [torch.autograd.grad(one, leaf, retain_graph=True)[0] for one in expected]
    expected, jacobian = expected.detach(), torch.stack(rows)
    close = {"rtol": 1e-12, "atol": 1e-12 * jacobian.abs().max().item()}

    torch.testing.assert_close(objective.residuals(theta, batch), expected, **close)
    residuals, found = objective.jacobian(theta, batch)
    torch.testing.assert_close(residuals, expected, **close)
    torch.testing.assert_close(found, jacobian, **close)
    loss, gradient, losses = objective.loss_and_gradient(theta, batch)
    torch.testing.assert_close(loss, expected @ expected, **close)
    torch.testing.assert_close(objective.loss(theta, batch), loss, **close)
    torch.testing.assert_close(gradient, 2 * jacobian.T @ expected, rtol=1e-12, atol=1e-12 * gradient.abs().max())
    counts = [one.weights.numel() for one in batch]
    torch.testing.assert_close(losses, torch.stack([(one @ one) for one in expected.split(counts)]), **close)


def test_products_are_those_with_the_jacobian(case):
    objective, theta, batch = case
    residuals, jacobian = objective.jacobian(theta, batch)
    generator = torch.Generator().manual_seed(0)
    v = torch.randn(objective.size, generator=generator, dtype=theta.dtype)
    w = torch.randn(len(residuals), generator=generator, dtype=theta.dtype)
    torch.testing.assert_close(objective.jacobian_vector(theta, batch, v), jacobian @ v, rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(objective.vector_jacobian(theta, batch, w), jacobian.T @ w, rtol=1e-11, atol=1e-12)
    matrix, vector, loss = objective.normal_equations(theta, batch, chunk=3)
    torch.testing.assert_close(matrix, jacobian.T @ jacobian, rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(vector, jacobian.T @ residuals, rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(loss, residuals @ residuals)


def test_unweighted_residuals_and_predictions_are_of_the_same_fields(case):
    objective, theta, batch = case
    flat = objective.residuals(theta, batch).split([one.weights.numel() for one in batch])
    for number, (one, expected) in enumerate(zip(batch, flat, strict=True)):
        found = objective.pointwise(theta, number, one.places, one.values)
        torch.testing.assert_close((one.weights.sqrt() * found).flatten(), expected)
    zero = (0,) * len(objective.problem.box)
    x = batch[0].places[0]
    value = objective.predict(theta, x.numpy(), [zero])[zero]
    assert value.shape == (len(objective.problem.fields), len(x))
    step = 1e-6
    for axis in range(2):
        slope = tuple(int(one == axis) for one in range(len(zero)))
        moved = x + step * torch.eye(len(zero), dtype=x.dtype)[axis]
        numeric = (objective.predict(theta, moved, [zero])[zero] - value) / step
        torch.testing.assert_close(objective.predict(theta, x, [slope])[slope], numeric, rtol=1e-4, atol=1e-4)


def test_parameters_start_where_they_are_told_and_are_scaled():
    objective = Objective(burgers(unknown=True), MLP(width=4), tier="eager")
    theta = objective.start(0)
    assert theta[-2:].tolist() == [1.0, -1.0]
    assert objective.parameters(theta) == {"a": 0.5, "nu": -0.02}


def test_the_same_call_gives_the_same_bits(case):
    objective, theta, batch = case
    first, again = objective.loss_and_gradient(theta, batch), objective.loss_and_gradient(theta, batch)
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))


@pytest.mark.parametrize("tier", ["eager", "compiled"])
@pytest.mark.parametrize("given", [(), (0,), (1,)])
def test_a_problem_that_is_periodic_makes_the_network_periodic(tier, given):
    law = Problem("u_t = u_xx", domain={"x": (0, 2), "t": (0, 1)}, conditions=[Initial("cos(pi*x)"), Periodic("x")])
    objective = Objective(law, MLP(width=5, depth=1, periodic=given), tier=tier)
    assert objective.network.periodic == tuple(sorted({*given, 1}))
    ends = torch.tensor([[0.3, 0.0], [0.3, 2.0], [0.3, 0.7]], dtype=torch.float64)
    orders = [(0, 0), (0, 1), (0, 3), (1, 0)]
    for values in objective.predict(objective.start(0), ends, orders).values():
        lower, upper, inside = values[0]
        assert abs(lower - upper) < 1e-12
        assert abs(lower - inside) > 1e-3
    # What is trained is what is predicted.
    x = ends[2:]
    batch = (BlockBatch((x,), torch.zeros(0, 1), torch.ones(1, 1, dtype=torch.float64)),)
    jets = objective.predict(objective.start(0), x, [(1, 0), (0, 2)])
    residual = jets[1, 0][0] - jets[0, 2][0]
    assert float(objective.loss(objective.start(0), batch)) == pytest.approx(float(residual.square()), rel=1e-10)


def test_a_residual_of_the_wrong_shape_is_named():
    law = burgers()
    object.__setattr__(law.blocks[1], "rows", 2)
    objective = Objective(law, MLP(width=4), tier="eager")
    with pytest.raises(PinnError, match=r"'initial' is of shape \(1, 5\).*\(2, 5\)"):
        objective.loss(objective.start(0), draw_batch(law, (9, 5, 4)))


def test_an_empty_domain_is_refused():
    law = burgers()
    law.box[0] = (1.0, 1.0)
    with pytest.raises(PinnError, match="empty or infinite"):
        Objective(law, MLP())


@pytest.mark.parametrize("tier", ["eager", "compiled"])
def test_an_empty_block_costs_nothing(tier):
    law = burgers()
    batch = list(draw_batch(law, (9, 5, 4)))
    empty = torch.zeros(0, 2, dtype=torch.float64)
    batch[1] = BlockBatch((empty,), torch.zeros(1, 0, dtype=torch.float64), torch.zeros(1, 0, dtype=torch.float64))
    objective = Objective(law, MLP(width=4), tier=tier)
    theta = objective.start(0)
    loss, _, losses = objective.loss_and_gradient(theta, tuple(batch))
    assert losses[1] == 0
    assert torch.isfinite(loss)
    assert len(objective.jacobian(theta, tuple(batch))[0]) == 9 + 8


@pytest.mark.parametrize("name", CASES)
def test_it_knows_the_arrays_that_the_networks_parameters_are_made_of(name):
    law, _, network = CASES[name]
    objective = Objective(law, network)
    theta, shapes = objective.start(0)[: objective.network_size], objective.shapes
    pieces = torch.split(theta, [torch.Size(shape).numel() for shape in shapes])
    assert sum(map(len, pieces)) == objective.network_size
    for piece, shape in zip(pieces, shapes, strict=True):
        if shape == (1,) and piece.item() == 1.0:
            continue  # a slope
        assert piece.any() == (len(shape) == 2)  # weights are drawn, and a bias starts at zero


def test_soap_turns_the_layers_of_a_network():
    law, counts, network = CASES["plain"]
    objective, batch = Objective(law, network), draw_batch(law, counts)
    state = SOAP().start(objective, batch, objective.start(0))
    state = SOAP().step(objective, batch, state)
    assert sum("basis" in name for name in state.tensors) == 2 * 3
