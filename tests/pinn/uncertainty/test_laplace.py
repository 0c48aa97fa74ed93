"""The normal distribution around fitted parameters, where it is exact."""

import numpy as np
import pytest
import torch

from physforge import pinn
from physforge.errors import PinnError
from physforge.pinn.engine import Objective
from physforge.pinn.uncertainty.laplace import LARGEST, Laplace
from physforge.pinn.uncertainty.readings import reading_jacobians


def task():
    """Two fields on two coordinates, one condition of which holds by construction, and an unknown parameter."""
    return pinn.Problem(
        "u_t = k*u_xx - v; v_t = u",
        domain={"t": (0.0, 2.0), "x": (-1.0, 1.0)},
        conditions=[pinn.Initial("sin(pi*x)", field="u"), pinn.Initial(1.0, field="v"), pinn.Periodic("x")],
        unknown={"k": 0.5},
    )


def test_readings_are_derivatives_of_predictions():
    problem = task()
    objective = Objective(problem, pinn.MLP(width=5, depth=2, periodic=problem.periodic), tier="eager")
    theta = objective.start(0)
    x = np.random.default_rng(0).uniform(-0.9, 0.9, (7, 2)) + np.array([1.0, 0.0])
    orders = ((0, 0), (1, 0), (0, 2))
    ((values, jacobian),) = reading_jacobians(objective, theta, x, orders)
    predicted = objective.predict(theta, x, orders)
    along = torch.randn(len(theta), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    step = 1e-6
    ahead, behind = (objective.predict(theta + sign * step * along, x, orders) for sign in (1, -1))
    for row, order in enumerate(orders):
        torch.testing.assert_close(values[row], predicted[order], rtol=1e-12, atol=1e-12)
        slope = (ahead[order] - behind[order]) / (2 * step)
        torch.testing.assert_close(jacobian[row] @ along, slope, rtol=1e-5, atol=1e-6)


def test_a_linear_model_has_the_covariance_of_least_squares():
    generator = torch.Generator().manual_seed(0)
    design = torch.randn(50, 4, generator=generator, dtype=torch.float64)
    matrix = design.T @ design
    found = Laplace.from_normal_matrix(matrix, torch.full((4,), 1e9, dtype=torch.float64), 4)
    torch.testing.assert_close(found.factor @ found.factor.T, torch.linalg.inv(matrix), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(found.widened(3.0).factor, 3.0 * found.factor)


def test_parameters_that_no_residual_depends_on_are_as_uncertain_as_the_prior():
    matrix = torch.diag(torch.tensor([1e4, 0.0, 1e4], dtype=torch.float64))
    theta = torch.tensor([2.0, 1.0, 5.0], dtype=torch.float64)
    found = Laplace.from_normal_matrix(matrix, theta, 2)
    variance = (found.factor @ found.factor.T).diagonal()
    # Two weights of mean square 2.5, one of which is determined: the evidence puts the precision at 1/5.
    assert float(variance[1]) == pytest.approx(5.0, rel=0.01)
    assert float(variance[2]) == pytest.approx(1e-4, rel=1e-6)


def test_what_is_too_large_or_not_finite_is_refused():
    with pytest.raises(PinnError, match="ensemble"):
        Laplace.from_normal_matrix(torch.eye(2), torch.zeros(LARGEST + 1), 1)
    with pytest.raises(PinnError, match="not finite"):
        Laplace.from_normal_matrix(torch.full((2, 2), torch.nan), torch.ones(2), 2)
