"""Derivatives that a law reads only as a sum are propagated as one, and only those."""

import numpy as np
import pytest
import torch
from pinn.engine.laws import Box, Law, Product, burgers, draw_batch, flow, heat

from physforge.pinn.block import Block, Points, Region
from physforge.pinn.engine import Objective
from physforge.pinn.networks import MLP

BOX = np.array([[-1.0, 1.0], [0.0, 3.0]])
U_X, U_T, U_XX = (1, 0), (0, 1), (2, 0)


def law_of(residual, region=None, unknown=None):
    block = Block("law", "law", region or Box(BOX), (((0, 0), U_X, U_T, U_XX),), residual)
    return Law(("x", "t"), ("u",), BOX, (block,), None, unknown or {})


def mixtures_of(law):
    """The derivatives in each mixture of the first group."""
    ((plan, _), *_) = Objective(law, MLP(width=4), tier="compiled")._tier._plans
    return [tuple(plan.orders[one] for one in mixture) for mixture in plan.mixtures]


def read(jets):
    return tuple(jets[0][order][0] for order in ((0, 0), U_X, U_T, U_XX))


def linear(jets, places, parameters, values):
    u, u_x, u_t, u_xx = read(jets)
    return (u_t + torch.sin(u) * u_x - 0.3 * u_xx)[None]


def squared(jets, places, parameters, values):
    *_, u_t, u_xx = read(jets)
    return ((u_t - 2 * u_xx) ** 2 + u_t - 2 * u_xx)[None]


def quasilinear(jets, places, parameters, values):
    u, _, u_t, u_xx = read(jets)
    return (u_t - u**2 * u_xx)[None]


def variable(jets, places, parameters, values):
    *_, u_t, u_xx = read(jets)
    return (u_t - (1 + 1e-6 * places[0][:, 0]) * u_xx)[None]


def unknown(jets, places, parameters, values):
    *_, u_t, u_xx = read(jets)
    return (u_t - parameters["nu"] * u_xx)[None]


def separate(jets, places, parameters, values):
    *_, u_t, u_xx = read(jets)
    return (u_t + u_xx**2)[None]


@pytest.mark.parametrize("residual", [linear, squared])
def test_a_fixed_sum_is_one_channel(residual):
    assert mixtures_of(law_of(residual)) == [(U_T, U_XX)]


@pytest.mark.parametrize("residual", [quasilinear, variable, separate])
def test_what_is_no_fixed_sum_stays_apart(residual):
    assert mixtures_of(law_of(residual)) == []


def test_an_unknown_coefficient_stays_apart():
    assert mixtures_of(law_of(unknown, unknown={"nu": 0.1})) == []


def test_the_laplacian_of_each_field_is_one_channel():
    assert mixtures_of(flow()) == [((2, 0), (0, 2))]


def test_an_ansatz_is_looked_through():
    # u_xx holds (1 + x**2) * N_xx, and u_t holds (1 + x**2) * N_t: their proportion is fixed.
    assert mixtures_of(burgers(Product())) == [((1, 0), (0, 2))]


def test_a_variable_factor_before_the_laplacian_is_no_hindrance():
    # u_xx and u_yy enter u_xxyy, so each has a channel of its own.
    assert mixtures_of(heat()) == [((1, 0, 0), (0, 2, 2))]
    laplacian = [(0, 2, 0), (0, 0, 2)]

    def law(jets, places, parameters, values):
        return (jets[0][1, 0, 0][0] - places[0][:, 1] * sum(jets[0][order][0] for order in laplacian))[None]

    box = np.array([[0.0, 2.0], [-1.0, 1.0], [-1.0, 1.0]])
    block = Block("law", "law", Box(box), (((1, 0, 0), *laplacian),), law)
    assert mixtures_of(Law(("t", "x", "y"), ("u",), box, (block,))) == [tuple(laplacian)]


class Sorted(Region):
    """Given points: a coefficient that differs in the last few only."""

    fixed = True

    def sample(self, count, generator, how="sobol"):  # noqa: ARG002
        x = np.random.default_rng(3).uniform(*BOX.T, (5000, 2))
        values = np.ones((1, 5000))
        values[0, -2:] = 4.0
        return Points((x,), values)


def measured(jets, places, parameters, values):
    *_, u_t, u_xx = read(jets)
    return (u_t - values[0] * u_xx)[None]


def test_a_mixture_that_fails_at_the_points_of_training_is_taken_apart():
    law = law_of(measured, Sorted())
    eager, compiled = (Objective(law, MLP(width=4), tier=tier) for tier in ("eager", "compiled"))
    assert mixtures_of(law) == [(U_T, U_XX)]
    points = Sorted().sample(0, None)
    (drawn,) = draw_batch(law, (5000,))
    batch = (type(drawn)((torch.as_tensor(points.places[0]),), torch.as_tensor(points.values), drawn.weights),)
    theta = eager.start(0)
    expected = eager.loss_and_gradient(theta, batch)
    for one, other in zip(compiled.loss_and_gradient(theta, batch), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-12)
    assert compiled._tier._plans[0][0].mixtures == ()
    anew = Objective(law, MLP(width=4), tier="compiled")
    torch.testing.assert_close(anew.jacobian(theta, batch), eager.jacobian(theta, batch), rtol=1e-11, atol=1e-12)
    assert anew._tier._plans[0][0].mixtures == ()
