"""Where an optimiser stands between two steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from torch import Tensor

from physforge.pinn.batch import Batch

#: "going"; "stalled": no step lowers the loss any more; "diverged": the loss is not finite.
Outcome: TypeAlias = Literal["going", "stalled", "diverged"]


class Loss(Protocol):
    """What a first-order or quasi-Newton optimiser minimises."""

    def loss_and_gradient(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return the loss, its gradient, and the part of each block."""


class LeastSquares(Loss, Protocol):
    """What a Gauss-Newton optimiser minimises: a sum of squares."""

    def residuals(self, theta: Tensor, batch: Batch) -> Tensor:
        """Return the weighted residuals, of which the loss is the sum of squares."""

    def jacobian(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the weighted residuals and their derivatives, of shape (residuals, parameters)."""

    def normal_equations(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return J^T J, J^T r and the loss, without holding J."""

    def jacobian_vector(self, theta: Tensor, batch: Batch, vector: Tensor) -> Tensor:
        """Return J v."""

    def vector_jacobian(self, theta: Tensor, batch: Batch, vector: Tensor) -> Tensor:
        """Return J^T v."""


@dataclass
class State:
    """A place, what is known of the loss there, and what the optimiser remembers.

    A step may change the tensors of the state that it is given: that state is used up.

    Parameters
    ----------
    theta : torch.Tensor
        Of shape (parameters,).
    loss : float
        At `theta`.
    gradient : torch.Tensor
        At `theta`.
    parts : torch.Tensor
        The loss of each block.
    outcome : {"going", "stalled", "diverged"}
        Whether another step is worth while.
    step_length : float
        Norm of the last step.
    evaluations : int
        Losses with gradients computed so far.
    tensors : dict of str to torch.Tensor
        What the optimiser remembers, for example an inverse Hessian.
    numbers : dict of str to float
        The same, of numbers.
    """

    theta: Tensor
    loss: float
    gradient: Tensor
    parts: Tensor
    outcome: Outcome = "going"
    step_length: float = 0.0
    evaluations: int = 1
    tensors: dict[str, Tensor] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
