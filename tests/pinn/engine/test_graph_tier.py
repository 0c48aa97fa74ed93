"""The graph that torch compiles gives the eager values, and is not compiled for every number of points."""

import shutil

import numpy as np
import pytest
import torch
from pinn.engine.laws import Box, Law, burgers, draw_batch

from physforge.pinn.block import Block
from physforge.pinn.engine import Objective
from physforge.pinn.engine.graph_tier import _pad
from physforge.pinn.networks import MLP

BOX = np.array([[0.0, 1.0], [0.0, 2.0]])


def advection(jets, places, parameters, values):
    return jets[0][0, 1] + parameters["c"] * jets[0][0, 0] * jets[0][1, 0]


BLOCK = Block("law", "law", Box(BOX), (((0, 0), (1, 0), (0, 1)),), advection)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs g++")
def test_a_compiled_graph_gives_the_eager_values(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    law, network = Law(("x", "t"), ("u",), BOX, (BLOCK,), None, {"c": 2.0}), MLP(width=3, depth=1)
    eager, graph = (Objective(law, network, tier=tier) for tier in ("eager", "graph"))
    assert (graph.tier, graph.tier_note) == ("graph", "")
    theta = eager.start(0) + 0.1
    for count in (40, 61):
        batch = draw_batch(law, (count,))
        expected = eager.loss_and_gradient(theta, batch)
        for one, other in zip(graph.loss_and_gradient(theta, batch), expected, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-13)
    assert len(graph._tier._graphs) == 1


def test_points_are_filled_up_without_weight():
    (one, *_) = draw_batch(burgers(), (40, 5, 6))
    padded = _pad(one)
    assert padded.weights.shape == (1, 512)
    assert torch.equal(padded.weights[:, :40], one.weights)
    assert not padded.weights[:, 40:].any()
    assert torch.equal(padded.places[0][40:], one.places[0][-1:].expand(472, 2))
