"""What a search for the hyper-parameters of one axis climbs."""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.evidence import Projected
from physforge.derivatives.gaussian.factor import Factor
from physforge.derivatives.gaussian.line_evidence import Normal, evidence_of, modes_of
from physforge.derivatives.gaussian.line_spectra import LineSpectrum, Parameter
from physforge.derivatives.gaussian.posterior import Posterior, condition

#: Belief about the logarithm of the noise's variance, over the samples'.
NOISE = Parameter(-4.0, 4.0, math.log(1e-12), math.log(4.0))


class LineProblem(abc.ABC):
    """A family of priors for one axis, with the samples.

    Parameters
    ----------
    name : str
        What the share of this family is called.
    parameters : sequence of Parameter
        Hyper-parameters but the noise.
    noise : float or None
        Variance of the noise where it is known; else its logarithm is the last hyper-parameter.
    """

    def __init__(self, name: str, parameters: Sequence[Parameter], noise: float | None) -> None:
        self.name = name
        self.known = noise
        self.parameters = [*parameters, *([NOISE] if noise is None else [])]
        self._means = np.array([one.mean for one in self.parameters])
        self._sds = np.array([one.sd for one in self.parameters])

    def log_probability(self, logs: Float) -> tuple[float, Float]:
        """Return the logarithm of the probability of samples and hyper-parameters, and its gradient.

        Parameters
        ----------
        logs : numpy.ndarray of shape (k,)
            The hyper-parameters, mostly as logarithms.

        Returns
        -------
        value : float
            For natural logarithms.
        gradient : numpy.ndarray of shape (k,)
            With respect to `logs`.
        """
        value, gradient, by_noise = self._log_likelihood(logs, self._noise(logs))
        if self.known is None:
            gradient = np.append(gradient, by_noise)
        away = (logs - self._means) / self._sds
        scale = float(np.sum(np.log(self._sds))) + 0.5 * len(logs) * math.log(2.0 * math.pi)
        return value - 0.5 * float(away @ away) - scale, gradient - away / self._sds

    @abc.abstractmethod
    def posterior(self, logs: Float) -> Posterior:
        """Condition on the samples, for some hyper-parameters."""

    @abc.abstractmethod
    def _log_likelihood(self, logs: Float, noise: float) -> tuple[float, Float, float]:
        """Return the likelihood's logarithm, its derivatives but that in the noise's logarithm, and that."""

    def _noise(self, logs: Float) -> float:
        return float(np.exp(logs[-1])) if self.known is None else self.known


class StationaryProblem(LineProblem):
    """A spectrum on the axis as it is.

    Parameters
    ----------
    spectrum : LineSpectrum
        Which family.
    data : Projected
        The samples.
    noise : float or None
        Variance of the noise where it is known.
    normal : Normal
        Normal equations of `data`.
    """

    def __init__(self, spectrum: LineSpectrum, data: Projected, noise: float | None, normal: Normal) -> None:
        (self._factor,) = data.factors
        super().__init__(spectrum.name, spectrum.parameters(self._factor.basis), noise)
        self.spectrum, self._data, self.normal = spectrum, data, normal

    def posterior(self, logs: Float) -> Posterior:
        """See `LineProblem`."""
        noise = self._noise(logs)
        variances, _ = self.spectrum.variances(self._factor.basis, logs)
        if not self.normal.reliable(variances, noise):
            return condition(self._data, [variances], 1.0, noise)
        basis = self._factor.basis
        count = max(self.normal.needed(variances, noise), basis.trends + 1)
        kept = replace(basis, count=count - basis.trends)
        factor = Factor(kept, self._factor.frame, self._factor.reduced[:, :count])
        data = Projected((factor,), self._data.values, self._data.rest, self._data.size)
        return posterior_by_modes(data, self.normal.first(count), variances[:count], noise)

    def _log_likelihood(self, logs: Float, noise: float) -> tuple[float, Float, float]:
        variances, slopes = self.spectrum.variances(self._factor.basis, logs)
        if not self.normal.reliable(variances, noise):
            return self._by_eigenvalues(variances, slopes, noise)
        count = self.normal.needed(variances, noise)
        found = evidence_of(self.normal.first(count), variances[:count], noise)
        return found.value, by_logarithms(found.by_variance, variances, slopes), found.by_noise

    def _by_eigenvalues(self, variances: Float, slopes: Sequence[Float], noise: float) -> tuple[float, Float, float]:
        """Diagonalise the covariance of the samples, which keeps all digits."""
        reduced, data = self._factor.reduced, self._data
        values, vectors = np.linalg.eigh((reduced * variances) @ reduced.T)
        functions, turned = vectors.T @ reduced, vectors.T @ data.values
        total = np.maximum(values, 0.0) + noise
        solved = turned / total
        outside = data.size - len(turned)
        misfit = float(turned @ solved) + data.rest / noise
        volume = float(np.sum(np.log(total))) + outside * math.log(noise) + data.size * math.log(2.0 * math.pi)
        by_variance = 0.5 * ((solved @ functions) ** 2 - np.sum(functions**2 / total[:, None], axis=0))
        by_noise = float(np.sum(solved**2 - 1.0 / total)) + data.rest / noise**2 - outside / noise
        gradient = np.array([float(by_variance @ slope) for slope in slopes])
        return -0.5 * (misfit + volume), gradient, 0.5 * noise * by_noise


def normal_of(data: Projected) -> Normal:
    """Return the normal equations of samples on one axis.

    Parameters
    ----------
    data : Projected
        The samples.

    Returns
    -------
    Normal
        Of the functions of the only factor.
    """
    (factor,) = data.factors
    energy = float(data.values @ data.values) + data.rest
    return Normal(factor.reduced.T @ factor.reduced, factor.reduced.T @ data.values, energy, data.size)


def posterior_by_modes(data: Projected, normal: Normal, variances: Float, noise: float) -> Posterior:
    """Condition on the samples by their normal equations.

    Parameters
    ----------
    data : Projected
        The samples.
    normal : Normal
        Of the functions of its only factor; see `Normal.reliable`.
    variances : numpy.ndarray of shape (m,)
        Prior variance of each function.
    noise : float
        Variance of the noise.

    Returns
    -------
    Posterior
        The same as `posterior.condition` gives, but for the choice of modes.
    """
    mixing, means = modes_of(normal, variances, noise)
    return Posterior(data, (mixing,), np.ones_like(means), means, np.full_like(means, noise), noise)


def by_logarithms(by_variance: Float, variances: Float, slopes: Sequence[Float]) -> Float:
    """Return derivatives in the hyper-parameters from those in the variances' logarithms.

    Parameters
    ----------
    by_variance : numpy.ndarray of shape (m,)
        Derivative in the logarithm of each variance; functions after the m-th do not count.
    variances : numpy.ndarray of shape (m_all,)
        The variances.
    slopes : sequence of numpy.ndarray of shape (m_all,)
        Their derivatives in each hyper-parameter.

    Returns
    -------
    numpy.ndarray of shape (k,)
        One for each of `slopes`.
    """
    # A variance that underflows has no say.
    weights = by_variance / np.maximum(variances[: len(by_variance)], np.finfo(np.float64).tiny)
    return np.array([float(weights @ slope[: len(by_variance)]) for slope in slopes])
