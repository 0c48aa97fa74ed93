"""From a grid with uneven steps to a picture on an even one, and what the samples say beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
from scipy.interpolate import make_interp_spline

from physforge.derivatives.axis import Axis, Float
from physforge.discovery.weak.points import Samples, Scattered

#: Longest step over the mean step from which an axis counts as uneven: splines through noisy samples
#: swing in gaps, and sums over few samples are no integrals.
_UNEVEN = 1.5

#: Points of the even axis for each step of the uneven one.
_FINER = 2


def is_uneven(axis: Axis) -> bool:
    """Say whether the steps of an axis differ so much that sums over it are poor integrals."""
    steps = _steps(axis)
    return float(np.max(steps)) > _UNEVEN * float(np.mean(steps))


def uneven_source(
    axes: Sequence[Axis],
    fields: Sequence[Float],
    smooth: Sequence[tuple[Float, Float]],
    variances: Sequence[float | Float],
    rng: np.random.Generator,
) -> Scattered:
    """Divide samples into a smooth picture, whose integrals are exact, and what it lacks of them.

    Parameters
    ----------
    axes : sequence of Axis
        The grid, each point of a period once.
    fields : sequence of numpy.ndarray
        Samples of each field, none missing.
    smooth : sequence of (numpy.ndarray, numpy.ndarray)
        The same smoothed, and the sd of that.
    variances : sequence of float or numpy.ndarray
        Of their noise.
    rng : numpy.random.Generator
        Draws the noise under which the picture's finest detail is sought.

    Returns
    -------
    Scattered
        The picture is a cubic spline through the smoothed samples, on even axes.
    """
    even = [_even(axis) if is_uneven(axis) else axis for axis in axes]
    places = tuple(one.reshape(-1) for one in np.meshgrid(*(axis.points for axis in axes), indexing="ij"))
    shares = reduce(np.multiply.outer, [_shares(axis) for axis in axes]).reshape(-1)
    pictures, shown, levels, without = [], [], [], []
    for values, (smoothed, sd), variance in zip(fields, smooth, variances, strict=True):
        picture = smoothed
        for index, (axis, other) in enumerate(zip(axes, even, strict=True)):
            if other is not axis:
                picture = _interpolated(axis, picture, index, other.points)
        # Without the sample itself the picture would be farther from it.
        without.append(values - (values - smoothed) * (1.0 + sd**2 / np.maximum(variance, 1e-300)))
        level = float(np.mean(variance)) * picture.size / values.size
        pictures.append(picture)
        levels.append(level)
        shown.append(picture + np.sqrt(level) * rng.standard_normal(picture.shape))
    samples = Samples(
        places,
        shares,
        [one.reshape(-1) for one in fields],
        [one.reshape(-1) for one in without],
        [_flat(one) for one in variances],
    )
    return Scattered(even, shown, levels, pictures, samples)


def _flat(variance: float | Float) -> float | Float:
    return variance.reshape(-1) if isinstance(variance, np.ndarray) and variance.ndim else float(variance)


def _steps(axis: Axis) -> Float:
    points = axis.points if axis.period is None else np.append(axis.points, axis.points[0] + axis.period)
    return np.abs(np.diff(points))


def _shares(axis: Axis) -> Float:
    """Return the length that each sample stands for."""
    steps = _steps(axis)
    if axis.period is not None:
        return np.asarray(0.5 * (steps + np.roll(steps, 1)), dtype=np.float64)
    return np.asarray(0.5 * (np.append(steps, 0.0) + np.append(0.0, steps)), dtype=np.float64)


def _even(axis: Axis) -> Axis:
    low = float(axis.points[0])
    if axis.period is not None:
        count = _FINER * len(axis)
        return Axis(axis.name, low + axis.period * np.arange(count) / count, axis.period)
    return Axis(axis.name, np.linspace(low, float(axis.points[-1]), _FINER * (len(axis) - 1) + 1))


def _interpolated(axis: Axis, values: Float, index: int, points: Float) -> Float:
    if axis.period is None:
        return np.asarray(make_interp_spline(axis.points, values, axis=index)(points), dtype=np.float64)
    around = np.append(axis.points, axis.points[0] + axis.period)
    closed = np.concatenate([values, np.take(values, [0], axis=index)], axis=index)
    return np.asarray(make_interp_spline(around, closed, axis=index, bc_type="periodic")(points), dtype=np.float64)
