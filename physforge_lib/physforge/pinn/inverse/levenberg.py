"""A step of Levenberg and Marquardt on the normal equations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

#: Damping at the start, and its bounds.
FIRST_DAMPING, _LEAST, _MOST = 1.0, 1e-12, 1e12

#: Trials of a step before it is given up.
_TRIALS = 10

#: Ratio of what was gained to what was promised, above which the damping falls, and below which it rises.
_GOOD, _POOR = 0.75, 0.25

#: Damping of parameters that enter linearly, relative to that of others; it keeps the matrix positive.
_LINEAR = 1e-9

#: Least diagonal, relative to the largest: what no residual depends on does not move.
_FLOOR = 1e-8


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
    """

    theta: Tensor
    loss: float
    before: float
    damping: float = FIRST_DAMPING

    @property
    def decrease(self) -> float:
        """Relative decrease of the loss; zero where no trial lowered it."""
        return (self.before - self.loss) / self.before if self.before > 0 else 0.0


def damped_step(
    theta: Tensor,
    normal: tuple[Tensor, Tensor, Tensor],
    damping: float,
    loss: Callable[[Tensor], Tensor],
    undamped: int = 0,
) -> Step:
    """Make one step downhill.

    Parameters
    ----------
    theta : torch.Tensor
        Where to start, of shape (size,).
    normal : tuple of torch.Tensor
        J^T J, J^T r and the loss there.
    damping : float
        Multiple of the diagonal of J^T J that is added to it.
    loss : callable
        Sum of squares at other parameters.
    undamped : int, default 0
        How many of the last parameters are not damped: those that the residuals depend on linearly.

    Returns
    -------
    Step
        At `theta` itself where no trial lowered the loss.

    References
    ----------
    D. W. Marquardt, J. Soc. Ind. Appl. Math. 11 (1963) 431-441.
    """
    matrix, slope, before = normal[0], normal[1], float(normal[2])
    diagonal = matrix.diagonal()
    diagonal = diagonal.clamp(min=max(_FLOOR * float(diagonal.max()), 1e-300))
    if undamped:
        # Their diagonal says nothing of how far they may move: most of it is made good by the others.
        diagonal[-undamped:] *= _LINEAR
    for _ in range(_TRIALS):
        factor, failed = torch.linalg.cholesky_ex(matrix + torch.diag(damping * diagonal))
        if not int(failed):
            step = -torch.cholesky_solve(slope[:, None], factor)[:, 0]
            after = float(loss(theta + step))
            # The decrease of the linear model.
            promised = -float(2 * slope @ step + step @ (matrix @ step))
            if after < before:
                gain = (before - after) / max(promised, 1e-300)
                factor_of = 1 / 3 if gain > _GOOD else 1.0 if gain > _POOR else 2.0
                return Step(theta + step, after, before, min(max(damping * factor_of, _LEAST), _MOST))
        damping = min(4 * damping, _MOST)
    return Step(theta, before, before, damping)
