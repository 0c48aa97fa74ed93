"""Lines of a training's log that say how large the losses are, for people and for curves."""

from __future__ import annotations

import re
from typing import NamedTuple

_NUMBER = r"(nan|inf|[\d.]+(?:e[+-]\d+)?)"
_LINE = re.compile(rf"step (\d+), loss {_NUMBER}, held-out residual {_NUMBER}\s*$")


class LossPoint(NamedTuple):
    """Where a training stood.

    Parameters
    ----------
    step : int
        Steps taken.
    loss : float
        At the training points.
    held_out : float
        Root of the mean squared residual at other points, NaN before the first look.
    """

    step: int
    loss: float
    held_out: float


def write_line(point: LossPoint) -> str:
    """Write a point as a line.

    Parameters
    ----------
    point : LossPoint
        Where a training stands.

    Returns
    -------
    str
        Without a line end.

    Examples
    --------
    >>> write_line(LossPoint(120, 0.00123, 0.02))
    'step 120, loss 1.23e-03, held-out residual 2.00e-02'
    """
    return f"step {point.step}, loss {point.loss:.2e}, held-out residual {point.held_out:.2e}"


def read_line(line: str) -> LossPoint | None:
    """Read a point from a line of a log.

    Parameters
    ----------
    line : str
        Any.

    Returns
    -------
    LossPoint or None
        None for every other line.

    Examples
    --------
    >>> read_line("INFO physforge.tasks.pinn: step 120, loss 1.23e-03, held-out residual nan")
    LossPoint(step=120, loss=0.00123, held_out=nan)
    >>> read_line("Reading the data") is None
    True
    """
    found = _LINE.search(line)
    return None if found is None else LossPoint(int(found[1]), float(found[2]), float(found[3]))
