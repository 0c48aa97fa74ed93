"""DeepXDE's own example problems give DeepXDE's own loss, and its gradient, here."""

import numpy as np
import pytest
import torch
from pinn.deepxde_examples import forward, inverse
from pinn.problem.jets_by_autograd import jets_of

from physforge.pinn import MLP, LevenbergMarquardt, Sobol, from_deepxde, solve
from physforge.pinn.deepxde.geometry import Domain

EXAMPLES = {
    f"{module.__name__.rpartition('.')[2]}.{name}": function
    for module in (forward, inverse)
    for name, function in vars(module).items()
    if callable(function) and getattr(function, "__module__", None) == module.__name__
}


def network_for(dde, problem):
    torch.manual_seed(3)
    return dde.nn.FNN([len(problem.coordinates), 7, 7, len(problem.fields)], "tanh", "Glorot normal")


def their_losses(dde, data, net, transform=None):
    """DeepXDE's loss terms at its own training points."""
    net.apply_output_transform(transform)
    inputs = torch.tensor(data.train_x, requires_grad=True)
    outputs = net(inputs)
    net.auxiliary_vars = None if data.train_aux_vars is None else torch.tensor(data.train_aux_vars)
    model = type("Model", (), {"net": net})
    losses = data.losses(None, outputs, lambda _, error: torch.mean(error**2), inputs, model)
    dde.grad.clear()
    net.apply_output_transform(None)
    return torch.stack(losses)


def points_of(data, index, laws):
    """The places of our block `index` among DeepXDE's training points."""
    starts = np.cumsum([0, *data.num_bcs])
    if index < laws:
        return [data.train_x[starts[-1] :]]
    part = data.train_x[starts[index - laws] : starts[index - laws + 1]]
    periodic = type(data.bcs[index - laws]).__name__ == "PeriodicBC"
    return list(np.split(part, 2)) if periodic else [part]


def our_losses(data, net, problem, parameters):
    """Our loss terms at the same points: one for each row of the law, then one for each condition."""
    domain = Domain.of(data.geom, data.train_x_all)
    laws = 0 if data.pde is None else 1
    losses = []
    for index, block in enumerate(problem.blocks):
        theirs = points_of(data, index, laws)
        places = [torch.tensor(domain.ours(place)) for place in theirs]
        given = getattr(block.region, "values", None)
        values = block.region.points.values if given is None else given(theirs[0])

        def network(place):
            return net(place[:, list(domain.permutation)]).T

        jets = [fields_of(problem, network, *one) for one in zip(places, block.orders, strict=True)]
        residual = block.residual(jets, places, parameters, torch.tensor(values))
        assert residual.shape == (block.rows, len(theirs[0]))
        means = residual.square().mean(dim=1)
        losses.extend(means if block.kind == "law" else [means.mean()])
    return torch.stack(losses)


def fields_of(problem, network, place, orders):
    if problem.ansatz is None:
        return jets_of(network, place, orders)
    return problem.ansatz.apply(jets_of(network, place, problem.ansatz.needed(orders)), place, orders)


# DeepXDE's polygons use what NumPy is about to drop.
@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_the_same_problem_here(dde, name):
    data, options = EXAMPLES[name](dde)
    problem = from_deepxde(data, **options)
    check_loss_and_gradient(dde, data, options, problem)
    check_points(data, problem)
    check_training(problem)
    for block in problem.blocks:
        owner = getattr(block.residual, "__self__", None)
        assert owner is None or owner.captured, f"{block.name} is not made of operations of torch"
    assert problem.ansatz is None or all(one.captured for one in problem.ansatz._known.values())


def check_loss_and_gradient(dde, data, options, problem):
    """Both are those of DeepXDE."""
    net = network_for(dde, problem)
    variables = options.get("variables", {})
    listed = list(variables.values()) if isinstance(variables, dict) else list(variables)
    trained = [*net.parameters(), *listed]
    theirs = their_losses(dde, data, net, options.get("output_transform"))
    ours = our_losses(data, net, problem, dict(zip(problem.unknown, listed, strict=True)))
    assert theirs.shape == ours.shape
    assert torch.allclose(ours, theirs, rtol=1e-13, atol=1e-15)
    slopes = (torch.autograd.grad(one.sum(), trained, allow_unused=True) for one in (ours, theirs))
    for left, right in zip(*slopes, strict=True):
        if right is not None:
            assert torch.allclose(left, right, rtol=1e-12, atol=1e-13 * float(theirs.detach().sum()))


def check_training(problem):
    """A few steps lower the loss."""
    trained = solve(
        problem, network=MLP(width=8, depth=1), steps=3, method=(LevenbergMarquardt(),), progress=False, tier="eager",
        sampling=Sobol(law=30, condition=10), windows=1,
    )  # fmt: skip
    losses = trained.history["loss"].to_numpy()
    assert losses[-1] < 0.6 * losses[0]


def check_points(data, problem):
    """They follow the seed, and lie where the law or the condition holds."""
    domain = Domain.of(data.geom, data.train_x_all)
    for index, block in enumerate(problem.blocks):
        first, again = (block.region.sample(33, np.random.default_rng(5)) for _ in range(2))
        assert all(np.array_equal(*both) for both in zip(first.places, again.places, strict=True))
        assert block.region.fixed or len(first) == 33
        place = domain.theirs(first.places[0])
        if index == 0:
            assert np.all(domain.space is None or domain.space.inside(place[:, : domain.space.dim]))
        elif hasattr(data.bcs[index - 1], "filter"):
            assert len(data.bcs[index - 1].filter(place)) == len(place)
