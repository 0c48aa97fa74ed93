"""Estimate the standard deviation of measurement noise from the data alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from physforge.derivatives.axis import Axis, Float

#: Highest order of difference looked at. Each order needs one more sample.
HIGHEST_DIFFERENCE = 10

#: Fewest differences from which a spread is taken.
FEWEST_DIFFERENCES = 8

#: Median of the absolute value of a standard normal variable.
_NORMAL_MEDIAN = 0.6744897501960817


def estimate_noise(values: Float, axes: Sequence[Axis]) -> float:
    """Estimate the sd of independent noise on a smooth field.

    Differences of high order along an axis annihilate what is smooth and keep
    noise, whose sd is known when the weights have unit norm. The smallest figure
    over orders 1 to 10 and over axes is taken; each is an upper bound, up to its
    own scatter.

    Parameters
    ----------
    values : numpy.ndarray
        Samples on a grid, one dimension for each of `axes`.
    axes : sequence of Axis
        The sample points; they need not be uniform.

    Returns
    -------
    float
        Standard deviation in the field's unit. For noise-free data it is the part
        that the sampling does not resolve. ``nan`` where no axis has the samples
        for a first difference.

    Notes
    -----
    The spread is the median absolute difference, which an isolated shock does not
    move; so where most samples are exact and a few are noisy, the noise is missed.
    Noise that is correlated between neighbouring samples is underestimated.

    Examples
    --------
    >>> import numpy as np
    >>> from physforge.derivatives.axis import Axis
    >>> t = np.linspace(0.0, 6.0, 400)
    >>> noisy = np.sin(t) + 0.05 * np.random.default_rng(0).standard_normal(400)
    >>> bool(abs(estimate_noise(noisy, [Axis("t", t)]) - 0.05) < 0.005)
    True
    """
    bounds = [
        _spread(np.moveaxis(values, index, 0), axis.points, order)
        for index, axis in enumerate(axes)
        for order in range(1, HIGHEST_DIFFERENCE + 1)
        if order == 1 or len(axis) - order >= FEWEST_DIFFERENCES
        if len(axis) > order
    ]
    return min(bounds) if bounds else float("nan")


def _spread(values: Float, points: Float, order: int) -> float:
    windows = np.lib.stride_tricks.sliding_window_view(points, order + 1)
    # Scaling by the window's length keeps the products of gaps within range.
    gaps = (windows[:, :, None] - windows[:, None, :]) / np.ptp(windows, axis=1)[:, None, None]
    gaps[:, range(order + 1), range(order + 1)] = 1.0
    weights = 1.0 / np.prod(gaps, axis=2)
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    tail = (1,) * (values.ndim - 1)
    count = len(weights)
    differences = np.zeros((count, *values.shape[1:]))
    for offset in range(order + 1):
        differences += weights[:, offset].reshape(-1, *tail) * values[offset : offset + count]
    return float(np.median(np.abs(differences))) / _NORMAL_MEDIAN
