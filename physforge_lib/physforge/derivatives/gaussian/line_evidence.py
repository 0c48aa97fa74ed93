"""Evidence and posterior of functions with independent coefficients, by normal equations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float

#: Prior variance or energy, all samples together, over the noise's variance up to which normal
#: equations keep enough digits.
_CONDITION = 1e10

#: Functions whose prior variance is below this fraction of the noise's, all samples together, are left out.
_NEGLIGIBLE = 1e-9


@dataclass(frozen=True, eq=False)
class Normal:
    """Normal equations of some functions at the samples.

    Parameters
    ----------
    gram : numpy.ndarray of shape (m, m)
        Products of the functions, summed over the samples.
    cross : numpy.ndarray of shape (m,)
        Products of the functions with the samples.
    energy : float
        Sum of the squared samples.
    size : int
        Number of samples.
    """

    gram: Float
    cross: Float
    energy: float
    size: int

    def reliable(self, variances: Float, noise: float) -> bool:
        """Whether round-off is far below the noise.

        Parameters
        ----------
        variances : numpy.ndarray of shape (m,)
            Prior variance of each function.
        noise : float
            Variance of the noise.

        Returns
        -------
        bool
            False for samples almost without noise.
        """
        return max(float(np.max(variances * np.diag(self.gram))), self.energy) < _CONDITION * noise

    def needed(self, variances: Float, noise: float, fraction: float = _NEGLIGIBLE) -> int:
        """Return how many functions the samples can tell from zero.

        Parameters
        ----------
        variances : numpy.ndarray of shape (m,)
            Prior variance of each function.
        noise : float
            Variance of the noise.
        fraction : float, default 1e-9
            Variance over the noise's from which a function counts.

        Returns
        -------
        int
            Functions up to the last that counts.
        """
        seen = np.flatnonzero(variances * np.diag(self.gram) > fraction * noise)
        return int(seen[-1]) + 1 if len(seen) else 1

    def first(self, count: int) -> Normal:
        """Return the same without the functions after the first `count`."""
        return Normal(self.gram[:count, :count], self.cross[:count], self.energy, self.size)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Probability of the samples for some prior variances, and what its derivatives need.

    Parameters
    ----------
    value : float
        Natural logarithm of the density of the samples.
    by_variance : numpy.ndarray of shape (m,)
        Its derivative in the logarithm of each function's prior variance.
    by_noise : float
        Its derivative in the logarithm of the noise's variance.
    roots : numpy.ndarray of shape (m,)
        Prior sds.
    means : numpy.ndarray of shape (m,)
        Posterior means of the coefficients over their prior sds.
    inverse : numpy.ndarray of shape (m, m)
        Posterior covariance of the same over the noise's variance.
    """

    value: float
    by_variance: Float
    by_noise: float
    roots: Float
    means: Float
    inverse: Float


def evidence_of(normal: Normal, variances: Float, noise: float) -> Evidence:
    """Return the evidence of a prior.

    Parameters
    ----------
    normal : Normal
        For which the variances are `Normal.reliable`.
    variances : numpy.ndarray of shape (m,)
        Prior variance of each function.
    noise : float
        Variance of the noise.

    Returns
    -------
    Evidence
        At the cost of one Cholesky decomposition.
    """
    from scipy.linalg.lapack import dpotri

    roots, lower = _decompose(normal, variances, noise)
    half = np.tril(dpotri(lower, lower=1)[0])
    inverse = half + np.tril(half, -1).T
    cross = roots * normal.cross
    means = inverse @ cross
    misfit = (normal.energy - float(cross @ means)) / noise
    outside = normal.size - len(roots)
    volume = 2.0 * float(np.sum(np.log(np.diag(lower)))) + outside * math.log(noise)
    kept = noise * np.diag(inverse)
    return Evidence(
        value=-0.5 * (misfit + volume + normal.size * math.log(2.0 * math.pi)),
        by_variance=0.5 * (means**2 - 1.0 + kept),
        by_noise=0.5 * (misfit - float(means @ means) - outside - float(np.sum(kept))),
        roots=roots,
        means=means,
        inverse=inverse,
    )


def modes_of(normal: Normal, variances: Float, noise: float) -> tuple[Float, Float]:
    """Return independent modes of the posterior, all of the noise's variance.

    Parameters
    ----------
    normal : Normal
        For which the variances are `Normal.reliable`.
    variances : numpy.ndarray of shape (m,)
        Prior variance of each function.
    noise : float
        Variance of the noise.

    Returns
    -------
    mixing : numpy.ndarray of shape (m, m)
        Coefficients of the functions in each mode, as columns.
    means : numpy.ndarray of shape (m,)
        Of the modes' own coefficients.
    """
    from scipy.linalg import solve_triangular

    roots, lower = _decompose(normal, variances, noise)
    means = solve_triangular(lower, roots * normal.cross, lower=True, check_finite=False)
    turned = solve_triangular(lower, np.eye(len(roots)), lower=True, check_finite=False)
    return roots[:, None] * turned.T, means


def _decompose(normal: Normal, variances: Float, noise: float) -> tuple[Float, Float]:
    roots = np.sqrt(variances)
    total = roots[:, None] * normal.gram * roots
    total[np.diag_indices_from(total)] += noise
    return roots, np.asarray(np.linalg.cholesky(total), dtype=np.float64)
