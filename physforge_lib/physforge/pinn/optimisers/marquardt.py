"""A step of Marquardt, whose damping is in proportion to the diagonal: it does not depend on units."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from physforge.pinn.optimisers.damped_step import DampingRule, NormalEquations, Step, damped_step

#: Damping at the start, and its bounds.
FIRST_DAMPING, _LEAST, _MOST = 1.0, 1e-12, 1e12

#: Ratio of what was gained to what was promised, above which the damping falls, and below which it rises.
_GOOD, _POOR = 0.75, 0.25

#: Damping of parameters that enter linearly, relative to that of others; it keeps the matrix positive.
_LINEAR = 1e-9

#: Least diagonal, relative to the largest: what no residual depends on does not move.
_FLOOR = 1e-8


class _ByThirds(DampingRule):
    """A third where the model is right, twice where it is poor, and four times where it fails."""

    trials = 10

    def after(self, damping: float, gain: float) -> float:
        factor = 1 / 3 if gain > _GOOD else 1.0 if gain > _POOR else 2.0
        return min(max(damping * factor, _LEAST), _MOST)

    def raised(self, damping: float, failures: int) -> float:  # noqa: ARG002
        return min(4 * damping, _MOST)


def marquardt_step(
    theta: Tensor,
    normal: tuple[Tensor, Tensor, Tensor],
    damping: float,
    loss: Callable[[Tensor], Tensor],
    undamped: int = 0,
) -> Step:
    """Make one step downhill.

    Use it to fit networks together with parameters of other units. `LevenbergMarquardt`,
    which trains on laws alone, damps all parameters alike.

    Parameters
    ----------
    theta : torch.Tensor
        Where to start, of shape (size,).
    normal : tuple of torch.Tensor
        J^T J, J^T r and the loss there.
    damping : float
        Multiple of the diagonal of J^T J that is added to it; `FIRST_DAMPING` at the start.
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
    matrix, slope, before = normal
    equations = NormalEquations(matrix, slope, _scale(matrix, undamped))
    return damped_step(theta, float(before), equations, lambda trial: float(loss(trial)), damping, _ByThirds())


def _scale(matrix: Tensor, undamped: int) -> Tensor:
    diagonal = matrix.diagonal()
    scale = diagonal.clamp(min=max(_FLOOR * float(diagonal.max()), 1e-300))
    if undamped:
        # Their diagonal says nothing of how far they may move: most of it is made good by the others.
        scale[-undamped:] *= _LINEAR
    return scale
