"""Which part of a volume each of scattered samples stands for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.regression import Indices

#: Samples in a box, at least; twice as many are divided.
_IN_A_BOX = 32


def shares_of(places: Sequence[Float], low: Sequence[float], high: Sequence[float]) -> Float:
    """Divide a box at medians of its samples, and share out each part among those inside.

    Where samples are denser each stands for less. In a part all stand for the same, so that
    their number, not their places, says how much: single gaps and clusters are chance.

    Parameters
    ----------
    places : sequence of numpy.ndarray of shape (n,)
        Coordinates.
    low, high : sequence of float
        Corners of the box.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Which add up to the volume of the box.

    References
    ----------
    J. L. Bentley, Multidimensional binary search trees used for associative searching,
    Communications of the ACM 18 (1975) 509-517.
    """
    points = np.column_stack(list(places))
    span = np.subtract(high, low)
    shares = np.empty(len(points))
    waiting: list[tuple[Indices, Float, Float]] = [
        (np.arange(len(points)), np.array(low, dtype=np.float64), np.array(high, dtype=np.float64))
    ]
    while waiting:
        inside, bottom, top = waiting.pop()
        split = _split(points[inside], (top - bottom) / span)
        if split is None:
            shares[inside] = np.prod(top - bottom) / len(inside)
            continue
        axis, cut = split
        below = points[inside, axis] < cut
        middle_top, middle_bottom = top.copy(), bottom.copy()
        middle_top[axis] = middle_bottom[axis] = cut
        waiting += [(inside[below], bottom, middle_top), (inside[~below], middle_bottom, top)]
    return shares


def _split(points: Float, relative: Float) -> tuple[int, float] | None:
    """Return where to cut a part, across its longest side along which samples differ; None to leave it whole."""
    if len(points) < 2 * _IN_A_BOX:
        return None
    for axis in np.argsort(-relative, kind="stable"):
        along = np.sort(points[:, axis])
        middle = len(along) // 2
        # The nearest place to the median at which neighbours differ.
        steps = np.flatnonzero(np.diff(along) > 0.0) + 1
        steps = steps[(steps >= _IN_A_BOX) & (steps <= len(along) - _IN_A_BOX)]
        if steps.size:
            place = int(steps[np.argmin(np.abs(steps - middle))])
            cut = 0.5 * (along[place - 1] + along[place])
            if along[place - 1] < cut:
                return int(axis), float(cut)
    return None
