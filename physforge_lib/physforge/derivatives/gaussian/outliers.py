"""Samples as they would be without outliers: noise by Student's t distribution."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.evidence import Fit, fit_kernel
from physforge.derivatives.gaussian.gaps import fill
from physforge.derivatives.gaussian.model import standardise
from physforge.derivatives.method import Samples

#: Degrees of freedom of the noise.
_FREEDOM = 4.0

#: Steps of the expectation-maximisation at most, and the change at which it ends, over the noise.
_STEPS, _CHANGE = 12, 0.02

#: Samples of a window whose median a sample is compared with, along each axis, and how many
#: sds away it is replaced before the first step.
_WINDOW, _FAR = 5, 5.0

#: Median of the absolute value of a standard normal variable.
_NORMAL_MEDIAN = 0.6744897501960817


def without_outliers(samples: Samples) -> Samples:
    """Move samples towards the field, the more the further away they are.

    Student's t distribution is a normal one of unknown variance for each sample. Its
    expectation-maximisation gives each sample a weight; on a full grid that is done by moving the
    sample and keeping its noise, which leaves the grid's structure alone.

    Parameters
    ----------
    samples : Samples
        Measured, with a few that are far off.

    Returns
    -------
    Samples
        To be treated as if their noise were normal. Missing ones stay missing.

    References
    ----------
    K. L. Lange, R. J. A. Little and J. M. G. Taylor, Robust statistical modeling using the t
    distribution, Journal of the American Statistical Association 84 (1989) 881-896.
    """
    measured = samples.values
    present = np.isfinite(measured)
    moved = np.where(present, _first_guess(samples), np.nan)
    fit: Fit | None = None
    for _ in range(_STEPS):
        smooth, fit = _smooth(replace(samples, values=moved), fit)
        residual = (measured - smooth)[present]
        size = samples.sd[present] if samples.sd_known and samples.sd.ndim else np.ones(residual.shape)
        scale = float(np.median(np.abs(residual / size))) / _NORMAL_MEDIAN
        if scale == 0.0:
            break
        # Relative to a sample one sd away, so that ordinary ones stay where they are.
        weight = np.minimum((_FREEDOM + 1.0) / (_FREEDOM + (residual / (scale * size)) ** 2), 1.0)
        wanted = measured[present] - (1.0 - weight) * residual
        change = float(np.sqrt(np.mean(((wanted - moved[present]) / size) ** 2)))
        moved[present] = wanted
        if change < _CHANGE * scale:
            break
    return replace(samples, values=moved)


def inflation(degrees: float = _FREEDOM) -> float:
    """Return how much the sd of normal noise shrinks when its samples are moved.

    Parameters
    ----------
    degrees : float, default 4
        Degrees of freedom of Student's t distribution.

    Returns
    -------
    float
        Sd of a standard normal variable over that of the same one after moving.

    Examples
    --------
    >>> 1.0 < inflation() < 1.4
    True
    """
    z = np.linspace(-8.0, 8.0, 4001)
    density = np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)
    moved = z * np.minimum((degrees + 1.0) / (degrees + z**2), 1.0)
    return float(1.0 / np.sqrt(np.trapezoid(moved**2 * density, z)))


def _first_guess(samples: Samples) -> Float:
    from scipy.ndimage import median_filter

    filled = fill(samples.values, samples.axes)
    middle = median_filter(filled, size=_WINDOW if filled.ndim == 1 else 3, mode="nearest")
    away = np.abs(filled - middle)
    spread = float(np.median(away)) / _NORMAL_MEDIAN
    return np.where(away > _FAR * spread, middle, filled)


def _smooth(samples: Samples, start: Fit | None) -> tuple[Float, Fit]:
    """Return the field at the samples, and the hyper-parameters, sought from those of the step before."""
    model = standardise(samples)
    fit = fit_kernel(model.data, "matern-7/2", model.noise, known=model.known, start=start)
    flat = (0,) * len(samples.axes)
    return model.offset + model.scale * model.posterior(fit).derivative(samples.axes, flat)[0], fit
