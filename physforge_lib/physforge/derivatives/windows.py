"""Build an operator from the weights of a window that slides along an axis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.operators import Operator, RepeatedEnd, Stencil

Indices = np.ndarray[tuple[int, ...], np.dtype[np.intp]]

#: (points of the window, places where the derivative is wanted) -> weights, shape (places, points).
Weigh = Callable[[Float, Float], Float]


def sliding_operator(axis: Axis, width: int, end_width: int, weigh: Weigh) -> Operator:
    """Slide a window along `axis`.

    Parameters
    ----------
    axis : Axis
        The sample points, at least ``max(width, end_width)`` of them. Where a
        period is known the window wraps around.
    width : int
        Odd number of samples in a centred window.
    end_width : int
        Number of samples used where a centred window does not fit: the first or
        the last so many.
    weigh : callable
        Weights for a window's points and places in it.

    Returns
    -------
    Operator
        For the samples of `axis`.
    """
    if axis.repeats_end:
        return RepeatedEnd(sliding_operator(axis.without_repeated_end(), width, end_width, weigh))
    count, half = len(axis), width // 2
    columns = np.zeros((count, max(width, end_width)), dtype=np.intp)
    weights = np.zeros(columns.shape)
    for rows, window in _end_windows(axis, half, end_width):
        columns[rows, :end_width] = window
        weights[rows, :end_width] = weigh(axis.points[window], axis.points[rows])
    centred = np.arange(count) if axis.period is not None else np.arange(half, count - half)
    windows = centred[:, None] + np.arange(-half, half + 1)
    columns[centred, :width] = windows % count
    if axis.uniform if axis.period is None else axis.uniform_over_period:
        weights[centred, :width] = weigh(axis.spacing * np.arange(-half, half + 1.0), np.zeros(1))
    else:
        for row, window in zip(centred, windows, strict=True):
            weights[row, :width] = weigh(_unwrapped(axis, window), axis.points[[row]])
    return Stencil(columns, weights)


def _end_windows(axis: Axis, half: int, end_width: int) -> list[tuple[Indices, Indices]]:
    if axis.period is not None:
        return []
    count = len(axis)
    window = np.arange(end_width)
    return [(np.arange(half), window), (np.arange(count - half, count), window + count - end_width)]


def _unwrapped(axis: Axis, window: Indices) -> Float:
    turns, inside = np.divmod(window, len(axis))
    shift = 0.0 if axis.period is None else np.sign(axis.spacing) * axis.period
    points: Float = axis.points[inside] + shift * turns
    return points
