"""Scattered samples of a field that may be made of waves: spectrum and directions from the samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.evidence import Fit
from physforge.derivatives.gaussian.scattered_cloud import Cloud
from physforge.derivatives.gaussian.scattered_equations import WavePosterior, assemble
from physforge.derivatives.gaussian.scattered_modes import Modes, lattice
from physforge.derivatives.gaussian.scattered_rays import find_rays
from physforge.derivatives.gaussian.scattered_reweigh import COARSE, FINE, Reweighed, reweigh_waves

#: Most waves of the lattice; the cost goes with the cube of their number.
_MOST = 600

#: Steps before it is seen whether there are directions, and after.
_STEPS = 4

#: Factor of the sd for hyper-parameters that are held, as found on draws of travelling waves.
_WIDER = 1.1

#: Gain of log evidence for which each direction is believed; and that for which variances of their own are, for each
#: function that the samples determine. Bumps that stay gain up to 0.2, waves and modes that decay from 0.26.
_GAIN, _CHANCE = 3.0, 0.23


def wave_posteriors(cloud: Cloud, fit: Fit) -> tuple[WavePosterior, ...]:
    """Condition waves on samples, with their variances found from these.

    Parameters
    ----------
    cloud : Cloud
        Samples on several axes.
    fit : Fit
        The kernel from which the variances start.

    Returns
    -------
    tuple of WavePosterior
        Two that the samples can hardly tell apart, with variances from narrow and from wider windows;
        none where the waves would be too many, or the kernel describes the field as well.
    """
    try:
        return _posteriors(cloud, fit)
    except np.linalg.LinAlgError:
        # Round-off outweighs the noise; without noise the kernel is as good.
        return ()


def _posteriors(cloud: Cloud, fit: Fit) -> tuple[WavePosterior, ...]:
    modes = lattice(cloud, fit)
    if not 0 < len(modes) <= _MOST:
        return ()
    start = _start(cloud, fit, modes)
    found = reweigh_waves(cloud, start, fit.lengths, FINE, _STEPS)
    before, evidence = start.solve(), found.solve().evidence
    # With as many variances as waves, some gain is chance.
    better = evidence > before.evidence + _CHANCE * float(np.sum(1.0 - before.left()))
    if len(cloud.bases) == 2 and sum(basis.periodic for basis in cloud.bases) < 2:
        rays = find_rays(cloud, fit, modes)
        count = int(np.max(rays.groups))
        if count:
            other = reweigh_waves(cloud, _start(cloud, fit, rays), fit.lengths, FINE, _STEPS)
            if other.solve().evidence > evidence + _GAIN * count:
                found, better = other, True
    if not better:
        return ()
    fine = reweigh_waves(cloud, found, fit.lengths, FINE, _STEPS)
    coarse = reweigh_waves(cloud, found, fit.lengths, COARSE, _STEPS)
    return tuple(WavePosterior(cloud, one.modes, one.solve()) for one in (fine, coarse))


def wave_moments(
    posteriors: Sequence[WavePosterior], points: tuple[Float, ...], orders: list[tuple[int, ...]]
) -> list[tuple[Float, Float]]:
    """Return derivatives, averaged over what `wave_posteriors` returns.

    Parameters
    ----------
    posteriors : sequence of WavePosterior
        Two of them.
    points : tuple of numpy.ndarray of shape (n,)
        Places, in the coordinates' own units.
    orders : list of tuple of int
        What is wanted, in standardised coordinates.

    Returns
    -------
    list of (mean, variance)
        Each of shape (n,). The variance is that of the first, with what they disagree about, and with what is left
        open by hyper-parameters that are not averaged over.
    """
    first, second = posteriors
    others = second.derivatives(points, orders, spread=False)
    return [
        (0.5 * (mean + other), _WIDER**2 * (variance + 0.25 * (mean - other) ** 2))
        for (mean, variance), (other, _) in zip(first.derivatives(points, orders), others, strict=True)
    ]


def _start(cloud: Cloud, fit: Fit, modes: Modes) -> Reweighed:
    return Reweighed(modes, assemble(cloud, modes, fit.variance), np.ones(len(modes)), fit.noise)
