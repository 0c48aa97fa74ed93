"""Plane waves in any direction as modes of a field at scattered points, with their normal equations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.basis import Basis
from physforge.derivatives.gaussian.evidence import Fit, outer
from physforge.derivatives.gaussian.kernels import spectral_density
from physforge.derivatives.gaussian.scattered_blocks import Indices
from physforge.derivatives.gaussian.scattered_cloud import Cloud, plane, positions

#: Half-width of the samples, and length after which the modes of the lattice repeat, in standardised coordinates.
_REACH, _PERIOD = 0.75, 3.0

#: Share of the prior variance in which the scale of a squared-exponential kernel is shorter, and by how much:
#: few fields have a spectrum that ends as sharply as its own does.
_TAIL, _SHORTER = 0.02, 1.4

#: Prior variance of a mode, over the noise in its coefficient, from which it is wanted.
WORTH = 0.03

#: Largest frequency of a ray, over the kernel's inverse length.
_RADIUS = 8.0

#: Points that are treated at a time, to bound memory.
_CHUNK = 4096


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


@dataclass(frozen=True, eq=False)
class Equations:
    """Normal equations of a plane, which comes first, and of modes, a cosine and a sine of each.

    Parameters
    ----------
    gram : numpy.ndarray of shape (p + 2 k, p + 2 k)
        Products of the functions over the samples, each sample divided by its `Cloud.noise`.
    moments : numpy.ndarray of shape (p + 2 k,)
        Products of the functions with the values.
    square : float
        Sum of squares of the values.
    size : int
        Number of samples.
    flat : float
        Prior variance of the functions of the plane.
    """

    gram: Float
    moments: Float
    square: float
    size: int
    flat: float

    def solve(self, variances: Float, noise: float) -> Solution:
        """Condition the modes on the samples.

        Parameters
        ----------
        variances : numpy.ndarray of shape (k,)
            Their prior variances.
        noise : float
            Variance of the noise, over `Cloud.noise`.

        Returns
        -------
        Solution
            Of the functions in units of their prior sd.
        """
        from scipy.linalg import lapack

        planes = len(self.moments) - 2 * len(variances)
        roots = np.sqrt(np.concatenate([np.full(planes, self.flat), np.repeat(variances, 2)]))
        scaled = roots / math.sqrt(noise)
        precision = self.gram * scaled
        precision *= scaled[:, None]
        precision.flat[:: len(scaled) + 1] += 1.0
        lower, failed = lapack.dpotrf(precision, lower=1, overwrite_a=1)
        if failed:
            raise np.linalg.LinAlgError("The normal equations are not positive definite.")
        means = lapack.dpotrs(lower, roots * self.moments / noise, lower=1)[0]
        explained = float((roots * means) @ self.moments)
        volume = 2.0 * float(np.sum(np.log(np.diag(lower)))) + self.size * math.log(2.0 * math.pi * noise)
        return Solution(roots, lower, means, -0.5 * ((self.square - explained) / noise + volume))

    def kept(self, which: Indices, count: int) -> Equations:
        """Return the equations of the plane and some of `count` modes."""
        planes = len(self.moments) - 2 * count
        columns = np.concatenate([np.arange(planes), (planes + 2 * which[:, None] + np.arange(2)).ravel()])
        return Equations(self.gram[np.ix_(columns, columns)], self.moments[columns], self.square, self.size, self.flat)


@dataclass(frozen=True, eq=False)
class Solution:
    """What the samples say of the functions.

    Parameters
    ----------
    roots : numpy.ndarray of shape (m,)
        Prior sd of each function.
    lower : numpy.ndarray of shape (m, m)
        Factor of the precision, in units of the prior.
    means : numpy.ndarray of shape (m,)
        Posterior means over the prior sd.
    evidence : float
        Logarithm of the marginal likelihood, but for the sum of the logarithms of `Cloud.noise`.
    """

    roots: Float
    lower: Float
    means: Float
    evidence: float

    def left(self) -> Float:
        """Return the share of its prior variance that each function keeps."""
        from scipy.linalg import lapack

        return np.asarray(np.diag(lapack.dpotri(self.lower, lower=1)[0]))


@dataclass(frozen=True, eq=False)
class WavePosterior:
    """Modes with what the samples say of them."""

    cloud: Cloud
    modes: Modes
    solution: Solution

    def derivatives(
        self, points: tuple[Float, ...], orders: list[tuple[int, ...]], *, spread: bool = True
    ) -> list[tuple[Float, Float]]:
        """Return derivatives at some points.

        Parameters
        ----------
        points : tuple of numpy.ndarray of shape (n,)
            Places, in the coordinates' own units.
        orders : list of tuple of int
            What is wanted, in standardised coordinates.
        spread : bool, default True
            Whether variances are wanted, at ten times the cost; they are zero without.

        Returns
        -------
        list of (mean, variance)
            Each of shape (n,).
        """
        from scipy.linalg import solve_triangular

        lower, results = self.solution.lower, [(np.empty(len(points[0])), np.zeros(len(points[0]))) for _ in orders]
        for start in range(0, len(points[0]), _CHUNK):
            part = slice(start, start + _CHUNK)
            places = tuple(place[part] for place in points)
            waves = waves_at(self.cloud.bases, places, self.modes.frequencies)
            for (mean, variance), wanted in zip(results, orders, strict=True):
                turned = derived(waves, self.modes.frequencies, wanted)
                rows = np.hstack([plane(self.cloud.bases, places, wanted), turned]) * self.solution.roots
                mean[part] = rows @ self.solution.means
                if spread:
                    white = solve_triangular(lower, rows.T, lower=True, check_finite=False, overwrite_b=True)
                    variance[part] = np.einsum("ij,ij->j", white, white)
        return results


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


def assemble(cloud: Cloud, modes: Modes, flat: float) -> Equations:
    """Sum the normal equations over the samples.

    Parameters
    ----------
    cloud : Cloud
        The samples.
    modes : Modes
        The waves.
    flat : float
        Prior variance of the plane.

    Returns
    -------
    Equations
        Of the plane and the modes.
    """
    gram, moments, square = np.zeros(()), np.zeros(()), 0.0
    for places, roots, values in _chunks(cloud):
        rows = np.hstack(
            [plane(cloud.bases, places, (0,) * len(places)), waves_at(cloud.bases, places, modes.frequencies)]
        )
        rows *= roots[:, None]
        gram, moments = gram + rows.T @ rows, moments + rows.T @ (roots * values)
        square += float(np.sum((roots * values) ** 2))
    return Equations(gram, moments, square, len(cloud.values), flat)


def _chunks(cloud: Cloud) -> list[tuple[tuple[Float, ...], Float, Float]]:
    """Return places, inverse sd of the noise and values, some samples at a time."""
    parts = [slice(start, start + _CHUNK) for start in range(0, len(cloud.values), _CHUNK)]
    return [
        (tuple(place[part] for place in cloud.points), 1.0 / np.sqrt(cloud.noise[part]), cloud.values[part])
        for part in parts
    ]


def _scales(fit: Fit) -> list[tuple[float, float]]:
    if fit.kernel == "squared-exponential":
        return [(1.0 - _TAIL, 1.0), (_TAIL, _SHORTER)]
    return [(1.0, 1.0)]


def _weight(cloud: Cloud) -> float:
    return float(np.sum(1.0 / cloud.noise))
