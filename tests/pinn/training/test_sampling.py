"""Where points are drawn, and how much they count."""

import numpy as np
import pytest
import torch

from physforge import pinn
from physforge.pinn.engine import Objective
from physforge.pinn.training.sampling import Draw, sample


@pytest.fixture(scope="module")
def heat():
    return pinn.Problem(
        "u_t = 0.1*u_xx",
        domain={"t": (1.0, 3.0), "x": (-1.0, 1.0)},
        conditions=[pinn.Initial("sin(pi*x)"), pinn.Dirichlet(x=-1.0), pinn.Dirichlet(x=1.0)],
        exact="never",
    )


@pytest.fixture(scope="module")
def goal(heat):
    return Objective(heat, pinn.MLP(width=5, depth=1), tier="eager")


@pytest.fixture(scope="module")
def theta(goal):
    return goal.start(0)


def batch_of(heat, goal, theta, rule, share=1.0, seed=0):
    return sample(
        heat, goal, theta, rule=rule, sizes=(200, 40), draw=Draw(heat, share), generator=np.random.default_rng(seed)
    )


@pytest.mark.parametrize("rule", [pinn.Sobol(), pinn.ResidualAdaptive(correction=0.0)])
def test_each_block_counts_by_its_mean_square(heat, goal, theta, rule):
    batch = batch_of(heat, goal, theta, rule)
    assert [entry.weights.shape[1] for entry in batch] == [200, 40, 40, 40]
    for index, entry in enumerate(batch):
        residual = goal.pointwise(theta, index, entry.places, entry.values)
        alone = [torch.zeros_like(one.weights) for one in batch]
        alone[index] = entry.weights
        parts = goal.loss_and_gradient(theta, batch)[2]
        assert float(parts[index]) == pytest.approx(float(residual.square().mean()), rel=1e-12)


@pytest.mark.parametrize("rule", [pinn.Sobol(), pinn.ResidualAdaptive()])
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_window_holds_all_points_up_to_its_end(heat, goal, theta, rule, share):
    batch = batch_of(heat, goal, theta, rule, share)
    assert [entry.weights.shape[1] for entry in batch] == [200, 40, 40, 40]
    times = batch[0].places[0][:, 0]
    assert float(times.min()) >= 1.0
    assert float(times.max()) <= 1.0 + 2.0 * share
    assert float(times.max()) > 1.0 + 1.8 * share
    values = batch[1].places[0][:, 1]
    torch.testing.assert_close(batch[1].values[0], torch.sin(np.pi * values), rtol=1e-12, atol=1e-12)


def test_points_go_where_the_residual_is_large(heat):
    """With power 1 and no floor the density is that of the residual's size: here (2 - x) on [-1, 1], by moments."""
    draw, rule = Draw(heat), pinn.ResidualAdaptive(floor=0.0, candidates=40)
    generator = np.random.default_rng(0)
    points, _ = rule.choose(lambda points: 2.0 - points.places[0][:, 1], heat.blocks[0], 4000, draw, generator)
    assert points.places[0][:, 1].mean() == pytest.approx(-1.0 / 6.0, abs=0.03)
    even, _ = pinn.ResidualAdaptive(floor=1e9).choose(
        lambda points: 2.0 - points.places[0][:, 1], heat.blocks[0], 4000, draw, generator
    )
    assert even.places[0][:, 1].mean() == pytest.approx(0.0, abs=0.03)
    assert len(np.unique(points.places[0], axis=0)) == 4000


def test_a_residual_that_is_not_finite_leaves_even_points(heat):
    points, weights = pinn.ResidualAdaptive().choose(
        lambda points: np.full(len(points), np.nan), heat.blocks[0], 50, Draw(heat), np.random.default_rng(0)
    )
    assert len(points) == len(weights) == 50


@pytest.mark.parametrize(("correction", "expected"), [(1.0, 0.0), (0.0, -1.0 / 6.0)])
def test_where_points_are_dense_each_counts_for_less(heat, correction, expected):
    """The mean of x over [-1, 1] is zero, whatever the density; points alike follow the density: -1/6."""
    rule = pinn.ResidualAdaptive(floor=0.0, candidates=40, correction=correction)
    points, weights = rule.choose(
        lambda points: 2.0 - points.places[0][:, 1], heat.blocks[0], 4000, Draw(heat), np.random.default_rng(0)
    )
    assert weights.mean() == pytest.approx(1.0)
    found = float((weights * points.places[0][:, 1]).mean())
    assert found == pytest.approx(expected, abs=0.02)


def test_fixed_factors_go_by_kind_and_name(heat, goal, theta):
    batch = batch_of(heat, goal, theta, pinn.Sobol())
    rule = pinn.Fixed(law=2.0, condition=5.0, initial=3.0, blocks={heat.blocks[2].name: 7.0})
    weighted = rule.apply(heat, goal, theta, batch)
    factors = [float((new.weights / old.weights).mean()) for new, old in zip(weighted, batch, strict=True)]
    assert factors == pytest.approx([2.0, 3.0, 7.0, 5.0])


def test_gradient_norms_become_equal(heat, goal, theta):
    batch = batch_of(heat, goal, theta, pinn.Sobol())
    weighted = pinn.GradientNorm().apply(heat, goal, theta, batch)
    norms = []
    for index in range(len(batch)):
        alone = tuple(
            type(entry)(entry.places, entry.values, entry.weights * (which == index))
            for which, entry in enumerate(weighted)
        )
        norms.append(float(goal.loss_and_gradient(theta, alone)[1].norm()))
    assert norms == pytest.approx([norms[0]] * 4, rel=1e-9)


def test_self_adaptive_weights_follow_the_residual(heat, goal, theta):
    batch = batch_of(heat, goal, theta, pinn.Sobol())
    weighted = pinn.SelfAdaptive(condition=1.0).apply(heat, goal, theta, batch)
    size = goal.pointwise(theta, 0, batch[0].places, batch[0].values).abs()
    expected = batch[0].weights * (size / size.mean() + 1.0) / 2.0
    torch.testing.assert_close(weighted[0].weights, expected)
    assert float(weighted[0].weights.sum()) == pytest.approx(1.0)


def test_causal_weights_fade_with_what_is_left_before(heat, goal, theta):
    batch = batch_of(heat, goal, theta, pinn.Sobol())
    times = batch[0].places[0][:, 0]
    order = times.argsort()
    strict = pinn.Causal(tolerance=10.0, slices=8).apply(heat, goal, theta, batch)[0].weights[0][order]
    loose = pinn.Causal(tolerance=1e-9, slices=8).apply(heat, goal, theta, batch)[0].weights[0][order]
    assert bool((strict.diff() <= 0.0).all())
    assert float(strict[-1]) < 0.5 * float(strict[0])
    assert float(strict[0]) == float(batch[0].weights[0, 0])
    torch.testing.assert_close(loose, batch[0].weights[0], rtol=1e-6, atol=0.0)
