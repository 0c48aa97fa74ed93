"""Adam, for the first steps."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import PositiveFloat

from physforge.pinn.batch import Batch
from physforge.pinn.optimisers.method import Optimiser, evaluate
from physforge.pinn.optimisers.state import LeastSquares, State


class Adam(Optimiser):
    """Gradient descent with a step for each parameter, from running means of the gradient and of its square.

    It finds the valley from a random start, where curvature says little, and then creeps along
    it: a few hundred steps, before a quasi-Newton optimiser takes over.

    Parameters
    ----------
    rate : float, default 3e-3
        Length of a step in each parameter.
    decay : float, default 1.0
        The rate is multiplied by this at each step.
    mean : float, default 0.9
        How much of the running mean of the gradient a step keeps.
    square : float, default 0.999
        The same for its square.

    References
    ----------
    Kingma, Ba (2015), Adam: a method for stochastic optimization, algorithm 1.
    """

    kind: Literal["adam"] = "adam"
    citations: ClassVar[tuple[str, ...]] = ("kingma2015",)

    rate: PositiveFloat = 3e-3
    decay: PositiveFloat = 1.0
    mean: float = 0.9
    square: float = 0.999

    def step(self, objective: LeastSquares, batch: Batch, state: State) -> State:
        memory = state.tensors
        first = memory.setdefault("mean", torch.zeros_like(state.theta))
        second = memory.setdefault("square", torch.zeros_like(state.theta))
        count = state.numbers["count"] = state.numbers.get("count", 0.0) + 1.0
        first.lerp_(state.gradient, 1.0 - self.mean)
        second.lerp_(state.gradient**2, 1.0 - self.square)
        scale = (second / (1.0 - self.square**count)).sqrt_().add_(1e-8 * _unit(second))
        move = first / scale * (-self.rate * self.decay ** (count - 1.0) / (1.0 - self.mean**count))
        state.step_length = float(move.norm())
        return evaluate(objective, batch, state.theta + move, state)


def _unit(square: torch.Tensor) -> float:
    """Return the size of a gradient, so that the rule does not depend on the unit of the loss."""
    return float(square.mean().sqrt()) or 1.0
