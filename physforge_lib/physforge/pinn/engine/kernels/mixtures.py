"""Find the derivatives that a law reads only as a fixed weighted sum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.engine.kernels.channel_plan import ChannelPlan
from physforge.pinn.engine.residuals import ResidualModel
from physforge.pinn.jets import Order

#: Points of each block, and sizes of the random values of the derivatives there.
POINTS = 64
SIZES = (0.03, 1.0, 30.0)
#: Gradients that differ by less are proportional.
TOLERANCE = 1e-12


def plan_channels(model: ResidualModel) -> list[tuple[ChannelPlan, tuple[float, ...]]]:
    """Return for each group its channels and the weights of their mixtures.

    The gradient of all residuals with respect to the derivatives is taken at random values of
    the derivatives, of the unknown parameters and at points of the domain. Where those of two
    derivatives are in the same proportion everywhere, the residual is a function of their
    weighted sum. Points and values come from a fixed seed: the answer is the same each time.

    Parameters
    ----------
    model : ResidualModel
        The residuals.

    Returns
    -------
    list of (ChannelPlan, tuple of float)
        One for each group.
    """
    generator = np.random.default_rng(0)
    batch = tuple(_sample(model, number, generator) for number in range(len(model.blocks)))
    draws = [_gradients(model, batch, size, generator) for size in SIZES]
    found = []
    for number, group in enumerate(model.groups):
        gradients = torch.cat([draw[number] for draw in draws], dim=2).transpose(0, 1).flatten(1)
        found.append(_plan(group.orders, gradients))
    return found


def _sample(model: ResidualModel, number: int, generator: np.random.Generator) -> BlockBatch:
    block = model.blocks[number]
    points = block.region.sample(POINTS, generator, "uniform")
    chosen = generator.permutation(len(points))[:POINTS]  # all are there where they are given
    places = tuple(torch.as_tensor(x[chosen], dtype=torch.float64) for x in points.places)
    values = torch.as_tensor(points.values[:, chosen], dtype=torch.float64)
    return BlockBatch(places, values, torch.ones(block.rows, len(places[0]), dtype=torch.float64))


def _gradients(model: ResidualModel, batch: Batch, size: float, generator: np.random.Generator) -> list[Tensor]:
    """Return the gradient of a random sum of all residuals for each group, of shape (outputs, orders, points)."""

    def normal(*shape: int) -> Tensor:
        return torch.as_tensor(generator.normal(size=shape), dtype=torch.float64)

    theta = normal(model.network_size + len(model.names))
    points = [sum(len(place) for place in group.places(batch)) for group in model.groups]
    shapes = [
        (model.fields.outputs, len(group.orders), count) for group, count in zip(model.groups, points, strict=True)
    ]
    made = [(size * normal(*shape)).requires_grad_() for shape in shapes]
    with torch.enable_grad():
        residuals = model.weighted(theta, batch, made)
        combined = torch.stack([(one * normal(*one.shape)).sum() for one in residuals]).sum()
    return list(torch.autograd.grad(combined, made, allow_unused=True, materialize_grads=True))


def _plan(orders: tuple[Order, ...], gradients: Tensor) -> tuple[ChannelPlan, tuple[float, ...]]:
    """Collect the highest orders into classes of proportional gradients; one row of `gradients` an order."""
    classes: dict[int, dict[int, float]] = {}
    for position in _highest(orders):
        for first, members in classes.items():
            ratio = _ratio(gradients[first], gradients[position])
            if ratio is not None:
                members[position] = ratio
                break
        else:
            if torch.isfinite(gradients[position]).all() and gradients[position].abs().max() > 0:
                classes[position] = {position: 1.0}
    mixtures = [members for members in classes.values() if len(members) > 1]
    plan = ChannelPlan(orders, tuple(tuple(members) for members in mixtures))
    return plan, tuple(weight for members in mixtures for weight in members.values())


def _highest(orders: Sequence[Order]) -> list[int]:
    """Return the positions of the orders that no other one is made of."""

    def below(one: Order, other: Order) -> bool:
        return one != other and all(mine <= its for mine, its in zip(one, other, strict=True))

    return [place for place, one in enumerate(orders) if any(one) and not any(below(one, other) for other in orders)]


def _ratio(first: Tensor, other: Tensor) -> float | None:
    place = int(first.abs().argmax())
    ratio = float(other[place] / first[place])
    if not np.isfinite(ratio) or ratio == 0:
        return None
    close = (other - ratio * first).abs() <= TOLERANCE * abs(ratio) * first.abs()
    return ratio if bool(close.all()) else None
