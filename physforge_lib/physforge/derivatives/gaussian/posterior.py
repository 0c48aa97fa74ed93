"""Posterior of a field and its derivatives on the whole grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.gaussian.evidence import Fit, Projected, along, outer


@dataclass(frozen=True, eq=False)
class Posterior:
    """Independent modes with their means and variances, given the samples.

    Parameters
    ----------
    data : Projected
        The samples.
    mixing : tuple of numpy.ndarray of shape (m, m)
        Basis functions in each mode, for each axis.
    means, variances : numpy.ndarray of shape (m_1, ..., m_d)
        Of the modes' coefficients.
    """

    data: Projected
    mixing: tuple[Float, ...]
    means: Float
    variances: Float

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


def posterior_of(data: Projected, fit: Fit) -> Posterior:
    """Condition a kernel's prior on the samples.

    Parameters
    ----------
    data : Projected
        The samples.
    fit : Fit
        The kernel and its hyper-parameters.

    Returns
    -------
    Posterior
        Exact for the given hyper-parameters.
    """
    turned = data.values
    scales, mixing = [], []
    for index, (factor, length) in enumerate(zip(data.factors, fit.lengths, strict=True)):
        scale, frame, mix = factor.modes(fit.kernel, length)
        turned = along(frame.T, turned, index)
        scales.append(scale)
        mixing.append(mix)
    amplitudes = np.sqrt(fit.variance) * outer(scales)
    shown = tuple(slice(0, length) for length in turned.shape)
    means = np.zeros_like(amplitudes)
    means[shown] = np.sqrt(fit.variance) * amplitudes[shown] * turned / (amplitudes[shown] ** 2 + fit.noise)
    variances = fit.variance * fit.noise / (amplitudes**2 + fit.noise)
    return Posterior(data, tuple(mixing), means, variances)
