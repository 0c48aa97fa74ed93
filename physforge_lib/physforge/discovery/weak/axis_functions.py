"""Test functions along one axis, as matrices that integrate samples against their derivatives."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.polynomial import Polynomial

from physforge.derivatives.axis import Axis, Float

#: Exponent p of the test function (1 - s^2)^p. It leaves p - 1 continuous derivatives at the ends,
#: so that integrals of up to four derivatives converge fast.
EXPONENT = 8


@dataclass(frozen=True, eq=False)
class AxisFunctions:
    """Copies of (1 - s^2)^p along one axis.

    Parameters
    ----------
    axis : Axis
        The n sample points, each point of a period once.
    half_width : float
        From the centre of a function to its end.
    centres : numpy.ndarray of shape (k,)
        Where they stand.

    References
    ----------
    D. A. Messenger and D. M. Bortz, Weak SINDy for partial differential equations, Journal
    of Computational Physics 443 (2021) 110525, equation 4.3.
    """

    axis: Axis
    half_width: float
    centres: Float
    _kept: dict[int, Float] = field(default_factory=dict, repr=False)
    _overlaps: dict[tuple[int, int], Float] = field(default_factory=dict, repr=False)

    @classmethod
    def place(cls, axis: Axis, half_width: float, count: int) -> AxisFunctions:
        """Spread functions evenly.

        Parameters
        ----------
        axis : Axis
            Sample points; with a period, functions reach over its seam.
        half_width : float
            In the coordinate's units; at most half the axis.
        count : int
            How many are wanted; never more than one for each sample.

        Returns
        -------
        AxisFunctions
            All inside the samples.
        """
        low, high = float(axis.points[0]), float(axis.points[-1])
        if axis.period is not None:
            count = min(count, len(axis.points))
            return cls(axis, half_width, low + axis.period * np.arange(count) / count)
        inside = high - low - 2.0 * half_width
        step = (high - low) / (len(axis.points) - 1)
        return cls(
            axis,
            half_width,
            np.linspace(low + half_width, high - half_width, max(1, min(count, 1 + round(inside / step)))),
        )

    def __len__(self) -> int:
        return len(self.centres)

    def integrals(self, order: int) -> Float:
        """Return the matrix that integrates a derivative of samples against the functions, by parts.

        Parameters
        ----------
        order : int
            Of the derivative, 0 to `EXPONENT` - 2.

        Returns
        -------
        numpy.ndarray of shape (k, n)
            Times samples of g, it gives the integrals of the function times the derivative of g,
            over the half-width.
        """
        if order not in self._kept:
            self._kept[order] = self.at(self.axis.points, order) * quadrature(self.axis)
        return self._kept[order]

    def at(self, points: Float, order: int) -> Float:
        """Return the functions' derivatives, with the sign and scale that integration by parts gives them.

        Parameters
        ----------
        points : numpy.ndarray of shape (m,)
            Where, in the coordinate's units.
        order : int
            Of the derivative, 0 to `EXPONENT` - 2.

        Returns
        -------
        numpy.ndarray of shape (k, m)
            Times samples of g, and summed with the weights of an integral, they give what `integrals` gives.
        """
        away = points[None, :] - self.centres[:, None]
        if self.axis.period is not None:
            away -= self.axis.period * np.round(away / self.axis.period)
        away /= self.half_width
        shape = (Polynomial([1.0, 0.0, -1.0]) ** EXPONENT).deriv(order)
        values = np.where(np.abs(away) < 1.0, shape(away), 0.0)
        sign = -1.0 if order % 2 else 1.0
        return np.asarray(sign * values / self.half_width ** (order + 1), dtype=np.float64)

    @property
    def average(self) -> Float:
        """The matrix that averages samples with the square of each function as weight, shape (k, n)."""
        squares = self.integrals(0) ** 2
        averages: Float = squares / np.sum(squares, axis=1, keepdims=True)
        return averages

    def overlap(self, first: int, second: int) -> Float:
        """Return the products of two of the matrices, summed over the samples, shape (k, k)."""
        if (first, second) not in self._overlaps:
            self._overlaps[first, second] = self.integrals(first) @ self.integrals(second).T
        return self._overlaps[first, second]


def quadrature(axis: Axis) -> Float:
    """Return the weights that integrate samples that vanish smoothly at the ends.

    Parameters
    ----------
    axis : Axis
        Sample points; uniform ones get the trapezoidal rule, which is spectrally accurate here.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Of a cubic spline through the samples where the points are not uniform.
    """
    points = axis.points
    if axis.period is not None:
        gaps = np.diff(np.append(points, points[0] + axis.period))
        if np.ptp(gaps) <= 1e-6 * float(np.mean(gaps)) or len(points) < _FEWEST_FOR_SPLINE:
            return np.asarray(0.5 * (gaps + np.roll(gaps, 1)), dtype=np.float64)
        # With a period on either side, the ends of the spline are too far off to matter.
        around = np.concatenate([points - axis.period, points, points + axis.period])
        return _spline_weights(around)[len(points) : -len(points)]
    steps = np.diff(points)
    if np.ptp(steps) <= 1e-6 * float(np.mean(steps)) or len(points) < _FEWEST_FOR_SPLINE:
        weights = np.zeros(len(points))
        weights[:-1] += 0.5 * steps
        weights[1:] += 0.5 * steps
        return weights
    return _spline_weights(points)


#: A cubic spline needs so many points.
_FEWEST_FOR_SPLINE = 4


def _spline_weights(points: Float) -> Float:
    """Integrate the natural cubic spline: the trapezoidal rule less a twelfth of second derivatives."""
    from scipy.linalg import solveh_banded

    steps = np.diff(points)
    inner = len(points) - 2
    banded = np.zeros((2, inner))
    banded[1] = (steps[:-1] + steps[1:]) / 3.0
    banded[0, 1:] = steps[1:-1] / 6.0
    # The integral is linear in the second derivatives, which solve a tridiagonal system in the samples.
    by_second = -(steps[:-1] ** 3 + steps[1:] ** 3) / 24.0
    adjoint = solveh_banded(banded, by_second)
    weights = np.zeros(len(points))
    weights[:-1] += 0.5 * steps
    weights[1:] += 0.5 * steps
    weights[:-2] += adjoint / steps[:-1]
    weights[1:-1] -= adjoint * (1.0 / steps[:-1] + 1.0 / steps[1:])
    weights[2:] += adjoint / steps[1:]
    return weights
