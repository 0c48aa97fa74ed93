"""Steps that do not depend on the units of parameters."""

import pytest
import torch
from pinn.optimisers.functions import rosenbrock

from physforge.pinn.optimisers.marquardt import FIRST_DAMPING, marquardt_step


def test_parameters_that_enter_linearly_are_found_in_one_step_however_large_the_damping():
    generator = torch.Generator().manual_seed(0)
    design = torch.randn(20, 3, generator=generator, dtype=torch.float64)
    # The last column is nearly made of the others: its own diagonal says nothing of how far it may move.
    design[:, 2] = design[:, 0] + 1e-3 * design[:, 2]
    exact = torch.tensor([0.0, 0.0, 5.0], dtype=torch.float64)
    aim = design @ exact

    def loss(theta):
        return ((design @ theta - aim) ** 2).sum()

    start = torch.zeros(3, dtype=torch.float64)
    normal = (design.T @ design, -design.T @ aim, loss(start))
    free = marquardt_step(start, normal, 1.0, loss, undamped=1)
    bound = marquardt_step(start, normal, 1.0, loss)
    assert float(free.theta[2]) == pytest.approx(5.0, rel=1e-4)
    assert float(bound.theta[2]) < 3.0
    assert free.loss < 1e-6 * bound.loss


def test_units_of_parameters_make_no_difference():
    units = torch.logspace(-1, 1, 10, dtype=torch.float64)
    function = rosenbrock()

    def path(units):
        theta, damping, losses = function.start / units, FIRST_DAMPING, []
        for _ in range(12):
            residuals, jacobian = function.jacobian(units * theta, ())
            jacobian = jacobian * units
            normal = (jacobian.T @ jacobian, jacobian.T @ residuals, residuals @ residuals)
            made = marquardt_step(theta, normal, damping, lambda trial: function.residual(units * trial).square().sum())
            theta, damping = made.theta, made.damping
            losses.append(made.loss)
        return losses

    assert path(units) == pytest.approx(path(torch.ones_like(units)), rel=1e-6)
    assert path(units)[-1] < 0.1 * path(units)[0]


def test_where_no_trial_lowers_the_loss_it_stays_and_damps_more():
    theta = torch.zeros(2, dtype=torch.float64)
    normal = (torch.eye(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64), torch.tensor(1.0))
    made = marquardt_step(theta, normal, 1.0, lambda _: torch.tensor(2.0))
    assert torch.equal(made.theta, theta)
    assert (made.loss, made.decrease, made.length) == (1.0, 0.0, 0.0)
    assert made.damping > 1e5
