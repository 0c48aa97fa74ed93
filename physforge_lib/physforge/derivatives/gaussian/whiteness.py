"""Test whether what a Gaussian process leaves over is white."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.gaussian.posterior import Posterior

#: Sds from which a correlation is no accident: one in 500 white residuals on three axes.
SIGNIFICANT = 3.5

#: Correlation below which nothing changes, however significant.
NOTICEABLE = 0.03


@dataclass(frozen=True)
class Correlation:
    """What neighbours along an axis have in common.

    Parameters
    ----------
    axis : str
        Name of the axis.
    value : float
        Correlation of neighbouring residuals beyond what the fit itself makes.
    significance : float
        The same in sds.
    """

    axis: str
    value: float
    significance: float

    @property
    def noticeable(self) -> bool:
        """Whether noise that is independent from sample to sample can be excluded."""
        return abs(self.significance) > SIGNIFICANT and abs(self.value) > NOTICEABLE


def neighbours(posterior: Posterior, axes: Sequence[Axis], residual: Float, noise: float) -> list[Correlation]:
    """Compare residuals with their neighbours along each axis.

    Parameters
    ----------
    posterior : Posterior
        Of the field, on a full grid.
    axes : sequence of Axis
        The grid, each point of a period once.
    residual : numpy.ndarray
        Samples less the posterior mean.
    noise : float
        Variance of the noise.

    Returns
    -------
    list of Correlation
        One for each axis.

    Notes
    -----
    If the model holds, the covariance of the residuals is the noise's less the posterior's, so
    that neighbours are a little anticorrelated; that is taken off first.
    """
    found = []
    for index, axis in enumerate(axes):
        first, second = _shifted(residual.ndim, index)
        products = residual[first] * residual[second]
        expected = -float(np.sum(_lagged(posterior, axes, index)))
        scatter = noise * math.sqrt(products.size)
        excess = float(np.sum(products)) - expected
        found.append(Correlation(axis.name, excess / (noise * products.size), excess / scatter))
    return found


def _shifted(dims: int, index: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    whole = [slice(None)] * dims
    first, second = list(whole), list(whole)
    first[index], second[index] = slice(None, -1), slice(1, None)
    return tuple(first), tuple(second)


def _lagged(posterior: Posterior, axes: Sequence[Axis], index: int) -> Float:
    """Return the posterior covariance of each point with the next along an axis."""
    from physforge.derivatives.gaussian.evidence import along

    total = posterior.variances
    for other, (axis, mixing) in enumerate(zip(axes, posterior.mixing, strict=True)):
        modes = posterior.data.factors[other].basis.at(axis.points, 0) @ mixing
        total = along(modes[:-1] * modes[1:] if other == index else modes**2, total, other)
    return total
