"""Coefficients resampled by what the rows of a weak form leave over, whatever the noise is thought to be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.weak.axis_functions import AxisFunctions
from physforge.discovery.weak.rows import Rows

#: Draws: an end of a 95 % interval is known to a twentieth of the interval.
DRAWS = 1000

#: Half-widths over which the signs of neighbouring rows go together; functions overlap over two.
_TOGETHER = 3.0


def resampled(runs: Sequence[Rows], scores: Float, covariance: Float, rng: np.random.Generator) -> Float:
    """Draw what the coefficients would have been with other errors of the same size and range.

    Parameters
    ----------
    runs : sequence of Rows
        The weak form of each run.
    scores : numpy.ndarray of shape (rows, k)
        What the residual of each row adds to the normal equations.
    covariance : numpy.ndarray of shape (k, k)
        The inverse of their matrix.
    rng : numpy.random.Generator
        Draws.

    Returns
    -------
    numpy.ndarray of shape (`DRAWS`, k)
        Deviations of the coefficients.

    Notes
    -----
    Each row's residual is multiplied by a normal number, and those of rows near each other are
    correlated. No model of the noise is used; so where these deviations are much larger than
    `covariance` says, the noise is not what it is taken for, or the law lacks something. In data
    that hold few independent test functions they are too small.

    References
    ----------
    X. Shao, The dependent wild bootstrap, Journal of the American Statistical Association 105
    (2010) 218-235.
    """
    total = np.zeros((DRAWS, scores.shape[1]))
    start = 0
    for rows in runs:
        part = scores[start : start + len(rows.values)]
        start += len(part)
        factors = rng.standard_normal((DRAWS, *(len(one) for one in rows.functions)))
        for axis, one in enumerate(rows.functions, start=1):
            factors = np.moveaxis(np.tensordot(_root(one), factors, axes=(1, axis)), 0, axis)
        total += factors.reshape(DRAWS, -1) @ part
    return np.asarray(total @ covariance, dtype=np.float64)


def _root(functions: AxisFunctions) -> Float:
    """Return a root of the correlations of the factors along one axis: they fall linearly with distance."""
    away = np.abs(functions.centres[:, None] - functions.centres[None, :])
    if functions.axis.period is not None:
        away = np.minimum(away, functions.axis.period - away)
    values, vectors = np.linalg.eigh(np.maximum(1.0 - away / (_TOGETHER * functions.half_width), 0.0))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)
