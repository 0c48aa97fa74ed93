"""Derivatives that are propagated equal those of nested automatic differentiation."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from physforge.pinn.networks import MLP, FourierFeatures, ModifiedMLP
from physforge.pinn.networks.activations import activation_derivatives
from physforge.pinn.networks.orders import chain_terms, close_downwards

NETWORKS = [
    MLP(width=6, depth=2),
    MLP(width=5, depth=3, activation="sine"),
    MLP(width=5, depth=2, activation="adaptive"),
    MLP(width=6, depth=1, periodic=(0,)),
    FourierFeatures(width=5, depth=1, waves=3, scale=0.4),
    FourierFeatures(width=5, depth=1, waves=3, scale=0.4, periodic=(0,)),
    ModifiedMLP(width=5, depth=2),
    ModifiedMLP(width=4, depth=1, activation="adaptive"),
]


def nested(network, theta, x, order):
    """Differentiate with respect to one coordinate after the other; (outputs, points)."""
    x = x.clone().requires_grad_()
    rows = network.jets(theta, x, [(0,) * x.shape[1]])[(0,) * x.shape[1]]
    found = []
    for row in rows:
        for axis, count in enumerate(order):
            for _ in range(count):
                row = torch.autograd.grad(row.sum(), x, create_graph=True)[0][:, axis]
        found.append(row.detach())
    return torch.stack(found)


@st.composite
def orders_to_four(draw, inputs):
    order, left = [], 4
    for _ in range(inputs):
        order.append(draw(st.integers(0, left)))
        left -= order[-1]
    return tuple(order)


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(data=st.data())
def test_jets_are_those_of_nested_differentiation(network, data):
    inputs, outputs = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    orders = data.draw(st.lists(orders_to_four(inputs), min_size=1, max_size=4))
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 99)))
    theta = network.start(inputs, outputs, generator)
    theta = theta + 0.3 * torch.randn(theta.shape, generator=generator, dtype=theta.dtype)
    x = 2 * torch.rand(3, inputs, generator=generator, dtype=theta.dtype) - 1
    jets = network.jets(theta, x, orders)
    assert set(jets) == set(orders)
    for order in orders:
        expected = nested(network, theta, x, order)
        assert jets[order].shape == (outputs, 3)
        torch.testing.assert_close(jets[order], expected, rtol=1e-12, atol=1e-12 * (1 + expected.abs().max().item()))


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_parameters_are_all_used_and_counted(network):
    theta = network.start(2, 3, torch.Generator().manual_seed(0)).requires_grad_()
    assert theta.shape == (network.size(2, 3),)
    x = torch.rand(7, 2, dtype=torch.float64)
    jets = network.jets(theta, x, [(0, 0), (1, 1)])
    (gradient,) = torch.autograd.grad(sum((one * one).sum() for one in jets.values()), theta)
    assert torch.all(gradient != 0)


def test_a_start_is_repeated_by_its_seed():
    network = MLP(width=8)
    first, again, other = (network.start(2, 1, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.dtype == torch.float64


@pytest.mark.parametrize("network", [NETWORKS[3], NETWORKS[5]], ids=repr)
def test_a_periodic_network_repeats_itself_with_its_derivatives(network):
    theta = network.start(2, 1, torch.Generator().manual_seed(0))
    ends = torch.tensor([[-1.0, 0.3], [1.0, 0.3]], dtype=torch.float64)
    for value in network.jets(theta, ends, [(0, 0), (1, 0), (2, 1), (3, 0)]).values():
        assert value[0, 0] == pytest.approx(value[0, 1].item(), abs=1e-12)
    across = network.jets(theta, ends.flip(1), [(0, 0)])[0, 0]
    assert across[0, 0] != pytest.approx(across[0, 1].item(), abs=1e-3)


def test_partitions_are_counted_as_bell_numbers():
    assert [sum(term.count for term in chain_terms((n,))) for n in range(1, 6)] == [1, 2, 5, 15, 52]
    assert {(term.count, term.factors) for term in chain_terms((2, 1))} == {
        (1, ((2, 1),)),
        (1, ((0, 1), (2, 0))),
        (2, ((1, 0), (1, 1))),
        (1, ((0, 1), (1, 0), (1, 0))),
    }


def test_only_what_is_needed_is_propagated():
    assert close_downwards(((1, 0), (0, 2))) == ((0, 0), (1, 0), (0, 1), (0, 2))


@pytest.mark.parametrize("activation", ["tanh", "sine"])
def test_activations_have_the_derivatives_that_they_claim(activation):
    z = torch.linspace(-2, 2, 9, dtype=torch.float64, requires_grad=True)
    found = activation_derivatives(activation, z, 6)
    for lower, higher in pairwise(found):
        torch.testing.assert_close(torch.autograd.grad(lower.sum(), z, retain_graph=True)[0], higher)
