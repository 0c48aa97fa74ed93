"""The loss along a direction."""

from __future__ import annotations

from torch import Tensor

from physforge.pinn.batch import Batch
from physforge.pinn.optimisers.line_search import Along, StrongWolfe, Trial
from physforge.pinn.optimisers.state import LeastSquares, State


def along(objective: LeastSquares, batch: Batch, theta: Tensor, direction: Tensor) -> Along:
    """Return the function that evaluates lengths along `direction` from `theta`."""

    def evaluate(length: float) -> Trial:
        place = theta + length * direction
        loss, gradient, parts = objective.loss_and_gradient(place, batch)
        return Trial(length, float(loss), float(gradient @ direction), place, gradient, parts)

    return evaluate


def search(
    rule: StrongWolfe, objective: LeastSquares, batch: Batch, state: State, direction: Tensor, first: float = 1.0
) -> tuple[Trial | None, int]:
    """Find a step along `direction` that lowers the loss.

    Parameters
    ----------
    rule : StrongWolfe
        What is enough.
    objective : LeastSquares
        What is minimised.
    batch : Batch
        Its points.
    state : State
        Where from.
    direction : torch.Tensor
        Where to; the loss decreases along it at first.
    first : float, default 1.0
        The length to try first.

    Returns
    -------
    Trial or None
        None where no step was found.
    int
        How many evaluations it took.
    """
    slope = float(state.gradient @ direction)
    start = Trial(0.0, state.loss, slope, state.theta, state.gradient, state.parts)
    return rule(along(objective, batch, state.theta, direction), start, first)
