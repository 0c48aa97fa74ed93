"""Composite likelihood: the evidence of some blocks of the samples, taken as independent."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.evidence import Fit
from physforge.derivatives.gaussian.scattered_cloud import Cloud, plane, positions

Indices = npt.NDArray[np.intp]

#: Evidence of hyper-parameters for which a covariance cannot be factored.
IMPOSSIBLE = -1e9

#: Most samples in a block.
_SIZE = 200


@dataclass(frozen=True, eq=False)
class Blocks:
    """Some of the samples, in blocks.

    Half of the blocks hold neighbours, which tell the noise from short length scales; the
    others are drawn from everywhere, which tells long ones. Their number bounds the cost.

    Parameters
    ----------
    cloud : Cloud
        All samples.
    members : tuple of numpy.ndarray
        The samples of each block.

    References
    ----------
    C. Varin, N. Reid and D. Firth, An overview of composite likelihood methods,
    Statistica Sinica 21 (2011) 5-42.
    """

    cloud: Cloud
    members: tuple[Indices, ...]

    @property
    def size(self) -> int:
        """Number of samples in all blocks."""
        return sum(len(block) for block in self.members)

    def log_evidence(self, fit: Fit) -> tuple[float, Float]:
        """Return the sum of the blocks' log evidence and its gradient.

        Parameters
        ----------
        fit : Fit
            The hyper-parameters.

        Returns
        -------
        value : float
            For natural logarithms.
        gradient : numpy.ndarray of shape (d + 2,)
            In the logarithms of the lengths, the prior variance and the noise's variance.
        """
        weights = self.cloud.weights(fit.kernel, fit.lengths)
        value, gradient = 0.0, np.zeros(len(weights) + 2)
        for block in self.members:
            evidence, slope = _evidence(self.cloud, block, weights, fit)
            value, gradient = value + evidence, gradient + slope
        return value, gradient


def choose_blocks(cloud: Cloud, most: int) -> Blocks:
    """Divide samples into blocks.

    Parameters
    ----------
    cloud : Cloud
        The samples.
    most : int
        Most blocks.

    Returns
    -------
    Blocks
        One with everything, if there is little; else half of neighbours, half of distant ones.
    """
    places = positions(cloud.bases, cloud.points)
    halves = _halved(places, np.arange(len(places)))
    if len(halves) == 1:
        return Blocks(cloud, tuple(halves))
    # The same blocks at every call, so that a result can be repeated.
    rng = np.random.default_rng(0)
    kept = max(1, min(most, len(halves)) // 2)
    near = [halves[index] for index in rng.permutation(len(halves))[:kept]]
    rest = rng.permutation(np.setdiff1d(np.arange(len(places)), np.concatenate(near)))
    size = len(halves[0])
    far = [rest[start * size : (start + 1) * size] for start in range(min(kept, len(rest) // size))]
    return Blocks(cloud, (*near, *far))


def _halved(places: Float, members: Indices) -> list[Indices]:
    if len(members) <= _SIZE:
        return [members]
    widest = int(np.argmax(np.ptp(places[members], axis=0)))
    ordered = members[np.argsort(places[members, widest], kind="stable")]
    middle = len(ordered) // 2
    return _halved(places, ordered[:middle]) + _halved(places, ordered[middle:])


def _evidence(cloud: Cloud, block: Indices, weights: list[tuple[Float, Float]], fit: Fit) -> tuple[float, Float]:
    from scipy.linalg import lapack

    values, own = cloud.values[block], fit.noise * cloud.noise[block]
    rows = [functions[block] for functions in cloud.functions]
    factors = [(row * weight) @ row.T for row, (weight, _) in zip(rows, weights, strict=True)]
    flat = plane(cloud.bases, tuple(place[block] for place in cloud.points), (0,) * len(rows))
    prior = fit.variance * (np.prod(factors, axis=0) + flat @ flat.T)
    lower, failed = lapack.dpotrf(prior + np.diag(own), lower=1)
    if failed:
        return IMPOSSIBLE, np.zeros(len(rows) + 2)
    solved = lapack.dpotrs(lower, values, lower=1)[0]
    volume = 2.0 * float(np.sum(np.log(np.diag(lower)))) + len(block) * math.log(2.0 * math.pi)
    inverse = np.tril(lapack.dpotri(lower, lower=1)[0])
    pull = np.outer(solved, solved) - inverse - np.tril(inverse, -1).T
    gradient = np.empty(len(rows) + 2)
    for index, (row, (_, change)) in enumerate(zip(rows, weights, strict=True)):
        others = [factor for other, factor in enumerate(factors) if other != index]
        gradient[index] = fit.variance * np.vdot(pull, np.prod([(row * change) @ row.T, *others], axis=0))
    gradient[-2] = np.vdot(pull, prior)
    gradient[-1] = own @ np.diag(pull)
    return -0.5 * (float(values @ solved) + volume), 0.5 * gradient
