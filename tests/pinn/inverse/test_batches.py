"""Where a law is to hold, and in what unit its residual is measured."""

import numpy as np
import pytest
import torch

from physforge import pinn
from physforge.pinn.engine import Objective
from physforge.pinn.inverse.batches import collocation_batch, data_batch, draw_collocation, row_lengths
from physforge.pinn.inverse.measurements import Measurements
from physforge.pinn.inverse.noise import Noise

CPU = torch.device("cpu")


def objective(law="u_t = 0.3*u_xx + exp(-200*(x - 0.8)**2)"):
    problem = pinn.Problem(
        law, domain={"t": (0.0, 1.0), "x": (0.0, 1.0)}, conditions=[pinn.Data({"t": [0.1], "x": [0.1], "u": [1.0]})]
    )
    return Objective(problem, pinn.MLP(width=5, depth=1), tier="eager")


def test_lengths_are_those_of_the_rows_of_the_jacobian():
    goal = objective()
    theta, points = goal.start(0), goal.problem.blocks[0].region.sample(6, np.random.default_rng(0))
    x = torch.as_tensor(points.places[0])
    found = row_lengths(goal, theta, 0, points)
    for point in range(6):

        def residual(parameters, point=point):
            return goal.pointwise(parameters, 0, (x[point : point + 1],), torch.empty(0, 1))[0, 0]

        steps = 1e-6 * torch.eye(len(theta), dtype=theta.dtype)
        slopes = [float(residual(theta + step) - residual(theta - step)) / 2e-6 for step in steps]
        assert found[0, point] == pytest.approx(np.linalg.norm(slopes), rel=1e-5)


def test_the_unit_of_the_law_makes_no_difference():
    # A law without a leading time derivative is taken as it is written.
    one, other = (objective(f"{unit}*u_xx + {unit}*u_t*u = {unit}*x*u_t**2") for unit in (1, 1000))
    theta = one.start(0)
    drawn = [draw_collocation(goal, theta, 0, 20, np.random.default_rng(0), 2.0) for goal in (one, other)]
    weighted, sizes = [], []
    for goal, collocation in zip((one, other), drawn, strict=True):
        batch = collocation_batch(collocation, 50.0, CPU)
        residual = goal.pointwise(theta, 0, batch.places, batch.values)
        weighted.append((batch.weights * residual**2).numpy())
        sizes.append(float(residual.abs().max()))
    assert sizes[1] > 100 * sizes[0]
    np.testing.assert_allclose(*weighted, rtol=1e-9)


def test_half_of_the_points_are_where_the_law_is_violated():
    goal = objective()
    theta = torch.zeros(goal.size, dtype=torch.float64)
    # The network is flat, so that the source alone is left over.
    theta[: goal.size // 2] = goal.start(0)[: goal.size // 2]
    drawn = draw_collocation(goal, theta, 0, 400, np.random.default_rng(0), 1.0)
    near = np.abs(drawn.points.places[0][:, 1] - 0.8) < 0.15
    assert near.mean() > 0.4
    assert 0.2 < near[:200].mean() < 0.4


def test_samples_weigh_by_their_noise():
    samples = Measurements("u", np.zeros((3, 2)), np.arange(3.0), np.array([1.0, 2.0, 4.0]))
    batch = data_batch(samples, Noise(0.5), np.zeros(3), CPU)
    np.testing.assert_allclose(batch.weights[0], [4.0, 1.0, 0.25])
    np.testing.assert_allclose(batch.values[0], [0.0, 1.0, 2.0])
    wild = data_batch(samples, Noise(0.5, 3.0), np.array([0.0, 0.0, 50.0]), CPU)
    assert float(wild.weights[0, 2] * 16 / wild.weights[0, 0]) < 1e-3
