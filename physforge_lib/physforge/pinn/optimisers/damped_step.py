"""One damped Gauss-Newton step: tried with more damping until it lowers the loss."""

from __future__ import annotations

import abc
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from physforge.pinn.optimisers.linear import solve_positive

#: Least decrease that is divided by: what the model promises is positive, to rounding.
_LEAST = 1e-300


class Equations(abc.ABC):
    """The equations of a step, ``(J^T J + damping * diag(scale)) move = right``, for several dampings.

    Attributes
    ----------
    right : torch.Tensor
        -J^T r, half of the gradient of the loss downhill.
    scale : torch.Tensor or float
        What the damping multiplies.
    """

    right: Tensor
    scale: Tensor | float = 1.0

    @abc.abstractmethod
    def solve(self, damping: float) -> Tensor | None:
        """Return the move, or None where the matrix is not positive definite to rounding."""


class NormalEquations(Equations):
    """The equations with a matrix that is held.

    Parameters
    ----------
    matrix : torch.Tensor
        J^T J, of shape (size, size).
    slope : torch.Tensor
        J^T r, of shape (size,).
    scale : torch.Tensor or float, default 1.0
        What the damping multiplies; of shape (size,).
    """

    def __init__(self, matrix: Tensor, slope: Tensor, scale: Tensor | float = 1.0) -> None:
        self.matrix, self.right, self.scale = matrix, -slope, scale

    def solve(self, damping: float) -> Tensor | None:
        """Solve by Cholesky."""
        return solve_positive(self.matrix, damping * self.scale, self.right)


class DampingRule(abc.ABC):
    """How the damping follows from what steps did.

    Attributes
    ----------
    trials : int
        Dampings that are tried in one step.
    """

    trials: int

    @abc.abstractmethod
    def after(self, damping: float, gain: float) -> float:
        """Return the damping of the next step, after one that gained so much of what its model promised."""

    @abc.abstractmethod
    def raised(self, damping: float, failures: int) -> float:
        """Return the damping to try next, after as many trials that did not lower the loss (from 1)."""


@dataclass(frozen=True)
class Step:
    """What a step did.

    Parameters
    ----------
    theta : torch.Tensor
        Parameters after it.
    loss, before : float
        After and before.
    damping : float
        For the next.
    length : float
        Norm of the move; zero where no trial lowered the loss.
    """

    theta: Tensor
    loss: float
    before: float
    damping: float
    length: float

    @property
    def decrease(self) -> float:
        """Relative decrease of the loss; zero where no trial lowered it."""
        return (self.before - self.loss) / self.before if self.before > 0 else 0.0


def damped_step(
    theta: Tensor,
    before: float,
    equations: Equations,
    loss: Callable[[Tensor], float],
    damping: float,
    rule: DampingRule,
) -> Step:
    """Make one step downhill.

    Parameters
    ----------
    theta : torch.Tensor
        Where to start, of shape (size,).
    before : float
        The loss there.
    equations : Equations
        Of a step from there.
    loss : callable
        Sum of squares at other parameters; the last call is that of the step that is made.
    damping : float
        To try first.
    rule : DampingRule
        How it goes on.

    Returns
    -------
    Step
        At `theta` itself where no trial lowered the loss.

    References
    ----------
    K. Levenberg, Q. Appl. Math. 2 (1944) 164-168; D. W. Marquardt, J. Soc. Ind. Appl. Math. 11 (1963) 431-441.
    """
    for failures in range(1, rule.trials + 1):
        move = equations.solve(damping)
        if move is not None and bool(move.isfinite().all()):
            after = loss(theta + move)
            # The decrease of the linear model.
            promised = float(move @ (damping * equations.scale * move + equations.right))
            if after < before:
                gain = (before - after) / max(promised, _LEAST)
                return Step(theta + move, after, before, rule.after(damping, gain), float(move.norm()))
        damping = rule.raised(damping, failures)
    return Step(theta, before, before, damping, 0.0)
