"""Marginal likelihood of a tensor-product Gaussian process, and the hyper-parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.factor import Factor
from physforge.derivatives.gaussian.kernels import Kernel

#: Range of the length scales over the half-width, of the prior variance and of that of the
#: noise, both over the samples' variance. The last one's floor bounds round-off.
_LENGTHS, _VARIANCES, _NOISES = (2e-3, 20.0), (1e-6, 1e8), (1e-12, 4.0)

#: Relative change of the evidence at which the search ends, times the root of the number of
#: samples; and the number from which on the noise is known better than the rest.
_TOLERANCE, _ALIKE = 1e-6, 30.0

#: Length scales from which the search starts.
_STARTS = (0.4, 0.08)


@dataclass(frozen=True, eq=False)
class Projected:
    """Samples in the frames of the factors.

    Parameters
    ----------
    factors : tuple of Factor
        One for each axis.
    values : numpy.ndarray of shape (r_1, ..., r_d)
        Their coordinates.
    rest : float
        Sum of squares outside the frames.
    size : int
        Number of samples.
    """

    factors: tuple[Factor, ...]
    values: Float
    rest: float
    size: int


@dataclass(frozen=True, eq=False)
class Fit:
    """A kernel with its best hyper-parameters.

    Parameters
    ----------
    kernel : Kernel
        Which one.
    lengths : tuple of float
        Length scale of each axis over its half-width.
    variance : float
        Prior variance of the field.
    noise : float
        Variance of the noise.
    evidence : float
        Logarithm of the marginal likelihood.
    """

    kernel: Kernel
    lengths: tuple[float, ...]
    variance: float
    noise: float
    evidence: float


def along(matrix: Float, values: Float, axis: int) -> Float:
    """Multiply `values` by a matrix along one axis.

    Parameters
    ----------
    matrix : numpy.ndarray of shape (k, n)
        The matrix.
    values : numpy.ndarray
        With n entries along `axis`.
    axis : int
        Which one.

    Returns
    -------
    numpy.ndarray
        With k entries along `axis`.
    """
    return np.moveaxis(np.tensordot(matrix, values, axes=(1, axis)), 0, axis)


def outer(vectors: Sequence[Float]) -> Float:
    """Return the outer product of some vectors.

    Parameters
    ----------
    vectors : sequence of numpy.ndarray
        One for each axis.

    Returns
    -------
    numpy.ndarray
        One axis for each vector.
    """
    product = np.ones(())
    for vector in vectors:
        product = product[..., None] * vector
    return product


def project(factors: Sequence[Factor], values: Float) -> Projected:
    """Return samples in the frames of the factors.

    Parameters
    ----------
    factors : sequence of Factor
        One for each axis.
    values : numpy.ndarray
        Samples, of unit variance or so.

    Returns
    -------
    Projected
        What the likelihood depends on.
    """
    inside = values
    for index, factor in enumerate(factors):
        inside = along(factor.frame.T, inside, index)
    rest = max(float(np.sum(values**2) - np.sum(inside**2)), 0.0)
    return Projected(tuple(factors), inside, rest, values.size)


def log_evidence(data: Projected, kernel: Kernel, parameters: Float) -> tuple[float, Float]:
    """Return the logarithm of the marginal likelihood and its gradient.

    Parameters
    ----------
    data : Projected
        The samples.
    kernel : Kernel
        Kernel of every axis.
    parameters : numpy.ndarray of shape (d + 2,)
        Logarithms of the length scales, the prior variance and the noise's variance.

    Returns
    -------
    value : float
        For natural logarithms.
    gradient : numpy.ndarray of shape (d + 2,)
        With respect to `parameters`.
    """
    lengths, variance, noise = np.exp(parameters[:-2]), float(np.exp(parameters[-2])), float(np.exp(parameters[-1]))
    eigen = [factor.eigen(kernel, float(length)) for factor, length in zip(data.factors, lengths, strict=True)]
    turned = data.values
    for index, (_, vectors, _) in enumerate(eigen):
        turned = along(vectors.T, turned, index)
    spectra = [values for values, _, _ in eigen]
    prior = variance * outer(spectra)
    total = prior + noise
    solved = turned / total
    outside = data.size - turned.size
    misfit = float(np.sum(turned * solved)) + data.rest / noise
    volume = float(np.sum(np.log(total))) + outside * math.log(noise) + data.size * math.log(2.0 * math.pi)
    gradient = np.empty(len(parameters))
    for index, (_, _, slopes) in enumerate(eigen):
        others = [spectrum if other != index else np.ones_like(spectrum) for other, spectrum in enumerate(spectra)]
        weight = variance * outer(others)
        changes = np.diag(slopes).reshape([-1 if other == index else 1 for other in range(len(spectra))])
        gradient[index] = np.sum(weight * (solved * along(slopes, solved, index) - changes / total))
    gradient[-2] = np.sum(prior * (solved**2 - 1.0 / total))
    gradient[-1] = noise * np.sum(solved**2 - 1.0 / total) + data.rest / noise - outside
    return -0.5 * (misfit + volume), 0.5 * gradient


def fit_kernel(data: Projected, kernel: Kernel, noise: float, *, known: bool, start: Fit | None = None) -> Fit:
    """Maximise the marginal likelihood of one kernel.

    Parameters
    ----------
    data : Projected
        The samples, of unit variance or so.
    kernel : Kernel
        Kernel of every axis.
    noise : float
        Variance of the noise, or a first guess of it.
    known : bool
        Whether `noise` is to be kept.
    start : Fit, optional
        Where to start. The default tries a long and a short length scale.

    Returns
    -------
    Fit
        The best that was found.
    """
    from scipy.optimize import minimize

    low, high = (max(_NOISES[0], noise),) * 2 if known else _NOISES
    bounds = np.log([_LENGTHS] * len(data.factors) + [_VARIANCES, (low, high)])
    if start is not None:
        starts = [[*start.lengths, start.variance, start.noise]]
    else:
        starts = [[length] * len(data.factors) + [1.0, noise] for length in _STARTS]
    best, least = np.zeros(0), math.inf
    # All samples speak of the noise, far fewer modes of the rest: alike curvatures save steps.
    units = np.ones(len(bounds))
    units[-1] = max(1.0, math.sqrt(data.size) / _ALIKE)
    tolerance = _TOLERANCE / math.sqrt(data.size)

    def negative(scaled: Float) -> tuple[float, Float]:
        value, gradient = log_evidence(data, kernel, scaled / units)
        return -value, -gradient / units

    for guess in starts:
        first = np.clip(np.log(np.maximum(guess, _NOISES[0])), bounds[:, 0], bounds[:, 1])
        found = minimize(
            negative,
            first * units,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds * units[:, None],
            options={"maxiter": 80, "ftol": tolerance},
        )
        if found.fun < least:
            best, least = found.x / units, float(found.fun)
    *lengths, variance, variance_of_noise = np.exp(best)
    return Fit(kernel, tuple(float(x) for x in lengths), float(variance), float(variance_of_noise), -least)
