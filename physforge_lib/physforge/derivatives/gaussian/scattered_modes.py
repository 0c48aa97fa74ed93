"""Plane waves in any direction as modes of a field at scattered points, with their prior variances."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.basis import Basis
from physforge.derivatives.gaussian.evidence import Fit, outer
from physforge.derivatives.gaussian.kernels import spectral_density
from physforge.derivatives.gaussian.scattered_blocks import Indices
from physforge.derivatives.gaussian.scattered_cloud import Cloud, positions

#: Half-width of the samples, and length after which the modes of the lattice repeat, in standardised coordinates.
_REACH, _PERIOD = 0.75, 3.0

#: Share of the prior variance in which the scale of a squared-exponential kernel is shorter, and by how much:
#: few fields have a spectrum that ends as sharply as its own does.
_TAIL, _SHORTER = 0.02, 1.4

#: Prior variance of a mode, over the noise in its coefficient, from which it is wanted.
WORTH = 0.03

#: Largest frequency of a ray, over the kernel's inverse length.
_RADIUS = 8.0


@dataclass(frozen=True, eq=False)
class Modes:
    """Pairs of a cosine and a sine.

    Parameters
    ----------
    frequencies : numpy.ndarray of shape (k, d)
        Angular frequencies, in standardised coordinates.
    variances : numpy.ndarray of shape (k,)
        Prior variance of each coefficient of a pair.
    groups : numpy.ndarray of shape (k,)
        0 for the lattice of all waves, a number of its own for those that run in one direction.
    """

    frequencies: Float
    variances: Float
    groups: Indices

    def __len__(self) -> int:
        return len(self.variances)

    def with_ray(self, frequencies: Float, variances: Float) -> Modes:
        """Return these modes and those of one more direction."""
        group = np.full(len(variances), np.max(self.groups, initial=0) + 1)
        return Modes(
            np.vstack([self.frequencies, frequencies]),
            np.concatenate([self.variances, variances]),
            np.concatenate([self.groups, group]),
        )

    def kept(self, which: Indices) -> Modes:
        """Return some of the modes."""
        return Modes(self.frequencies[which], self.variances[which], self.groups[which])


def waves_at(bases: tuple[Basis, ...], points: tuple[Float, ...], frequencies: Float) -> Float:
    """Return the cosine and the sine of each mode, of mean square 1.

    Parameters
    ----------
    bases : tuple of Basis
        One for each axis.
    points : tuple of numpy.ndarray of shape (n,)
        Coordinates in their own units.
    frequencies : numpy.ndarray of shape (k, d)
        Of the modes.

    Returns
    -------
    numpy.ndarray of shape (n, 2 k)
        The two of a pair are neighbours.
    """
    phases = positions(bases, points) @ frequencies.T
    waves = np.empty((len(phases), 2 * len(frequencies)))
    np.cos(phases, out=waves[:, 0::2])
    np.sin(phases, out=waves[:, 1::2])
    waves *= math.sqrt(2.0)
    return waves


def derived(waves: Float, frequencies: Float, orders: tuple[int, ...]) -> Float:
    """Return a derivative of the waves.

    Parameters
    ----------
    waves : numpy.ndarray of shape (n, 2 k)
        As `waves_at` gives them.
    frequencies : numpy.ndarray of shape (k, d)
        Of the modes.
    orders : tuple of int
        In standardised coordinates.

    Returns
    -------
    numpy.ndarray of shape (n, 2 k)
        Same layout.
    """
    factor = np.prod(frequencies ** np.array(orders), axis=1)
    turns = sum(orders) % 4
    result = np.empty_like(waves)
    cosines, sines = waves[:, 0::2], waves[:, 1::2]
    first, second = (cosines, sines) if turns % 2 == 0 else (-sines, cosines)
    sign = 1.0 if turns < 2 else -1.0
    np.multiply(first, sign * factor, out=result[:, 0::2])
    np.multiply(second, sign * factor, out=result[:, 1::2])
    return result


def reaches(cloud: Cloud) -> Float:
    """Return the half-width of the samples along each axis, in standardised coordinates."""
    return np.array([1.0 if basis.periodic else _REACH for basis in cloud.bases])


def lattice(cloud: Cloud, fit: Fit) -> Modes:
    """Return the waves about which the samples say something.

    Parameters
    ----------
    cloud : Cloud
        The samples.
    fit : Fit
        A kernel, which gives each wave its variance. The squared-exponential one is given a tail.

    Returns
    -------
    Modes
        In the order of their variance: those of a box of twice the samples' width, or of the period.
    """
    periods = [2.0 if basis.periodic else _PERIOD for basis in cloud.bases]
    counts = [basis.count // 2 for basis in cloud.bases]
    # One of each pair of opposite waves: along the first axis only those that run forwards.
    numbers = [np.arange(0 if axis == 0 else -count, count + 1) for axis, count in enumerate(counts)]
    along = [
        np.asarray(2.0 * math.pi / period * number, dtype=np.float64)
        for number, period in zip(numbers, periods, strict=True)
    ]
    variances = np.zeros([len(number) for number in numbers])
    for share, shorter in _scales(fit):
        densities = [
            spectral_density(fit.kernel, frequency, length / shorter)[0] / period
            for frequency, length, period in zip(along, fit.lengths, periods, strict=True)
        ]
        variances += share * fit.variance * outer(densities)
    twice = np.ones(variances.shape, dtype=bool)
    twice[0] = np.arange(variances[0].size).reshape(variances[0].shape) > variances[0].size // 2
    wanted = twice & (variances * _weight(cloud) > WORTH * fit.noise)
    chosen = np.flatnonzero(wanted)
    chosen = chosen[np.argsort(-variances.flat[chosen], kind="stable")]
    frequencies = np.column_stack(
        [frequency[index] for frequency, index in zip(along, np.unravel_index(chosen, variances.shape), strict=True)]
    )
    return Modes(frequencies, variances.flat[chosen], np.zeros(len(chosen), dtype=np.intp))


def ray(cloud: Cloud, fit: Fit, angle: float, share: float, worth: float = WORTH) -> tuple[Float, Float]:
    """Return the waves that run in one direction, on two axes.

    Parameters
    ----------
    cloud : Cloud
        The samples.
    fit : Fit
        A kernel: that of the profile that runs.
    angle : float
        Of the direction, in the coordinates over the kernel's length scales.
    share : float
        Variance of the profile over that of the field.
    worth : float, default 0.03
        Least prior variance of a wave, over the noise in its coefficient.

    Returns
    -------
    frequencies : numpy.ndarray of shape (k, 2)
        Multiples of one.
    variances : numpy.ndarray of shape (k,)
        Of each coefficient.
    """
    direction = np.array([math.cos(angle), math.sin(angle)]) / np.asarray(fit.lengths)
    periodic = [index for index, basis in enumerate(cloud.bases) if basis.periodic]
    # A box of twice the width in which the samples' profile lies, or a whole number of waves in the period.
    extent = float(abs(direction[periodic[0]])) if periodic else 2.0 * float(np.abs(direction) @ reaches(cloud))
    step = math.pi / max(extent, 1e-9)
    radii: Float = step * np.arange(1.0, math.floor(_RADIUS / step) + 1.0)
    variances = np.zeros(len(radii))
    for part, shorter in _scales(fit):
        density = spectral_density(fit.kernel, radii, 1.0 / shorter)[0]
        variances += part * share * fit.variance * density * step / (2.0 * math.pi)
    wanted = variances * _weight(cloud) > worth * fit.noise
    return radii[wanted, None] * direction, variances[wanted]


def _scales(fit: Fit) -> list[tuple[float, float]]:
    if fit.kernel == "squared-exponential":
        return [(1.0 - _TAIL, 1.0), (_TAIL, _SHORTER)]
    return [(1.0, 1.0)]


def _weight(cloud: Cloud) -> float:
    return float(np.sum(1.0 / cloud.noise))
