"""Residuals are recorded where that changes nothing, and only there."""

import numpy as np
import pytest
import torch
from pinn.engine.laws import Box, Law, Product, burgers, draw_batch

from physforge.pinn.batch import BlockBatch
from physforge.pinn.block import Block
from physforge.pinn.engine import Objective
from physforge.pinn.networks import MLP

BOX = np.array([[-1.0, 1.0], [0.0, 3.0]])


def objectives(law):
    return tuple(Objective(law, MLP(width=4), tier=tier) for tier in ("eager", "compiled"))


def law_of(residual):
    return Law(("x", "t"), ("u",), BOX, (Block("law", "law", Box(BOX), (((0, 0), (1, 0)),), residual),))


def assert_follows(eager, compiled, batches, recorded):
    """Repeat every batch, so that the second time it is recorded, with other parameters each time."""
    theta = eager.start(0)
    for batch in batches:
        for _ in range(3):
            theta = theta + 0.01
            pairs = zip(compiled.loss_and_gradient(theta, batch), eager.loss_and_gradient(theta, batch), strict=True)
            for one, other in pairs:
                torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)
    assert compiled._tier._recorded._possible == recorded


def test_new_points_values_weights_and_parameters_are_all_followed():
    law = burgers(Product(), unknown=True)
    batches = [draw_batch(law, (40, 7, 5), seed=seed) for seed in range(5)]
    batches += [draw_batch(law, (33, 7, 5)), batches[0]]
    batches += [tuple(BlockBatch(one.places, one.values, 3 * one.weights) for one in batches[0])]
    eager, compiled = objectives(law)
    assert_follows(eager, compiled, batches, recorded=True)
    assert len(compiled._tier._recorded._recordings) == 2


def test_a_step_gives_the_same_bits_before_and_after_it_is_recorded():
    law = burgers(Product(), unknown=True)
    _, compiled = objectives(law)
    theta, batch = compiled.start(0), draw_batch(law, (40, 7, 5))
    found = [compiled.loss_and_gradient(theta, batch) for _ in range(3)]
    assert compiled._tier._recorded._recordings
    for again in found[1:]:
        assert all(torch.equal(one, other) for one, other in zip(again, found[0], strict=True))


def branching(jets, places, parameters, values):
    u = jets[0][0, 0]
    return u if float(u.detach().mean()) > 0 else 2 * u + jets[0][1, 0]


def through_numpy(jets, places, parameters, values):
    return jets[0][1, 0] - torch.as_tensor(np.sin(places[0].detach().numpy()[:, 0]))


def random(jets, places, parameters, values):
    return jets[0][1, 0] + 0 * torch.rand(jets[0][1, 0].shape)


def in_place(jets, places, parameters, values):
    found = jets[0][1, 0].clone()
    found += places[0][:, 0]
    return found


@pytest.mark.parametrize("residual", [branching, through_numpy, random])
def test_what_cannot_be_repeated_is_computed_as_it_stands(residual):
    law = law_of(residual)
    assert_follows(*objectives(law), [draw_batch(law, (20,), seed=seed) for seed in range(4)], recorded=False)


def test_operations_in_place_give_the_same_values():
    law = law_of(in_place)
    eager, compiled = objectives(law)
    theta = eager.start(0)
    for seed in (0, 1, 0, 1):
        batch = draw_batch(law, (20,), seed=seed)
        torch.testing.assert_close(compiled.loss_and_gradient(theta, batch), eager.loss_and_gradient(theta, batch))
