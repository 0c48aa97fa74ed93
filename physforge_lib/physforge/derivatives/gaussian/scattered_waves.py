"""Scattered samples of a field that may be made of waves: spectrum and directions from the samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.evidence import Fit
from physforge.derivatives.gaussian.scattered_cloud import Cloud
from physforge.derivatives.gaussian.scattered_modes import Modes, WavePosterior, assemble, lattice
from physforge.derivatives.gaussian.scattered_rays import find_rays
from physforge.derivatives.gaussian.scattered_reweigh import COARSE, FINE, Reweighed, reweigh_waves

#: Most waves of the lattice; the cost goes with the cube of their number.
_MOST = 600

#: Steps before it is seen whether there are directions, and after.
_STEPS = 4

#: Factor of the sd for hyper-parameters that are held, as found on draws of travelling waves.
_WIDER = 1.1

#: Gain of log evidence, over that without them, for which each direction is believed.
_GAIN = 3.0


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
        none where the waves would be too many.
    """
    modes = lattice(cloud, fit)
    if not 0 < len(modes) <= _MOST:
        return ()
    found = _reweighed(cloud, fit, modes, _STEPS)
    if len(cloud.bases) == 2 and sum(basis.periodic for basis in cloud.bases) < 2:
        rays = find_rays(cloud, fit, modes)
        count = int(np.max(rays.groups))
        if count:
            other = _reweighed(cloud, fit, rays, _STEPS)
            if other.solve().evidence > found.solve().evidence + _GAIN * count:
                found = other
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


def _reweighed(cloud: Cloud, fit: Fit, modes: Modes, steps: int) -> Reweighed:
    equations = assemble(cloud, modes, fit.variance)
    start = Reweighed(modes, equations, np.ones(len(modes)), fit.noise)
    return reweigh_waves(cloud, start, fit.lengths, FINE, steps)
