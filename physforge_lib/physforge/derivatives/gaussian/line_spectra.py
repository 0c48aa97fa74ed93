"""Prior spectra of a field on one axis, by their hyper-parameters."""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.basis import Basis
from physforge.derivatives.gaussian.kernels import Kernel

#: Name of the spectrum that is a low band and one more of any frequency.
MIXTURE = "spectral-mixture"

#: Mean, sd and range of the logarithms of a variance and of a length scale over the half-width.
#: All are so wide that they only end what the samples do not tell.
_VARIANCE = (0.0, 3.0, -14.0, 18.0)
_LENGTH = (math.log(0.3), 2.0, math.log(2e-3), 3.0)

#: The same of the frequency of the second band; its range ends where the basis does.
_FREQUENCY = (math.log(15.0), 1.5, math.log(0.5))

#: Frequencies of the second band to start from, times the length scale of the first.
_STARTS = (0.7, 1.5, 3.0)


@dataclass(frozen=True)
class Parameter:
    """What is believed of the logarithm of a hyper-parameter before the samples.

    Parameters
    ----------
    mean, sd : float
        Of a normal distribution.
    low, high : float
        Where the search ends.
    """

    mean: float
    sd: float
    low: float
    high: float


class LineSpectrum(abc.ABC):
    """A family of prior spectra."""

    name: str

    @abc.abstractmethod
    def parameters(self, basis: Basis) -> list[Parameter]:
        """List the hyper-parameters; the first is the variance."""

    @abc.abstractmethod
    def variances(self, basis: Basis, logs: Float) -> tuple[Float, list[Float]]:
        """Return the prior variance of every function, and its derivative in each logarithm."""

    @abc.abstractmethod
    def starts(self, best: Float | None) -> list[list[float]]:
        """Return where to start, given the logarithms of the variance and length that suit the spectrum before."""


class Stationary(LineSpectrum):
    """The spectrum of one kernel, with a variance and a length scale.

    Parameters
    ----------
    kernel : Kernel
        Which one.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.name = self._kernel = kernel

    def parameters(self, basis: Basis) -> list[Parameter]:  # noqa: ARG002
        """See `LineSpectrum`."""
        return [Parameter(*_VARIANCE), Parameter(*_LENGTH)]

    def variances(self, basis: Basis, logs: Float) -> tuple[Float, list[Float]]:
        """See `LineSpectrum`."""
        weights, slopes = basis.weights(self._kernel, float(np.exp(logs[1])))
        variance = float(np.exp(logs[0]))
        return variance * weights, [variance * weights, variance * slopes]

    def starts(self, best: Float | None) -> list[list[float]]:
        """See `LineSpectrum`."""
        if best is not None:
            return [[float(best[0]), float(best[1])]]
        return [[0.0, math.log(length)] for length in (0.4, 0.08)]


class SpectralMixture(LineSpectrum):
    """A low band, that of the kernel matern-7/2, and a Gaussian one about a frequency.

    Use it for what oscillates: the second band tells how fast, so that the ends and gaps are
    continued by waves of that frequency. The low band falls off slowly enough not to exclude
    what the noise hides: a Gaussian one makes the sd too small.

    References
    ----------
    A. G. Wilson and R. P. Adams, Gaussian process kernels for pattern discovery and
    extrapolation, Proceedings of ICML 2013, equation 12.
    """

    name = MIXTURE

    def parameters(self, basis: Basis) -> list[Parameter]:
        """See `LineSpectrum`."""
        highest = max(math.log(float(basis.frequencies()[-1])), _FREQUENCY[2])
        low_band = [Parameter(*_VARIANCE), Parameter(*_LENGTH)]
        return [*low_band, *low_band, Parameter(*_FREQUENCY, highest)]

    def variances(self, basis: Basis, logs: Float) -> tuple[Float, list[Float]]:
        """See `LineSpectrum`."""
        low, low_slope = basis.weights("matern-7/2", float(np.exp(logs[1])))
        first = float(np.exp(logs[0]))
        band, by_length, by_frequency = _band(basis.frequencies(), *np.exp(logs[3:5]))
        second = float(np.exp(logs[2]))
        raised = [np.concatenate([np.zeros(basis.trends), second * part]) for part in (band, by_length, by_frequency)]
        return first * low + raised[0], [first * low, first * low_slope, *raised]

    def starts(self, best: Float | None) -> list[list[float]]:
        """See `LineSpectrum`."""
        variance, length = (0.0, math.log(0.3)) if best is None else (float(best[0]), float(best[1]))
        return [[variance, length, variance - 1.0, length + 1.0, math.log(wave) - length] for wave in _STARTS]


def spectra(names: Sequence[str]) -> list[LineSpectrum]:
    """Return spectra by name, the mixture last.

    Parameters
    ----------
    names : sequence of str
        Kernels, and ``"spectral-mixture"``.

    Returns
    -------
    list of LineSpectrum
        The first of them is to be fitted first.
    """
    stationary: list[LineSpectrum] = [Stationary(name) for name in names if name != MIXTURE]  # type: ignore[arg-type]
    return stationary + [SpectralMixture()] * (MIXTURE in names)


def _band(frequencies: Float, length: float, centre: float) -> tuple[Float, Float, Float]:
    """Return the density of a band of unit variance, and its derivatives in the logarithms of length and centre."""
    below, above = (frequencies - centre) * length, (frequencies + centre) * length
    height = math.sqrt(0.5 * math.pi) * length
    left, right = height * np.exp(-0.5 * below**2), height * np.exp(-0.5 * above**2)
    by_length = left * (1.0 - below**2) + right * (1.0 - above**2)
    return left + right, by_length, centre * length * (left * below - right * above)
