"""Basis functions of one axis: sines on an enlarged interval, or a Fourier series."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.gaussian.kernels import Kernel, spectral_density

#: Half-width of the interval of the sines, over that of the samples. They vanish at its
#: ends, which must be far enough away not to be felt.
ENLARGEMENT = 1.5

#: Decimals of standardised coordinates and samples. Fewer than a double holds, so that a
#: change of units, which moves the last ones, changes nothing at all.
STANDARD_DIGITS = 9

#: Prior variance of the constant and the slope over the half-width, relative to the kernel's.
_TREND = 1.0


@dataclass(frozen=True, eq=False)
class Basis:
    """Functions of one coordinate, with the prior variance that a kernel gives each.

    Parameters
    ----------
    centre, half : float
        Centre and half-width of the samples (of the period, where there is one): the
        coordinate is standardised to -1 ... 1.
    count : int
        Number of functions besides the trend.
    periodic : bool
        Fourier series and a constant, instead of sines and a linear trend.

    References
    ----------
    A. Solin and S. Särkkä, Hilbert space methods for reduced-rank Gaussian process
    regression, Statistics and Computing 30 (2020) 419-446.
    """

    centre: float
    half: float
    count: int
    periodic: bool

    @property
    def trends(self) -> int:
        """Number of trend functions, which come first."""
        return 1 if self.periodic else 2

    def frequencies(self) -> Float:
        """Return the angular frequency of each function but the trends, shape (count,)."""
        if self.periodic:
            waves = (np.arange(self.count) + 1) // 2
            return np.asarray(np.pi * waves, dtype=np.float64)
        return np.asarray(0.5 * np.pi * np.arange(1, self.count + 1) / ENLARGEMENT, dtype=np.float64)

    def weights(self, kernel: Kernel, length: float) -> tuple[Float, Float]:
        """Return prior variances and their derivatives in the logarithm of the length.

        Parameters
        ----------
        kernel : Kernel
            Which one.
        length : float
            Length scale over the half-width.

        Returns
        -------
        variances, slopes : numpy.ndarray of shape (trends + count,)
            The trends' are constant.
        """
        density, slope = spectral_density(kernel, self.frequencies(), length)
        trend = np.full(self.trends, _TREND)
        return np.concatenate([trend, density]), np.concatenate([0.0 * trend, density * slope])

    def at(self, points: Float, order: int = 0) -> Float:
        """Return a derivative of every function.

        Parameters
        ----------
        points : numpy.ndarray of shape (n,)
            Places, in the coordinate's unit.
        order : int, default 0
            Order of the derivative in the standardised coordinate.

        Returns
        -------
        numpy.ndarray of shape (n, trends + count)
            Values.
        """
        return self.functions(np.round((points - self.centre) / self.half, STANDARD_DIGITS), order)

    def functions(self, standardised: Float, order: int = 0) -> Float:
        """Return a derivative of every function, at standardised coordinates.

        Parameters
        ----------
        standardised : numpy.ndarray of shape (n,)
            Places.
        order : int, default 0
            Order of the derivative.

        Returns
        -------
        numpy.ndarray of shape (n, trends + count)
            Values.
        """
        s = standardised[:, None]
        frequencies = self.frequencies()
        if self.periodic:
            # cos for the constant and every even place, sin for every odd one.
            shift = np.where(np.arange(self.count) % 2, 0.0, 0.5 * np.pi)
            norm = np.where(frequencies > 0, 1.0, math.sqrt(0.5))
            phase = frequencies * s + shift
        else:
            norm = np.full(self.count, 1.0 / math.sqrt(ENLARGEMENT))
            phase = frequencies * (s + ENLARGEMENT)
        waves = norm * frequencies**order * np.sin(phase + 0.5 * np.pi * order)
        trend = [np.full_like(s, float(order == 0))]
        if not self.periodic:
            trend.append(s if order == 0 else np.full_like(s, float(order == 1)))
        return np.hstack([*trend, waves])


def basis_of(axis: Axis, count: int) -> Basis:
    """Return the basis of an axis.

    Parameters
    ----------
    axis : Axis
        The samples; a known period makes the basis periodic.
    count : int
        Number of functions besides the trend.

    Returns
    -------
    Basis
        On the interval of the samples, or one period.
    """
    low, high = float(np.min(axis.points)), float(np.max(axis.points))
    if axis.period is not None:
        return Basis(low, 0.5 * axis.period, count | 1, periodic=True)
    return Basis(0.5 * (low + high), 0.5 * (high - low), count, periodic=False)
