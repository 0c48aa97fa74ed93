"""What an optimiser is."""

from __future__ import annotations

import abc
import math
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, PositiveInt
from torch import Tensor

from physforge.pinn.batch import Batch
from physforge.pinn.optimisers.state import LeastSquares, State


class Optimiser(BaseModel, abc.ABC):
    """A way to minimise a loss, one step at a time.

    Subclasses are final, immutable and carry a ``kind`` tag, so that a call can be stored.
    What changes is in the `State`.

    Parameters
    ----------
    steps : int, optional
        The most steps, where several optimisers take turns; the default is no limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Keys of `physforge.citations.BIBTEX`.
    citations: ClassVar[tuple[str, ...]] = ()

    kind: str

    steps: PositiveInt | None = None

    @abc.abstractmethod
    def step(self, objective: LeastSquares, batch: Batch, state: State) -> State:
        """Take one step.

        Parameters
        ----------
        objective : LeastSquares
            What is minimised.
        batch : Batch
            Its points.
        state : State
            Where from; used up.

        Returns
        -------
        State
            Where to, or the same place with the outcome ``"stalled"`` or ``"diverged"``.
        """

    def start(self, objective: LeastSquares, batch: Batch, theta: Tensor) -> State:
        """Begin at a place.

        Parameters
        ----------
        objective : LeastSquares
            What is minimised.
        batch : Batch
            Its points.
        theta : torch.Tensor
            Of shape (parameters,).

        Returns
        -------
        State
            Without a memory.
        """
        return evaluate(objective, batch, theta, State(theta, math.nan, theta, theta, evaluations=0))

    def moved(self, objective: LeastSquares, batch: Batch, state: State) -> State:
        """Go on with other points or weights.

        The memory is kept: the curvature of the loss depends on the law much more than on the
        points at which it is asked for.

        Parameters
        ----------
        objective : LeastSquares
            What is minimised.
        batch : Batch
            The new points.
        state : State
            At the old points; used up.

        Returns
        -------
        State
            At the same place.
        """
        return evaluate(objective, batch, state.theta, state)


def evaluate(objective: LeastSquares, batch: Batch, theta: Tensor, memory: State) -> State:
    """Return the state at `theta`, with the memory of another.

    Parameters
    ----------
    objective : LeastSquares
        What is minimised.
    batch : Batch
        Its points.
    theta : torch.Tensor
        The place.
    memory : State
        Gives the tensors, the numbers and the count of evaluations.

    Returns
    -------
    State
        Its outcome is ``"diverged"`` where the loss or its gradient is not finite.
    """
    loss, gradient, parts = objective.loss_and_gradient(theta, batch)
    value = float(loss)
    finite = math.isfinite(value) and bool(gradient.isfinite().all())
    return State(
        theta,
        value,
        gradient,
        parts,
        outcome="going" if finite else "diverged",
        step_length=memory.step_length,
        evaluations=memory.evaluations + 1,
        tensors=memory.tensors,
        numbers=memory.numbers,
    )
