"""Local least-squares polynomials, with the window chosen from the data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.method import Estimate, LinearMethod, Orders, Samples, apply_operators
from physforge.derivatives.noise import estimate_noise
from physforge.derivatives.operators import Operator
from physforge.derivatives.windows import sliding_operator
from physforge.errors import DerivativeError

#: Lines of a field from which the window is chosen; more cost time and change little.
_LINES = 64

#: Ratio between neighbouring windows that are tried.
_RATIO = 1.25

#: Times that each axis's window is chosen again, given the others.
_SWEEPS = 2

#: Excess of a squared difference over the expected noise that is not yet called bias; it
#: forgives noise that is not quite white, or not the same everywhere.
_TOLERANCE = 1.5

#: Ratio of bias to the least risk beyond which wider windows are not tried.
_CLEARLY_WORSE = 10.0


class SavitzkyGolay(LinearMethod):
    """Differentiate polynomials fitted by least squares to a sliding window.

    Use it for noisy data. A derivative along one axis is smoothed along the others
    too. The sd covers the noise; the smoothing error of a window that is too wide is
    not in it. Noise that is correlated between samples misleads the choice of window.

    Parameters
    ----------
    window : int, optional
        Odd number of samples in the window, for every axis. The default chooses one
        for each axis and order of derivative, as the one with the smallest estimated
        mean squared error: the variance is known from the noise, and the bias is
        estimated by comparison with every narrower window, and with a fit of two degrees
        more in the same window.
    polynomial : int, optional
        Degree of the polynomials; at least the order of derivative. The default is that order
        plus 2.

    Notes
    -----
    On equal steps this is the filter of the reference; on others the same least
    squares with each window's own points.

    References
    ----------
    A. Savitzky and M. J. E. Golay, Analytical Chemistry 36 (1964) 1627-1639.
    """

    kind: Literal["savitzky-golay"] = "savitzky-golay"
    window: int | None = Field(default=None, ge=3)
    polynomial: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _window_fits(self) -> Self:
        if self.window is not None and self.window % 2 == 0:
            raise ValueError(f"window must be odd, not {self.window}")
        if self.window is not None and self.polynomial is not None and self.polynomial >= self.window:
            raise ValueError(f"polynomial {self.polynomial} needs a window of more than {self.polynomial} samples")
        return self

    @property
    def reads_values(self) -> bool:
        """Whether the window is chosen from the samples."""
        return self.window is None

    def estimate(self, samples: Samples, orders: Sequence[Orders]) -> list[Estimate]:
        """Differentiate one field; see `Method.estimate`."""
        if self.window is not None:
            return super().estimate(samples, orders)
        return [apply_operators(samples, self._chosen_operators(samples, wanted), self.describe()) for wanted in orders]

    def _chosen_operators(self, samples: Samples, wanted: Orders) -> list[Operator]:
        operators = [self.operator(samples, *key) for key in enumerate(wanted)]
        if len(operators) == 1:
            return operators
        # What one axis smooths away another need not, so each window is chosen again with
        # the noise that the others leave, until that changes little.
        for axis, order in [*enumerate(wanted)] * _SWEEPS:
            smoothed, raw = samples.values, float(np.mean(samples.sd**2))
            noise = raw
            for other, operator in enumerate(operators):
                if other != axis:
                    smoothed = operator.apply(smoothed, other)
                    noise *= float(np.mean(operator.squared_gain()))
            along, lines = samples.axes[axis], _some_lines(smoothed, axis)
            # Noise that is correlated along the other axes survives their smoothing.
            left = min(estimate_noise(lines, [along]) ** 2, raw)
            operators[axis] = _best_smoother(along, lines, max(noise, left), self._degree(order), order)
        return operators

    def _degree(self, order: int) -> int:
        return order + 2 if self.polynomial is None else self.polynomial

    def operator(self, samples: Samples, axis: int, order: int) -> Operator:
        """Return the local least-squares operator; see `LinearMethod.operator`."""
        along = samples.axes[axis]
        degree = self._degree(order)
        smallest = (degree + 1) | 1
        distinct = len(along.without_repeated_end())
        needed = smallest if self.window is None else max(smallest, self.window)
        if degree < order:
            raise DerivativeError(f"Polynomials of degree {degree} have no derivative of order {order}; raise it.")
        if self.window is not None and self.window < smallest:
            raise DerivativeError(
                f"{_what(order)} {samples.field!r} along {along.name!r} fits polynomials of degree {degree}, "
                f"which need a window of {smallest} samples; the window is {self.window}. Widen it."
            )
        if distinct < needed:
            raise DerivativeError(
                f"{_what(order)} {samples.field!r} along {along.name!r} with a window of {needed} needs "
                f"{needed} samples; there are {distinct}. Measure more, or use a smaller window or degree."
            )
        if self.window is not None:
            return _smoother(along, self.window, degree, order)
        noise = float(np.mean(samples.sd**2))
        return _best_smoother(along, _some_lines(samples.values, axis), noise, degree, order)

    def describe(self) -> str:
        """Name the scheme."""
        window = "of a window chosen from the data" if self.window is None else f"of window {self.window}"
        return f"Savitzky-Golay {window}"


def _what(order: int) -> str:
    return f"Derivative {order} of" if order else "Smoothing"


def local_weights(points: Float, at: Float, degree: int, order: int) -> Float:
    """Return the weights of a derivative of the least-squares polynomial.

    Parameters
    ----------
    points : numpy.ndarray of shape (n,)
        Sample points, more than `degree`.
    at : numpy.ndarray of shape (m,)
        Places where the derivative is wanted.
    degree : int
        Degree of the polynomial.
    order : int
        Order of the derivative, at most `degree`.

    Returns
    -------
    numpy.ndarray of shape (m, n)
        Exact for polynomials up to `degree`, with the least sum of squares.

    Examples
    --------
    >>> local_weights(np.arange(-1.0, 2.0), np.zeros(1), 1, 0).round(6).tolist()
    [[0.333333, 0.333333, 0.333333]]
    """
    # Centred and scaled to [-1, 1], monomials of low degree are well conditioned.
    centre, scale = (points[0] + points[-1]) / 2.0, abs(points[-1] - points[0]) / 2.0
    fit = np.linalg.pinv(np.vander((points - centre) / scale, degree + 1, increasing=True))
    places = ((at - centre) / scale)[:, None]
    powers = np.arange(order, degree + 1)
    factors = np.array([math.perm(int(power), order) for power in powers])
    weights: Float = (factors * places ** (powers - order)) @ fit[order:] / scale**order
    return weights


def _smoother(axis: Axis, window: int, degree: int, order: int) -> Operator:
    return sliding_operator(axis, window, window, lambda points, at: local_weights(points, at, degree, order))


def _best_smoother(along: Axis, lines: Float, noise: float, degree: int, order: int) -> Operator:
    best, least = _smoother(along, (degree + 1) | 1, degree, order), np.inf
    narrower: list[_Trial] = []
    for window in _windows(along, degree):
        operator = _smoother(along, window, degree, order)
        trial = _Trial(operator.apply(lines, 0), noise * float(np.mean(operator.squared_gain())), window)
        references = list(narrower)
        if window >= degree + 3:
            richer = _smoother(along, window, degree + 2, order)
            references.append(_Trial(richer.apply(lines, 0), noise * float(np.mean(richer.squared_gain())), window))
        bias = max((_squared_bias(trial, reference) for reference in references), default=0.0)
        if bias + trial.variance < least:
            best, least = operator, bias + trial.variance
        if bias > _CLEARLY_WORSE * least:
            break
        narrower.append(trial)
    return best


@dataclass(frozen=True, eq=False)
class _Trial:
    values: Float
    variance: float
    window: int


def _squared_bias(trial: _Trial, reference: _Trial) -> float:
    """Estimate the mean squared bias of `trial` beyond that of a noisier `reference`.

    Least-squares weights are the shortest that are exact for their degree, so the
    difference has the variance of the reference less that of the trial. What is left is
    bias, once it exceeds the scatter of a mean over so many independent windows.
    """
    excess = max(reference.variance - trial.variance, 0.0)
    scatter = math.sqrt(2.0 * reference.window / trial.values.size)
    return max(float(np.mean((trial.values - reference.values) ** 2)) - excess * (_TOLERANCE + scatter), 0.0)


def _windows(axis: Axis, degree: int) -> list[int]:
    largest = len(axis.without_repeated_end())
    size = float((degree + 1) | 1)
    windows: list[int] = []
    while size <= largest:
        odd = int(size) | 1
        if odd <= largest and odd not in windows:
            windows.append(odd)
        size = max(size * _RATIO, size + 2)
    return windows


def _some_lines(values: Float, axis: int) -> Float:
    lines = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
    chosen = np.unique(np.linspace(0, lines.shape[1] - 1, _LINES).astype(int))
    return lines[:, chosen]
