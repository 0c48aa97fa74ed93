"""Find the prior variance of each wave at scattered points again, from the waves around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.scattered_cloud import Cloud
from physforge.derivatives.gaussian.scattered_equations import Equations, Solution
from physforge.derivatives.gaussian.scattered_modes import Modes, reaches

#: Prior variance of a mode, over the noise in its coefficient, below which it is dropped.
_DROP = 3e-3

#: Least factor by which a variance can change, so that it can come back.
_LEAST = 1e-8


@dataclass(frozen=True)
class Window:
    """Modes whose variances are taken to differ from the prior by the same factor.

    Parameters
    ----------
    count : float
        Modes that the factor of the next wider window counts for.
    radial : float, default infinity
        Sd of the distance of two waves' frequencies from the origin, over the kernel's inverse lengths.
    across, along : float, default infinity
        Sd of their distance, at right angles to the frequency and in its direction. The unit is that of half
        a wave in the half-width of the samples, less than which they cannot tell.
    """

    count: float
    radial: float = math.inf
    across: float = math.inf
    along: float = math.inf


#: From wide to narrow: how much there is at all, how rough it is, which way it runs, which waves there are.
FINE = (Window(0.3), Window(0.3, radial=0.3), Window(0.3, across=0.2, along=2.0), Window(0.3, across=0.1, along=0.5))
COARSE = (Window(0.3), Window(0.3, radial=0.5), Window(1.0, across=0.1, along=0.5))


@dataclass(frozen=True, eq=False)
class Reweighed:
    """Modes with the variances that the samples give them.

    Parameters
    ----------
    modes : Modes
        Those that are left, with their prior variances.
    equations : Equations
        Theirs.
    factors : numpy.ndarray of shape (k,)
        By which their variances differ from the prior ones.
    noise : float
        Variance of the noise.
    """

    modes: Modes
    equations: Equations
    factors: Float
    noise: float

    def solve(self) -> Solution:
        """Condition the modes on the samples."""
        return self.equations.solve(self.factors * self.modes.variances, self.noise)


def reweigh_waves(
    cloud: Cloud,
    start: Reweighed,
    lengths: Sequence[float],
    windows: Sequence[Window],
    steps: int,
    *,
    drop: bool = True,
) -> Reweighed:
    """Find the variances of waves again.

    A kernel that is a product over the axes gives waves that run and waves that do not the same variance, and
    a broad spectrum to a field of a few frequencies. Within a window all variances differ from the kernel's
    by one factor, the most probable one given the wider window's; the windows go from wide to narrow, so
    that a wave which the noise hides has the variance of those like it.

    Parameters
    ----------
    cloud : Cloud
        The samples.
    start : Reweighed
        Where to start.
    lengths : sequence of float
        Length scales of the kernel.
    windows : sequence of Window
        From wide to narrow.
    steps : int
        Number of steps.
    drop : bool, default True
        Whether modes that do not matter are left out.

    Returns
    -------
    Reweighed
        With the variances found.

    References
    ----------
    D. J. C. MacKay, Bayesian interpolation, Neural Computation 4 (1992) 415-447, equation 4.8
    (the update), with groups of modes instead of all.
    """
    modes, equations, factors, noise = start.modes, start.equations, start.factors, start.noise
    weight = float(np.sum(1.0 / cloud.noise))
    smooth = [_weights(cloud, modes, lengths, window) for window in windows]
    for _ in range(steps):
        solution = equations.solve(factors * modes.variances, noise)
        left = solution.left()
        planes = len(left) - 2 * len(modes)
        known = _paired(1.0 - left, planes)
        squares = factors * _paired(solution.means**2, planes)
        factors = np.ones(len(modes))
        for window, near in zip(windows, smooth, strict=True):
            factors = (near @ squares + window.count * factors) / (near @ known + window.count)
        factors = np.maximum(factors, _LEAST)
        if not cloud.known:
            noise = _noise(equations, solution, left)
        which = np.flatnonzero(factors * modes.variances * weight > _DROP * noise)
        if drop and len(which) < 0.9 * len(modes):
            equations, modes, factors = equations.kept(which, len(modes)), modes.kept(which), factors[which]
            smooth = [near[np.ix_(which, which)] for near in smooth]
    return Reweighed(modes, equations, factors, noise)


def _paired(values: Float, planes: int) -> Float:
    return np.asarray(0.5 * (values[planes::2] + values[planes + 1 :: 2]))


def _noise(equations: Equations, solution: Solution, left: Float) -> float:
    means = solution.roots * solution.means
    rest = equations.square - 2.0 * float(means @ equations.moments) + float(means @ equations.gram @ means)
    free = equations.size - float(np.sum(1.0 - left))
    return max(rest / max(free, 1.0), 1e-12)


def _weights(cloud: Cloud, modes: Modes, lengths: Sequence[float], window: Window) -> Float:
    """Return how much each mode counts for each, summing to the number of independent ones."""
    near = np.equal(modes.groups[:, None], modes.groups).astype(np.float64)
    if math.isfinite(window.radial):
        radii = np.linalg.norm(modes.frequencies * np.asarray(lengths), axis=1)
        near *= np.exp(-0.5 * ((radii - radii[:, None]) / window.radial) ** 2)
    if math.isfinite(window.across):
        near *= _beside(modes.frequencies * reaches(cloud) / math.pi, window)
    near /= np.sum(near, axis=1, keepdims=True)
    return np.asarray(near / np.sum(near**2, axis=1, keepdims=True))


def _beside(places: Float, window: Window) -> Float:
    """Return the weights of modes by their distance, a wave and the opposite one being the same."""
    radii = np.linalg.norm(places, axis=1)
    directions = places / radii[:, None]
    dot = directions @ places.T
    across = np.maximum(radii**2 - dot**2, 0.0) / window.across**2
    forwards, backwards = (((sign * dot - radii[:, None]) / window.along) ** 2 for sign in (1.0, -1.0))
    return np.asarray(np.exp(-0.5 * (forwards + across)) + np.exp(-0.5 * (backwards + across)))
