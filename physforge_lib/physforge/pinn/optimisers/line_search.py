"""How far to go along a direction."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

#: Evaluations of one search. A direction that needs more is a bad one.
_MOST = 25


@dataclass(frozen=True, eq=False)
class Trial:
    """The loss at some length along a direction.

    Parameters
    ----------
    length : float
        Of the step, in units of the direction.
    loss : float
        There.
    slope : float
        Derivative of the loss by the length.
    theta, gradient, parts : torch.Tensor
        The place, and what else the loss gave.
    """

    length: float
    loss: float
    slope: float
    theta: Tensor
    gradient: Tensor
    parts: Tensor

    @property
    def finite(self) -> bool:
        """Whether the loss can be used."""
        return math.isfinite(self.loss) and math.isfinite(self.slope)


#: Length -> Trial.
Along: TypeAlias = Callable[[float], Trial]


@dataclass(frozen=True)
class StrongWolfe:
    """Find a step that lowers the loss and the slope enough.

    A bracket is widened until it holds an acceptable length, then narrowed by cubic
    interpolation. The first length is tried first, and for a quasi-Newton direction it mostly
    is accepted: one evaluation a step.

    Parameters
    ----------
    decrease : float, default 1e-4
        Share of the decrease that the first slope promises.
    curvature : float, default 0.9
        Share of the first slope that may be left.

    References
    ----------
    Nocedal, Wright (2006), Numerical optimization, algorithms 3.5 and 3.6. Where the change of
    the loss drowns in rounding, the decrease is judged by slopes: Hager, Zhang (2005), SIAM J.
    Optim. 16, equation 4.1.
    """

    decrease: float = 1e-4
    curvature: float = 0.9

    def __call__(self, along: Along, start: Trial, first: float) -> tuple[Trial | None, int]:
        """Search.

        Parameters
        ----------
        along : callable
            Evaluates a length.
        start : Trial
            That of length 0; its slope is negative.
        first : float
            The length to try first.

        Returns
        -------
        Trial or None
            None where no step was found that lowers the loss.
        int
            How many evaluations it took.
        """
        low, high, length = start, None, first
        best: Trial | None = None
        for count in range(1, _MOST + 1):
            trial = along(length)
            if not trial.finite:
                high = None
                length = low.length + 0.2 * (length - low.length)
                continue
            if trial.loss < (best or start).loss:
                best = trial
            if self._lowers(start, trial) and abs(trial.slope) <= -self.curvature * start.slope:
                return trial, count
            low, high = self._narrow(start, low, high, trial)
            if high is None:
                length = _beyond(low, trial)
            else:
                length = _between(low, high)
                if abs(high.length - low.length) <= 1e-14 * max(low.length, high.length):
                    break
        return best, count

    def _lowers(self, start: Trial, trial: Trial) -> bool:
        if trial.loss <= start.loss + self.decrease * trial.length * start.slope:
            return True
        nearly = trial.loss <= start.loss + 1e-13 * abs(start.loss)
        return nearly and trial.slope <= (2.0 * self.decrease - 1.0) * start.slope

    def _narrow(self, start: Trial, low: Trial, high: Trial | None, trial: Trial) -> tuple[Trial, Trial | None]:
        """Return the bracket that holds an acceptable length; the lower loss comes first."""
        if not self._lowers(start, trial) or (low is not start and trial.loss >= low.loss):
            return low, trial
        if high is None:
            return (trial, low) if trial.slope >= 0.0 else (trial, None)
        if trial.slope * (high.length - low.length) >= 0.0:
            return trial, low
        return trial, high


def _beyond(low: Trial, trial: Trial) -> float:
    return 2.5 * max(low.length, trial.length)


def _between(low: Trial, high: Trial) -> float:
    """Return the minimum of the cubic through two trials, kept off the ends of the bracket."""
    width = high.length - low.length
    mean = low.slope + high.slope - 3.0 * (high.loss - low.loss) / width
    under = mean * mean - low.slope * high.slope
    share = 0.5
    if under >= 0.0:
        root = math.copysign(math.sqrt(under), width)
        bottom = high.slope - low.slope + 2.0 * root
        if bottom != 0.0:
            share = 1.0 - (high.slope + root - mean) / bottom
    if not math.isfinite(share):
        share = 0.5
    return low.length + min(max(share, 0.1), 0.9) * width
