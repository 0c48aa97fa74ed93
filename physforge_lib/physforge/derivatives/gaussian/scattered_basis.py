"""Scattered samples by the tensor functions that matter: exact for smooth fields, at low cost."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.evidence import Fit, outer
from physforge.derivatives.gaussian.scattered_blocks import IMPOSSIBLE, Indices
from physforge.derivatives.gaussian.scattered_cloud import Cloud, plane

#: Prior variance of a function, over the noise in its coefficient, from which it is wanted.
_WORTH = 0.03

#: Inverse of the mean square of an axis's functions over the samples, with some room.
_VOLUME = 2.25

#: Points that are treated at a time, to bound memory.
_CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Projection:
    """Normal equations of some tensor functions and a plane, which comes last.

    Parameters
    ----------
    cloud : Cloud
        The samples.
    chosen : tuple of numpy.ndarray of shape (m - k,)
        Function of each axis in each tensor function.
    gram : numpy.ndarray of shape (m, m)
        Products of the functions over the samples, each sample divided by its `Cloud.noise`.
    moments : numpy.ndarray of shape (m,)
        Products of the functions with the values.
    square : float
        Sum of squares of the values, divided likewise.

    References
    ----------
    A. Solin and S. Särkkä, Hilbert space methods for reduced-rank Gaussian process
    regression, Statistics and Computing 30 (2020) 419-446, equations 41 to 43.
    """

    cloud: Cloud
    chosen: tuple[Indices, ...]
    gram: Float
    moments: Float
    square: float

    def log_evidence(self, fit: Fit) -> tuple[float, Float]:
        """Return the log evidence of the truncated model and its gradient; see `Blocks.log_evidence`."""
        from scipy.linalg import lapack

        roots, slopes = self._prior(fit)
        try:
            lower, solved = self._solve(fit, roots)
        except np.linalg.LinAlgError:
            # Round-off outweighs the noise of this trial; the search goes another way.
            return IMPOSSIBLE, np.zeros(len(slopes) + 2)
        means = roots * solved
        size = len(self.cloud.values)
        noises = float(np.sum(np.log(self.cloud.noise)))
        misfit = (self.square - float(self.moments @ means)) / fit.noise
        volume = 2.0 * float(np.sum(np.log(np.diag(lower)))) + size * math.log(2.0 * math.pi * fit.noise) + noises
        left = np.diag(lapack.dpotri(lower, lower=1)[0])
        # Twice the change of the evidence with the logarithm of each function's prior variance.
        pull = solved**2 + left - 1.0
        rest = self.square - 2.0 * float(self.moments @ means) + float(means @ self.gram @ means)
        own = rest / fit.noise + len(roots) - float(np.sum(left)) - size
        gradient = np.array([*(float(pull @ slope) for slope in slopes), float(np.sum(pull)), own])
        return -0.5 * (misfit + volume), 0.5 * gradient

    def derivatives(
        self, fit: Fit, points: tuple[Float, ...], orders: list[tuple[int, ...]]
    ) -> list[tuple[Float, Float]]:
        """Return derivatives at some points.

        Parameters
        ----------
        fit : Fit
            The hyper-parameters.
        points : tuple of numpy.ndarray of shape (k,)
            Places, in the coordinates' own units.
        orders : list of tuple of int
            What is wanted, in standardised coordinates.

        Returns
        -------
        list of (mean, variance)
            Each of shape (k,).
        """
        from scipy.linalg import solve_triangular

        roots, _ = self._prior(fit)
        lower, solved = self._solve(fit, roots)
        results = [(np.empty(len(points[0])), np.empty(len(points[0]))) for _ in orders]
        for start in range(0, len(points[0]), _CHUNK):
            part = slice(start, start + _CHUNK)
            for (mean, variance), wanted in zip(results, orders, strict=True):
                rows = _rows(self.cloud, self.chosen, tuple(place[part] for place in points), wanted) * roots
                mean[part] = rows @ solved
                spread = solve_triangular(lower, rows.T, lower=True, check_finite=False, overwrite_b=True)
                variance[part] = np.einsum("ij,ij->j", spread, spread)
        return results

    def _prior(self, fit: Fit) -> tuple[Float, list[Float]]:
        """Return the roots of the functions' prior variances, and the slopes of their logarithms."""
        variances, slopes = np.full(len(self.moments), fit.variance), []
        for (weight, change), columns in zip(self.cloud.weights(fit.kernel, fit.lengths), self.chosen, strict=True):
            variances[: len(columns)] *= weight[columns]
            slope = np.zeros(len(variances))
            slope[: len(columns)] = np.divide(change, weight, out=np.zeros_like(weight), where=weight > 0)[columns]
            slopes.append(slope)
        return np.sqrt(variances), slopes

    def _solve(self, fit: Fit, roots: Float) -> tuple[Float, Float]:
        """Return the factor of the precision in units of the prior, and the means in them."""
        from scipy.linalg import lapack

        scaled = roots / math.sqrt(fit.noise)
        precision = self.gram * scaled
        precision *= scaled[:, None]
        precision.flat[:: len(scaled) + 1] += 1.0
        lower, failed = lapack.dpotrf(precision, lower=1, overwrite_a=1)
        if failed:
            raise np.linalg.LinAlgError("The normal equations are not positive definite.")
        return lower, lapack.dpotrs(lower, roots * self.moments / fit.noise, lower=1)[0]


def functions_wanted(cloud: Cloud, fit: Fit) -> int:
    """Count the tensor functions about which the samples say something.

    Parameters
    ----------
    cloud : Cloud
        The samples.
    fit : Fit
        The hyper-parameters.

    Returns
    -------
    int
        At most as many as there are.
    """
    weight = float(np.sum(1.0 / cloud.noise)) / fit.noise
    return int(np.count_nonzero(fit.variance * weight * _tensor(cloud, fit) > _WORTH * _VOLUME ** len(cloud.bases)))


def project_cloud(cloud: Cloud, fit: Fit, count: int) -> Projection:
    """Assemble the normal equations of the functions of most prior variance.

    Parameters
    ----------
    cloud : Cloud
        The samples.
    fit : Fit
        The hyper-parameters that order the functions.
    count : int
        Number of functions.

    Returns
    -------
    Projection
        Of an anisotropic set: more functions along an axis of short length scale.
    """
    prior = _tensor(cloud, fit)
    order = np.argsort(-prior, axis=None, kind="stable")[:count]
    chosen = tuple(np.unravel_index(order, prior.shape))
    flat = (0,) * len(cloud.bases)
    gram, moments, roots = np.zeros(()), np.zeros(()), 1.0 / np.sqrt(cloud.noise)
    for start in range(0, len(roots), _CHUNK):
        part = slice(start, start + _CHUNK)
        rows = _rows(cloud, chosen, tuple(place[part] for place in cloud.points), flat) * roots[part, None]
        gram, moments = gram + rows.T @ rows, moments + rows.T @ (roots[part] * cloud.values[part])
    return Projection(cloud, chosen, gram, moments, float(np.sum((roots * cloud.values) ** 2)))


def _tensor(cloud: Cloud, fit: Fit) -> Float:
    return outer([weight for weight, _ in cloud.weights(fit.kernel, fit.lengths)])


def _rows(cloud: Cloud, chosen: tuple[Indices, ...], points: tuple[Float, ...], orders: tuple[int, ...]) -> Float:
    rows = np.ones((len(points[0]), 1))
    for basis, place, order, columns in zip(cloud.bases, points, orders, chosen, strict=True):
        rows = rows * basis.at(place, order)[:, columns]
    return np.hstack([rows, plane(cloud.bases, points, orders)])
