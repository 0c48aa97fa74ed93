"""What scattered samples say of plane waves: their normal equations, and the posterior of a field."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.scattered_blocks import Indices
from physforge.derivatives.gaussian.scattered_cloud import Cloud, plane
from physforge.derivatives.gaussian.scattered_modes import Modes, derived, waves_at

#: Points that are treated at a time, to bound memory.
_CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Equations:
    """Normal equations of a plane, which comes first, and of modes, a cosine and a sine of each.

    Parameters
    ----------
    gram : numpy.ndarray of shape (p + 2 k, p + 2 k)
        Products of the functions over the samples, each sample divided by its `Cloud.noise`.
    moments : numpy.ndarray of shape (p + 2 k,)
        Products of the functions with the values.
    square : float
        Sum of squares of the values.
    size : int
        Number of samples.
    flat : float
        Prior variance of the functions of the plane.
    """

    gram: Float
    moments: Float
    square: float
    size: int
    flat: float

    def solve(self, variances: Float, noise: float) -> Solution:
        """Condition the modes on the samples.

        Parameters
        ----------
        variances : numpy.ndarray of shape (k,)
            Their prior variances.
        noise : float
            Variance of the noise, over `Cloud.noise`.

        Returns
        -------
        Solution
            Of the functions in units of their prior sd.
        """
        from scipy.linalg import lapack

        planes = len(self.moments) - 2 * len(variances)
        roots = np.sqrt(np.concatenate([np.full(planes, self.flat), np.repeat(variances, 2)]))
        scaled = roots / math.sqrt(noise)
        precision = self.gram * scaled
        precision *= scaled[:, None]
        precision.flat[:: len(scaled) + 1] += 1.0
        lower, failed = lapack.dpotrf(precision, lower=1, overwrite_a=1)
        if failed:
            raise np.linalg.LinAlgError("The normal equations are not positive definite.")
        means = lapack.dpotrs(lower, roots * self.moments / noise, lower=1)[0]
        explained = float((roots * means) @ self.moments)
        volume = 2.0 * float(np.sum(np.log(np.diag(lower)))) + self.size * math.log(2.0 * math.pi * noise)
        return Solution(roots, lower, means, -0.5 * ((self.square - explained) / noise + volume))

    def kept(self, which: Indices, count: int) -> Equations:
        """Return the equations of the plane and some of `count` modes."""
        planes = len(self.moments) - 2 * count
        columns = np.concatenate([np.arange(planes), (planes + 2 * which[:, None] + np.arange(2)).ravel()])
        return Equations(self.gram[np.ix_(columns, columns)], self.moments[columns], self.square, self.size, self.flat)


@dataclass(frozen=True, eq=False)
class Solution:
    """What the samples say of the functions.

    Parameters
    ----------
    roots : numpy.ndarray of shape (m,)
        Prior sd of each function.
    lower : numpy.ndarray of shape (m, m)
        Factor of the precision, in units of the prior.
    means : numpy.ndarray of shape (m,)
        Posterior means over the prior sd.
    evidence : float
        Logarithm of the marginal likelihood, but for the sum of the logarithms of `Cloud.noise`.
    """

    roots: Float
    lower: Float
    means: Float
    evidence: float

    def left(self) -> Float:
        """Return the share of its prior variance that each function keeps."""
        from scipy.linalg import lapack

        return np.asarray(np.diag(lapack.dpotri(self.lower, lower=1)[0]))


@dataclass(frozen=True, eq=False)
class WavePosterior:
    """Modes with what the samples say of them."""

    cloud: Cloud
    modes: Modes
    solution: Solution

    def derivatives(
        self, points: tuple[Float, ...], orders: list[tuple[int, ...]], *, spread: bool = True
    ) -> list[tuple[Float, Float]]:
        """Return derivatives at some points.

        Parameters
        ----------
        points : tuple of numpy.ndarray of shape (n,)
            Places, in the coordinates' own units.
        orders : list of tuple of int
            What is wanted, in standardised coordinates.
        spread : bool, default True
            Whether variances are wanted, at ten times the cost; they are zero without.

        Returns
        -------
        list of (mean, variance)
            Each of shape (n,).
        """
        from scipy.linalg import solve_triangular

        lower, results = self.solution.lower, [(np.empty(len(points[0])), np.zeros(len(points[0]))) for _ in orders]
        for start in range(0, len(points[0]), _CHUNK):
            part = slice(start, start + _CHUNK)
            places = tuple(place[part] for place in points)
            waves = waves_at(self.cloud.bases, places, self.modes.frequencies)
            for (mean, variance), wanted in zip(results, orders, strict=True):
                turned = derived(waves, self.modes.frequencies, wanted)
                rows = np.hstack([plane(self.cloud.bases, places, wanted), turned]) * self.solution.roots
                mean[part] = rows @ self.solution.means
                if spread:
                    white = solve_triangular(lower, rows.T, lower=True, check_finite=False, overwrite_b=True)
                    variance[part] = np.einsum("ij,ij->j", white, white)
        return results


def assemble(cloud: Cloud, modes: Modes, flat: float) -> Equations:
    """Sum the normal equations over the samples.

    Parameters
    ----------
    cloud : Cloud
        The samples.
    modes : Modes
        The waves.
    flat : float
        Prior variance of the plane.

    Returns
    -------
    Equations
        Of the plane and the modes.
    """
    gram, moments, square = np.zeros(()), np.zeros(()), 0.0
    for places, roots, values in _chunks(cloud):
        rows = np.hstack(
            [plane(cloud.bases, places, (0,) * len(places)), waves_at(cloud.bases, places, modes.frequencies)]
        )
        rows *= roots[:, None]
        gram, moments = gram + rows.T @ rows, moments + rows.T @ (roots * values)
        square += float(np.sum((roots * values) ** 2))
    return Equations(gram, moments, square, len(cloud.values), flat)


def _chunks(cloud: Cloud) -> list[tuple[tuple[Float, ...], Float, Float]]:
    """Return places, inverse sd of the noise and values, some samples at a time."""
    parts = [slice(start, start + _CHUNK) for start in range(0, len(cloud.values), _CHUNK)]
    return [
        (tuple(place[part] for place in cloud.points), 1.0 / np.sqrt(cloud.noise[part]), cloud.values[part])
        for part in parts
    ]
