"""Differentiate scattered samples: fit, choose between two posteriors, average the kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.evidence import Fit
from physforge.derivatives.gaussian.kernels import KERNELS, Kernel
from physforge.derivatives.gaussian.scattered_basis import Projection, functions_wanted, project_cloud
from physforge.derivatives.gaussian.scattered_blocks import Blocks, choose_blocks
from physforge.derivatives.gaussian.scattered_cloud import Cloud, cloud_of
from physforge.derivatives.gaussian.scattered_equations import WavePosterior
from physforge.derivatives.gaussian.scattered_local import Neighbourhoods
from physforge.derivatives.gaussian.scattered_search import Room, maximise
from physforge.derivatives.gaussian.scattered_waves import wave_moments, wave_posteriors
from physforge.derivatives.method import Estimate, Orders
from physforge.derivatives.points import Places, Points

#: Kernel that is fitted first, from several starts; the others start from its result.
_FIRST: Kernel = "matern-5/2"

#: Length scales from which the search starts, and the noise's variance there.
_STARTS, _FIRST_NOISE = (0.5, 0.1), 0.03

#: Blocks of samples from which the hyper-parameters are first found.
_BLOCKS = 8

#: Loss of log evidence in the blocks, over the best kernel's, beyond which a kernel is left out.
_BEHIND = 6.0

#: Kernels of less evidence than this share are left out of the average.
_LEAST = 0.02

#: Most tensor functions; beyond, neighbourhoods cost less and tell more.
_MOST = 1200

#: Functions beyond those wanted, as a fraction and a number; and times that a basis may grow.
_MARGIN, _GROWTHS = (1.3, 20), 3

#: Neighbours for each axis and one more, most of them, and how many for each independent detail.
_NEIGHBOURS, _MOST_NEIGHBOURS, _PER_DETAIL = 24, 160, 30


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A kernel with the posterior that suits it."""

    fit: Fit
    posterior: Projection | Neighbourhoods

    def describe(self) -> str:
        if isinstance(self.posterior, Projection):
            return f"{len(self.posterior.moments)} functions"
        return f"{self.posterior.count} neighbours"


def differentiate_points(
    points: Points, orders: Sequence[Orders], kernels: Sequence[Kernel], places: Places | None = None
) -> list[Estimate]:
    """Differentiate scattered samples by a Gaussian process.

    The prior is that of a grid. Its hyper-parameters are first sought in blocks of the samples. Where
    the tensor functions that matter are no more than 1200, everything is conditioned on through them, and the
    hyper-parameters are found again from all samples; else each place is conditioned on its nearest samples.
    On several axes, waves take the place of the tensor functions where they describe the field better: their
    variances, and directions in which profiles run, are found from the samples.

    Parameters
    ----------
    points : Points
        The samples.
    orders : sequence of tuple of int
        What is wanted; all zeros stands for the smoothed field.
    kernels : sequence of str
        Kernels to average by their evidence.
    places : Places, optional
        Where; the default is at the samples, missing ones included.

    Returns
    -------
    list of Estimate
        One for each of `orders`, of the shape of the places.
    """
    cloud = cloud_of(points)
    shares = _shares(_candidates(cloud, kernels))
    wanted = points.coordinates if places is None else places.coordinates
    flat = tuple(coordinate.ravel() for coordinate in wanted)
    best = max(shares, key=lambda one: one[1])[0]
    waves = wave_posteriors(cloud, best.fit) if len(flat) > 1 and isinstance(best.posterior, Projection) else ()
    how = "Gaussian process on scattered samples ("
    if waves:
        moments = [(1.0, wave_moments(waves, flat, list(orders)))]
        how += _describe(best.fit, waves[0])
    else:
        moments = [
            (share, candidate.posterior.derivatives(candidate.fit, flat, list(orders))) for candidate, share in shares
        ]
        how += ", ".join(f"{candidate.fit.kernel} {share:.0%} by {candidate.describe()}" for candidate, share in shares)
    estimates = []
    for index, order in enumerate(orders):
        mean, variance = _average([(share, *results[index]) for share, results in moments])
        unit, offset = cloud.unit(order), 0.0 if any(order) else cloud.offset
        shape = wanted[0].shape
        value, sd = (unit * mean + offset).reshape(shape), (unit * np.sqrt(variance)).reshape(shape)
        estimates.append(Estimate(value, sd, how + ")"))
    return estimates


def _describe(fit: Fit, posterior: WavePosterior) -> str:
    groups = posterior.modes.groups
    directions = len(np.unique(groups[groups > 0]))
    waves = f"{len(groups)} waves reweighed from {fit.kernel}"
    return f"{waves}, some along {directions} directions" if directions else waves


def _candidates(cloud: Cloud, kernels: Sequence[Kernel]) -> list[_Candidate]:
    blocks = choose_blocks(cloud, _BLOCKS)
    room = Room(blocks.size, cloud.known, 40)
    fits = _fit_blocks(blocks, kernels, room)
    best = max(fit.evidence for fit in fits)
    kept = [fit for fit in fits if fit.evidence > best - _BEHIND]
    if all(functions_wanted(cloud, fit) <= _MOST for fit in kept):
        return [_refined(cloud, fit) for fit in kept]
    # A sum over some of the blocks speaks for all samples in proportion.
    whole = len(cloud.values) / blocks.size
    candidates = []
    for fit in kept:
        count = functions_wanted(cloud, fit)
        posterior: Projection | Neighbourhoods = Neighbourhoods(cloud, _neighbours(cloud, count))
        candidates.append(_Candidate(replace(fit, evidence=whole * fit.evidence), posterior))
    return candidates


def _fit_blocks(blocks: Blocks, kernels: Sequence[Kernel], room: Room) -> list[Fit]:
    first = _FIRST if _FIRST in kernels else kernels[0]
    axes = len(blocks.cloud.bases)
    noise = 1.0 if blocks.cloud.known else _FIRST_NOISE
    starts = [Fit(first, (length,) * axes, 1.0, noise, 0.0) for length in _STARTS]
    # One step of the likelihood is enough to tell the better start.
    start = max(starts, key=lambda fit: blocks.log_evidence(fit)[0])
    found = maximise(blocks.log_evidence, start, room)
    fits = [found]
    for kernel in sorted(kernels, key=KERNELS.index):
        rougher = KERNELS.index(kernel) > KERNELS.index(first)
        # Where a smoother kernel than the first is far better, a rougher one is far worse.
        if kernel != first and not (rougher and max(fit.evidence for fit in fits) > found.evidence + _BEHIND):
            fits.append(maximise(blocks.log_evidence, replace(found, kernel=kernel), room))
    return fits


def _refined(cloud: Cloud, fit: Fit) -> _Candidate:
    """Fit to all samples, in a basis that grows with what is found."""
    room = Room(len(cloud.values), cloud.known, 15)
    wanted = functions_wanted(cloud, fit)
    for _ in range(_GROWTHS):
        count = min(int(_MARGIN[0] * wanted) + _MARGIN[1], _MOST)
        projection = project_cloud(cloud, fit, count)
        fit = maximise(projection.log_evidence, fit, room)
        wanted = functions_wanted(cloud, fit)
        if wanted <= count or count == _MOST:
            break
    return _Candidate(fit, projection)


def _neighbours(cloud: Cloud, details: int) -> int:
    size = len(cloud.values)
    count = max(_NEIGHBOURS * (len(cloud.bases) + 1), _PER_DETAIL * size // details)
    return min(size, count, _MOST_NEIGHBOURS)


def _shares(candidates: Sequence[_Candidate]) -> list[tuple[_Candidate, float]]:
    most = max(candidate.fit.evidence for candidate in candidates)
    shares = [float(np.exp(candidate.fit.evidence - most)) for candidate in candidates]
    kept = [
        (candidate, share) for candidate, share in zip(candidates, shares, strict=True) if share > _LEAST * sum(shares)
    ]
    total = sum(share for _, share in kept)
    return [(candidate, share / total) for candidate, share in kept]


def _average(moments: Sequence[tuple[float, Float, Float]]) -> tuple[Float, Float]:
    mean = sum((share * value for share, value, _ in moments), np.zeros(()))
    # What the kernels disagree about is uncertain too.
    variance = sum((share * (spread + (value - mean) ** 2) for share, value, spread in moments), np.zeros(()))
    return mean, variance
