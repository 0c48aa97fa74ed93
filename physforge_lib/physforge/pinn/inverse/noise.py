"""The noise of measurements, whose tails may be heavier than normal ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Float: TypeAlias = npt.NDArray[np.float64]

#: Degrees of freedom that are tried; infinity is the normal distribution.
DEGREES = (2.0, 3.0, 4.0, 6.0, 10.0, 30.0, np.inf)

#: Gain in log likelihood that heavier tails than normal must bring.
_LEAST_GAIN = 3.0

#: Rounds of expectation and maximisation for the scale.
_ROUNDS = 60

#: Median of the absolute value of a standard normal variable.
_NORMAL_MEDIAN = 0.6744897501960817


@dataclass(frozen=True)
class Noise:
    """Independent errors with Student's t distribution.

    Parameters
    ----------
    scale : float
        In units of the sd given with each sample; in the field's where none is.
    degrees : float
        Degrees of freedom; infinite for normal errors.
    """

    scale: float
    degrees: float = np.inf

    @property
    def normal(self) -> bool:
        """Whether the errors are taken as normal."""
        return bool(np.isinf(self.degrees))

    @property
    def information(self) -> float:
        """Fisher information on the mean from one sample, in units of 1/scale**2."""
        return 1.0 if self.normal else (self.degrees + 1) / (self.degrees + 3)

    def weights(self, residuals: Float) -> Float:
        """Return the weights with which least squares becomes maximum likelihood.

        Parameters
        ----------
        residuals : numpy.ndarray
            Measured less predicted, in the unit of `scale`.

        Returns
        -------
        numpy.ndarray
            Of the same shape, in units of 1/scale**2: one for normal errors, and less for
            what is far off otherwise (K. L. Lange et al., J. Am. Stat. Assoc. 84 (1989) 881, eq. 3).
        """
        if self.normal:
            return np.ones_like(residuals)
        return np.asarray((self.degrees + 1) / (self.degrees + (residuals / self.scale) ** 2))

    def log_likelihood(self, residuals: Float) -> float:
        """Return the log likelihood of independent residuals.

        Parameters
        ----------
        residuals : numpy.ndarray
            In the unit of `scale`.

        Returns
        -------
        float
            The sum over all of them.
        """
        squares = (residuals / self.scale) ** 2
        if self.normal:
            return float(np.sum(-0.5 * squares - 0.5 * np.log(2 * np.pi)) - residuals.size * np.log(self.scale))
        nu = self.degrees
        constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi) - np.log(self.scale)
        return float(residuals.size * constant - (nu + 1) / 2 * np.sum(np.log1p(squares / nu)))


def estimate_tails(
    residuals: Float, *, spent: float = 0.0, scale: float | None = None, degrees: Sequence[float] = DEGREES
) -> Noise:
    """Find scale and tails of the noise from the residuals of a fit, by maximum likelihood.

    Parameters
    ----------
    residuals : numpy.ndarray
        Measured less predicted.
    spent : float, default 0
        Degrees of freedom that the fit has used up; the scale grows accordingly.
    scale : float, optional
        Known scale. The tails are those of the most likely distribution of any scale, since
        with a scale that is too small all errors would look like tails.
    degrees : sequence of float
        Degrees of freedom to try. The normal distribution is kept unless another gains
        three units of log likelihood.

    Returns
    -------
    Noise
        The most likely one.
    """
    residuals = residuals.ravel()
    tried = [Noise(_scale(residuals, nu, spent), nu) for nu in degrees]
    gains = [noise.log_likelihood(residuals) - (0.0 if noise.normal else _LEAST_GAIN) for noise in tried]
    best = tried[int(np.argmax(gains))]
    return best if scale is None else Noise(scale, best.degrees)


def _scale(residuals: Float, degrees: float, spent: float) -> float:
    """Return the most likely scale at given degrees of freedom (by expectation and maximisation)."""
    left = max(residuals.size - spent, 1.0)
    if np.isinf(degrees):
        return float(np.sqrt(residuals @ residuals / left))
    scale = float(np.median(np.abs(residuals))) / _NORMAL_MEDIAN or float(np.abs(residuals).max())
    for _ in range(_ROUNDS):
        weights = Noise(scale, degrees).weights(residuals)
        scale = float(np.sqrt(weights @ residuals**2 / left))
    return scale
