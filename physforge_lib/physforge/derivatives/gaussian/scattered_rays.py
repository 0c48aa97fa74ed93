"""Find the directions in which profiles run through scattered samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.evidence import Fit
from physforge.derivatives.gaussian.scattered_cloud import Cloud, plane
from physforge.derivatives.gaussian.scattered_equations import Equations, assemble
from physforge.derivatives.gaussian.scattered_modes import Modes, ray, waves_at
from physforge.derivatives.gaussian.scattered_reweigh import Reweighed, Window, reweigh_waves

#: Directions that are tried, and those between the neighbours of the best one.
_DIRECTIONS, _BETWEEN = 40, 9

#: Most directions that are kept, and the gain of log evidence for which one is.
_MOST, _GAIN = 6, 10.0

#: Variance of a profile, over the field's, and of all that runs in no direction, while directions are sought:
#: little, or it would explain the profiles as well.
_PROFILE, _BACKGROUND = 0.5, 0.02

#: Prior variance of a mode, over the noise in its coefficient, from which it tells directions apart.
_CLEAR = 4.0

#: Steps by which the sizes of the profiles are found after each, and the window: each of them.
_STEPS, _EACH = 2, (Window(100.0),)

#: Most samples among which directions are sought, and most functions in all directions.
_SAMPLES, _FUNCTIONS = 6000, 4000


@dataclass(frozen=True, eq=False)
class _Fan:
    """Normal equations of several directions, each by itself, and with a model's functions."""

    rays: list[tuple[Float, Float]]
    waves: Float
    own: list[Float]
    moments: Float
    crossed: Float


def find_rays(cloud: Cloud, fit: Fit, modes: Modes) -> Modes:
    """Add the directions in which profiles run.

    A sum of profiles, each of which moves at its own speed, has a spectrum on as many lines through the
    origin. One direction after the other is added, the one of the largest gain of evidence.

    Parameters
    ----------
    cloud : Cloud
        Samples on two axes.
    fit : Fit
        The kernel of the profiles.
    modes : Modes
        The waves of the lattice.

    Returns
    -------
    Modes
        Those, of small variance, and the waves of the directions; those of the lattice if there are none.
    """
    some = _thinned(cloud)
    angles = math.pi * (np.arange(_DIRECTIONS) + 0.5) / _DIRECTIONS
    rays = [ray(some, fit, angle, _PROFILE, _CLEAR) for angle in angles]
    if 2 * sum(len(variances) for _, variances in rays) > _FUNCTIONS:
        return modes
    found = Modes(modes.frequencies, _BACKGROUND * modes.variances, modes.groups)
    model = Reweighed(found, assemble(some, found, fit.variance), np.ones(len(found)), fit.noise)
    fan = _fan(some, rays, model.modes)
    for _ in range(_MOST):
        gains = _gains(model, fan)
        best = int(np.argmax(gains))
        if gains[best] < _GAIN:
            break
        fine = angles[best] + math.pi / _DIRECTIONS * np.linspace(-1.0, 1.0, _BETWEEN)
        near = _fan(some, [ray(some, fit, angle, _PROFILE) for angle in fine], model.modes)
        chosen = int(np.argmax(_gains(model, near)))
        found = found.with_ray(*near.rays[chosen])
        model = _extended(model, near, chosen)
        model = reweigh_waves(some, model, fit.lengths, _EACH, _STEPS, drop=False)
        added = near.waves[:, _parts(near.rays)[chosen]]
        fan = replace(fan, crossed=np.vstack([fan.crossed, added.T @ fan.waves]))
    return found if np.any(found.groups) else modes


def _thinned(cloud: Cloud) -> Cloud:
    if len(cloud.values) <= _SAMPLES:
        return cloud
    # The same samples at every call, so that a result can be repeated.
    some = np.sort(np.random.default_rng(0).choice(len(cloud.values), _SAMPLES, replace=False))
    return replace(
        cloud,
        points=tuple(place[some] for place in cloud.points),
        functions=tuple(functions[some] for functions in cloud.functions),
        values=cloud.values[some],
        noise=cloud.noise[some],
    )


def _fan(cloud: Cloud, rays: list[tuple[Float, Float]], modes: Modes) -> _Fan:
    roots = 1.0 / np.sqrt(cloud.noise)
    waves = waves_at(cloud.bases, cloud.points, np.vstack([frequencies for frequencies, _ in rays])) * roots[:, None]
    flat = plane(cloud.bases, cloud.points, (0,) * len(cloud.bases))
    rows = np.hstack([flat, waves_at(cloud.bases, cloud.points, modes.frequencies)]) * roots[:, None]
    own = [waves[:, part].T @ waves[:, part] for part in _parts(rays)]
    return _Fan(rays, waves, own, waves.T @ (roots * cloud.values), rows.T @ waves)


def _parts(rays: Sequence[tuple[Float, Float]]) -> list[slice]:
    ends = np.cumsum([2 * len(variances) for _, variances in rays])
    return [slice(end - 2 * len(variances), end) for end, (_, variances) in zip(ends, rays, strict=True)]


def _gains(model: Reweighed, fan: _Fan) -> Float:
    """Return the gain of log evidence by each direction."""
    from scipy.linalg import solve_triangular

    solution = model.solve()
    white = solve_triangular(solution.lower, solution.roots[:, None] * fan.crossed, lower=True, check_finite=False)
    white /= model.noise
    values = solve_triangular(solution.lower, solution.roots * model.equations.moments, lower=True) / model.noise
    pulls = fan.moments / model.noise - white.T @ values
    gains = []
    for (_, variances), own, part in zip(fan.rays, fan.own, _parts(fan.rays), strict=True):
        roots = np.sqrt(np.repeat(variances, 2))
        precision = (own / model.noise - white[:, part].T @ white[:, part]) * roots * roots[:, None]
        lower = np.linalg.cholesky(precision + np.eye(len(roots)))
        explained = solve_triangular(lower, roots * pulls[part], lower=True)
        gains.append(0.5 * float(explained @ explained) - float(np.sum(np.log(np.diag(lower)))))
    return np.array(gains)


def _extended(model: Reweighed, fan: _Fan, chosen: int) -> Reweighed:
    frequencies, variances = fan.rays[chosen]
    part = _parts(fan.rays)[chosen]
    crossed = fan.crossed[:, part]
    old = model.equations
    gram = np.block([[old.gram, crossed], [crossed.T, fan.own[chosen]]])
    equations = Equations(gram, np.concatenate([old.moments, fan.moments[part]]), old.square, old.size, old.flat)
    factors = np.concatenate([model.factors, np.ones(len(variances))])
    return Reweighed(model.modes.with_ray(frequencies, variances), equations, factors, model.noise)
