"""Posterior of a field and its derivatives on the whole grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.gaussian.evidence import Fit, Projected, along, outer
from physforge.derivatives.gaussian.spectrum import reweigh


@dataclass(frozen=True, eq=False)
class Posterior:
    """Independent modes with their means and variances, given the samples.

    Parameters
    ----------
    data : Projected
        The samples.
    mixing : tuple of numpy.ndarray of shape (m, m)
        Basis functions in each mode, for each axis.
    priors, means, variances : numpy.ndarray of shape (m_1, ..., m_d)
        Of the modes' coefficients: their variances before the samples, and what the samples say.
    noise : float
        Variance of the noise.
    """

    data: Projected
    mixing: tuple[Float, ...]
    priors: Float
    means: Float
    variances: Float
    noise: float

    def derivative(self, axes: Sequence[Axis], orders: Sequence[int]) -> tuple[Float, Float]:
        """Return a derivative at every point of the grid.

        Parameters
        ----------
        axes : sequence of Axis
            The grid.
        orders : sequence of int
            Order along each axis, in standardised coordinates.

        Returns
        -------
        mean, variance : numpy.ndarray
            Of the derivative; the variance is a sum of positive terms, so that nothing cancels.
        """
        mean, variance = self.means, self.variances
        for index, (axis, order, mixing) in enumerate(zip(axes, orders, self.mixing, strict=True)):
            modes = self.data.factors[index].basis.at(axis.points, order) @ mixing
            mean, variance = along(modes, mean, index), along(modes**2, variance, index)
        return mean, variance


def posterior_of(data: Projected, fit: Fit, *, adapt: bool = False) -> Posterior:
    """Condition a kernel's prior on the samples.

    Parameters
    ----------
    data : Projected
        The samples.
    fit : Fit
        The kernel and its hyper-parameters.
    adapt : bool, default False
        Whether the prior variance of each mode is found again from the modes around it.

    Returns
    -------
    Posterior
        Exact for the given hyper-parameters.
    """
    weights = [
        factor.basis.weights(fit.kernel, length)[0] for factor, length in zip(data.factors, fit.lengths, strict=True)
    ]
    return condition(data, weights, fit.variance, fit.noise, adapt=adapt)


def condition(
    data: Projected, weights: Sequence[Float], variance: float, noise: float, *, adapt: bool = False
) -> Posterior:
    """Condition a prior on the samples.

    Parameters
    ----------
    data : Projected
        The samples.
    weights : sequence of numpy.ndarray of shape (m_i,)
        Prior variance of the functions of each axis.
    variance : float
        Factor of their product.
    noise : float
        Variance of the noise.
    adapt : bool, default False
        See `posterior_of`.

    Returns
    -------
    Posterior
        Of uncorrelated modes.
    """
    turned = data.values
    scales, mixing = [], []
    for index, (factor, each) in enumerate(zip(data.factors, weights, strict=True)):
        scale, frame, mix = factor.modes(each)
        turned = along(frame.T, turned, index)
        scales.append(scale)
        mixing.append(mix)
    amplitudes = outer(scales)
    shown = tuple(slice(0, length) for length in turned.shape)
    priors = np.full(amplitudes.shape, variance)
    if adapt:
        priors[shown] *= reweigh(variance * amplitudes[shown] ** 2, turned, noise)
    gains = priors * amplitudes / (priors * amplitudes**2 + noise)
    means = np.zeros_like(amplitudes)
    means[shown] = gains[shown] * turned
    variances = priors * noise / (priors * amplitudes**2 + noise)
    return Posterior(data, tuple(mixing), priors, means, variances, noise)
