"""What the data themselves say of noise and of the finest detail, which set the test functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.noise import estimate_noise
from physforge.discovery.weak.axis_functions import EXPONENT

#: Most samples that are looked at along each axis, whole lines evenly spread.
_MOST = 500_000

#: Width of a test function's spectrum, in its standard deviations, that reaches to the finest detail.
_REACH = 1.2

#: Samples from the centre of a test function to its end, at least, and more for each order of
#: the derivative that it takes on: with fewer, sums differ from integrals.
_FEWEST, _MORE = 6.0, 2.5

#: Share of the axis that it takes at most, and where the axis is short.
_WIDEST, _WIDEST_SHORT = 0.2, 0.45

#: Noise below this share of the field is not looked at for its colour.
_CLEAN = 1e-3

#: Frequencies, as shares of the highest, from where and to where the lower noise is looked at.
_LOWER, _MIDDLE, _FEWEST_FREQUENCIES = 0.25, 0.6, 4

#: Where the noise is looked for first, and how often again, above the field's frequencies.
_MIDDLE_FIRST, _ROUNDS = 0.7, 3

#: Most by which the power above the field's frequencies exceeds the least that differences allow.
_AGREES = 1.2

#: Standard errors, and difference from one, from which a ratio of powers is no chance.
_CHANCE, _NOTICEABLE = 4.0, 0.1

#: Samples that bound the noise to half a per cent.
_ENOUGH = 2**15

#: Power beyond which a frequency counts as well above the noise, as a multiple of the noise's.
_CLEAR = 10.0


def noise_level(samples: Any, axes: Sequence[Axis]) -> float:
    """Estimate the sd of the noise of one field.

    Parameters
    ----------
    samples : array
        The field, NumPy or dask.
    axes : sequence of Axis
        Its grid.

    Returns
    -------
    float
        From the power at frequencies above the field's, where that agrees with the least that
        differences along any axis allow; else the latter.

    Notes
    -----
    The least of many estimates is too small, by some per cent; what noise adds to products is
    proportional to its variance, and has to be known better than that.
    """
    bounds, levels, weights = [], [], []
    for index, axis in enumerate(axes):
        values = lines(samples, index)
        # A bound needs no more samples than these; a spectrum is cheaper, and uses all.
        every = math.ceil(values.size / _ENOUGH) if values.size > 2 * _ENOUGH else 1
        bounds.append(estimate_noise(values[:, ::every], [axis]))
        found = _noise_floor(values) if axis.uniform else None
        if found is not None:
            levels.append(found[0])
            weights.append(found[1])
    least = min((bound for bound in bounds if np.isfinite(bound)), default=0.0)
    agreeing = [(one, weight) for one, weight in zip(levels, weights, strict=True) if one < _AGREES * least]
    if not agreeing:
        return least
    total = sum(weight * one**2 for one, weight in agreeing) / sum(weight for _, weight in agreeing)
    return math.sqrt(total)


def _noise_floor(values: Float) -> tuple[float, float] | None:
    """Return the sd of noise from the power above the field's frequencies, and how many powers that rests on."""
    power = _power(values)
    highest = len(power) - 1
    low = _MIDDLE_FIRST * highest
    for _ in range(_ROUNDS):
        band = power[round(low) : highest]
        if len(band) < _FEWEST_FREQUENCIES:
            return None
        floor = float(np.mean(band))
        low = max(2.0 * _highest_above(power, floor, values.shape[1]), _LOWER * highest)
    return math.sqrt(floor), float(len(band) * values.shape[1])


def half_width(
    samples: Sequence[Any],
    noises: Sequence[float],
    index: int,
    axis: Axis,
    order: int,
    spacing: float | None = None,
) -> float:
    """Choose how far test functions reach along one axis.

    Parameters
    ----------
    samples : sequence of array
        The fields.
    noises : sequence of float
        The sd of the noise of each.
    index : int
        Which axis.
    axis : Axis
        Its points.
    order : int
        Highest derivative along it.
    spacing : float, optional
        Distance between samples along the axis, where it is not that of the points.

    Returns
    -------
    float
        In the coordinate's units: so that the functions pass what stands out of the noise
        in the field with the finest detail, and little else.

    References
    ----------
    D. A. Messenger and D. M. Bortz, Weak SINDy for partial differential equations, Journal
    of Computational Physics 443 (2021) 110525, section 4.3: the corner of the spectrum.
    """
    count, length = len(axis), abs(axis.spacing) * (len(axis) - 1)
    corner = max(
        _corner(_uniform(lines(field, index), axis), noise) for field, noise in zip(samples, noises, strict=True)
    )
    wanted = _REACH * math.sqrt(2 * EXPONENT + 3) * length / (2.0 * math.pi * corner)
    least = (_FEWEST + _MORE * order) * (length / (count - 1) if spacing is None else spacing)
    return min(max(wanted, least), widest_half_width(axis, least))


def widest_half_width(axis: Axis, least: float = 0.0) -> float:
    """Return how far test functions may reach along an axis, where they reach `least` in any case."""
    length = abs(axis.spacing) * (len(axis) - 1)
    return (_WIDEST if least <= _WIDEST * length else _WIDEST_SHORT) * length


def lines(samples: Any, index: int) -> Float:
    """Return whole lines along one axis, evenly spread over the others.

    Parameters
    ----------
    samples : array
        The field, NumPy or dask.
    index : int
        Which axis.

    Returns
    -------
    numpy.ndarray of shape (n, lines)
        At most half a million samples.
    """
    others = [size for place, size in enumerate(samples.shape) if place != index]
    step = max(1, math.ceil((math.prod(samples.shape) / _MOST) ** (1.0 / max(len(others), 1))))
    chosen = tuple(
        slice(None) if place == index else slice(min(step // 2, size - 1), None, step)
        for place, size in enumerate(samples.shape)
    )
    moved = np.moveaxis(np.asarray(samples[chosen], dtype=np.float64), index, 0)
    return moved.reshape(len(moved), -1)


def colour(samples: Any, noise: float, index: int, axis: Axis) -> float | None:
    """Compare the power of noise at lower and at higher frequencies along one axis.

    Parameters
    ----------
    samples : array
        One field.
    noise : float
        The sd of its noise.
    index : int
        Which axis.
    axis : Axis
        Its points.

    Returns
    -------
    float or None
        The ratio, where chance does not explain that it is not one. None where it may be one,
        where there is next to no noise, or nothing but the field itself to look at.
    """
    if not axis.uniform:
        return None
    values = lines(samples, index)
    if noise == 0.0 or noise < _CLEAN * float(np.std(values)):
        return None
    power = _power(values)
    highest = len(power) - 1
    low, middle = max(2 * _corner(values, noise), round(_LOWER * highest)), round(_MIDDLE * highest)
    if middle - low < _FEWEST_FREQUENCIES:
        return None
    below, above = power[low:middle], power[middle:-1]
    ratio = float(np.mean(below) / np.mean(above))
    # The window makes neighbouring frequencies share what they say: half of them count.
    scatter = math.sqrt(2.0 / values.shape[1] * (1.0 / len(below) + 1.0 / len(above)))
    return ratio if abs(ratio - 1.0) > max(_CHANCE * scatter, _NOTICEABLE) else None


def _uniform(values: Float, axis: Axis) -> Float:
    """Interpolate to equal steps, where there are none."""
    if axis.uniform:
        return values
    even = np.linspace(axis.points[0], axis.points[-1], len(axis))
    return np.column_stack([np.interp(even, axis.points, column) for column in values.T])


def _corner(values: Float, noise: float) -> int:
    """Return the highest frequency, in waves along the axis, at which the field stands out of its noise."""
    many = values.shape[1]
    power = _power(values)
    floor = max(noise**2, 1e-300, 1e-24 * float(np.max(power)))
    highest = _highest_above(power, floor, many)
    signal = np.cumsum(np.maximum(power - floor, 0.0))
    resolved = int(np.searchsorted(signal, (1.0 - 1e-6) * signal[-1])) + 1
    return max(2, min(highest, resolved))


def _power(values: Float) -> Float:
    """Return the mean power of lines at each frequency; that of white noise is its variance."""
    window = np.hanning(len(values) + 2)[1:-1]
    waves = np.fft.rfft((values - np.mean(values)) * window[:, None], axis=0)
    return np.asarray(np.mean(np.abs(waves) ** 2, axis=1) / np.sum(window**2), dtype=np.float64)


def _highest_above(power: Float, floor: float, many: int) -> int:
    """Return the highest frequency at which mean powers of many lines stand out of a noise floor."""
    # The sum grows as long as there is more than noise and three of its standard errors.
    excess = np.minimum(power / max(floor, 1e-300), _CLEAR) - 1.0 - 3.0 / math.sqrt(many)
    return int(np.argmax(np.cumsum(excess)))
