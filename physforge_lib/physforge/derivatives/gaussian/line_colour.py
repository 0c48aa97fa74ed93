"""Test whether the noise of a time series is white, whatever the field's spectrum."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.gaussian.basis import ENLARGEMENT, basis_of

#: Cycles a sample below which all power may be the field's: eight samples to a period.
_RESOLVED = 0.125

#: Singular values of the field's waves that count, over the largest.
_RANK_TOLERANCE = 1e-9

#: Samples that are looked at together, and the most such blocks of a long series.
_BLOCK, _MOST_BLOCKS = 512, 8

#: Fewest ordinates that tell a colour.
_FEWEST = 30

#: Sds by which the power falls in one of 100 series of white noise.
_SIGNIFICANT = 2.326

#: Sds by which it must go on falling above the lowest of so many bands, where a field may reach.
_CONTINUED, _BANDS = 1.0, 8

#: Chance that a band of random-walk noise is taken for a field's.
_CHANCE = 1e-3

#: Power per ordinate, over the samples' variance, below which there is no noise but round-off.
_CLEAN = 1e-8

#: Correlations of neighbours that are compared.
_CORRELATIONS = np.arange(0.005, 1.0, 0.01)


@dataclass(frozen=True)
class Colour:
    """How the power of the noise falls with frequency.

    Parameters
    ----------
    correlation : float
        Of neighbours in an autoregressive process whose power falls alike.
    significance : float
        The fall in sds of white noise.
    continued : float
        The same without the lowest band.
    """

    correlation: float
    significance: float
    continued: float

    @property
    def noticeable(self) -> bool:
        """Whether noise that is independent from sample to sample can be excluded."""
        return self.significance > _SIGNIFICANT and self.continued > _CONTINUED


@dataclass(frozen=True, eq=False)
class Ordinates:
    """Powers of a series at frequencies above those of the field, the lowest first.

    Parameters
    ----------
    cosines : numpy.ndarray of shape (m,)
        Of the phase from one sample to the next.
    powers : numpy.ndarray of shape (m,)
        Squares, which are independent and alike for white noise.
    """

    cosines: Float
    powers: Float

    def bands(self) -> list[Ordinates]:
        """Return parts of neighbouring frequencies."""
        parts = zip(np.array_split(self.cosines, _BANDS), np.array_split(self.powers, _BANDS), strict=True)
        return [Ordinates(*part) for part in parts]

    def above_lowest(self) -> Ordinates:
        """Leave out the lowest band."""
        first = len(self.bands()[0].powers)
        return Ordinates(self.cosines[first:], self.powers[first:])


def noise_colour(points: Float, values: Float) -> Colour | None:
    """Find whether the power of the noise falls with frequency.

    Parameters
    ----------
    points : numpy.ndarray of shape (n,)
        Strictly monotonic coordinates, uniform or not.
    values : numpy.ndarray of shape (n,)
        Samples, of unit variance or so.

    Returns
    -------
    Colour or None
        None where it cannot be told: of fewer than some 60 samples, of samples without noise,
        and of a field that reaches beyond the frequencies that are left to it.

    Notes
    -----
    Kernels of rough fields take correlated noise up as if it were the field, and leave a white
    rest. So the field is not asked for: whatever waves of eight or more samples can
    represent is projected out. In the space that is left, the matrix of Durbin and Watson
    (the product of neighbours) is diagonal in functions that are ordered by
    frequency; the coefficients of white noise are independent and alike in any such frame,
    on any grid, so that the null distribution needs nothing but the noise's independence. Their
    weighted sum is Durbin and Watson's statistic, which is the locally most powerful one against
    autoregressive noise.

    A field that reaches above eight samples to a period shows as a band of more power
    than even a random walk has there, relative to the bands above; then nothing is said. What
    escapes that is confined to the lowest band, above which noise goes on falling.

    References
    ----------
    J. Durbin and G. S. Watson, Testing for serial correlation in least squares regression I,
    Biometrika 37 (1950) 409-428.
    D. B. Percival and A. T. Walden, Spectral Analysis for Physical Applications, Cambridge
    University Press 1993, chapter 9 (parametric spectral estimation).
    """
    ordinates = _ordinates(points, values)
    if len(ordinates.powers) < _FEWEST or np.mean(ordinates.powers) < _CLEAN or _field_reaches(ordinates):
        return None
    return Colour(_correlation(ordinates), _fall(ordinates), _fall(ordinates.above_lowest()))


def _ordinates(points: Float, values: Float) -> Ordinates:
    """Collect the ordinates of blocks that are spread over the series."""
    count = math.ceil(len(points) / _BLOCK)
    edges = np.linspace(0, len(points), count + 1).astype(int)
    chosen = np.unique(np.linspace(0, count - 1, min(count, _MOST_BLOCKS)).round().astype(int))
    blocks = [_of_block(*(some[edges[one] : edges[one + 1]] for some in (points, values))) for one in chosen]
    cosines = np.concatenate([block.cosines for block in blocks])
    order = np.argsort(-cosines)
    return Ordinates(cosines[order], np.concatenate([block.powers for block in blocks])[order])


def _of_block(points: Float, values: Float) -> Ordinates:
    axis = Axis("", points)
    step = float(np.median(np.abs(np.diff(points))))
    waves = math.ceil(2.0 * ENLARGEMENT * _RESOLVED * abs(points[-1] - points[0]) / step)
    if waves > len(points) - _FEWEST:
        return Ordinates(np.empty(0), np.empty(0))
    frame, sizes, _ = np.linalg.svd(basis_of(axis, waves).at(points))
    rest = frame[:, np.count_nonzero(sizes > _RANK_TOLERANCE * sizes[0]) :]
    product = rest[1:].T @ rest[:-1]
    cosines, vectors = np.linalg.eigh(0.5 * (product + product.T))
    return Ordinates(cosines, (vectors.T @ (rest.T @ values)) ** 2)


def _field_reaches(ordinates: Ordinates) -> bool:
    """Whether some band has more power than random-walk noise would, given the bands above it."""
    from scipy.special import fdtri

    bands = ordinates.bands()
    whitened = [2.0 * (1.0 - band.cosines) * band.powers for band in bands]
    for index in range(_BANDS - 1):
        above = np.concatenate(whitened[index + 1 :])
        ratio = float(np.mean(whitened[index]) / np.mean(above))
        if ratio > fdtri(len(whitened[index]), len(above), 1.0 - _CHANCE):
            return True
    return False


def _fall(ordinates: Ordinates) -> float:
    """Return Durbin and Watson's statistic in its sds under white noise."""
    size = len(ordinates.powers)
    weights = ordinates.cosines - np.mean(ordinates.cosines)
    share = float(weights @ ordinates.powers) / float(np.sum(ordinates.powers))
    # The shares of independent normal squares are Dirichlet distributed, whence the variance.
    return share / math.sqrt(2.0 * float(np.mean(weights**2)) / (size + 2))


def _correlation(ordinates: Ordinates) -> float:
    """Return the mean correlation, each as probable before as any from 0 to 1."""
    rho = _CORRELATIONS[:, None]
    inverse = 1.0 + rho**2 - 2.0 * rho * ordinates.cosines
    noise = np.mean(inverse * ordinates.powers, axis=1)
    likelihood = 0.5 * (np.sum(np.log(inverse), axis=1) - len(ordinates.powers) * np.log(noise))
    shares = np.exp(likelihood - np.max(likelihood))
    return float(shares @ _CORRELATIONS / np.sum(shares))
