"""Maximise a marginal likelihood over the logarithms of the hyper-parameters."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.evidence import Fit
from physforge.derivatives.gaussian.kernels import Kernel

#: Range of the length scales over the half-width, of the prior variance and of that of the
#: noise, both over the samples' variance.
_LENGTHS, _VARIANCES, _NOISES = (2e-3, 20.0), (1e-6, 1e8), (1e-12, 4.0)

#: Change of the evidence at which the search ends. A tenth of a natural logarithm is far
#: below what the samples can tell.
_TOLERANCE = 0.03

#: Number of samples over the square of which the noise is known better than the rest.
_ALIKE = 30.0

#: First step, in the logarithms.
_STEP = 0.5

Likelihood = Callable[[Fit], tuple[float, Float]]


@dataclass(frozen=True)
class Room:
    """What a search may change.

    Parameters
    ----------
    size : int
        Number of samples.
    known : bool
        Whether the noise is kept at 1.
    steps : int
        Most steps.
    """

    size: int
    known: bool
    steps: int


def maximise(likelihood: Likelihood, start: Fit, room: Room) -> Fit:
    """Find the hyper-parameters of the largest evidence near a start.

    Parameters
    ----------
    likelihood : callable
        From hyper-parameters to the evidence and its gradient in the logarithms of the lengths,
        the prior variance and the noise's variance.
    start : Fit
        Where to start, and the kernel.
    room : Room
        What may be changed.

    Returns
    -------
    Fit
        The best one found, with its evidence.
    """
    from scipy.optimize import minimize

    bounds = np.log([_LENGTHS] * len(start.lengths) + [_VARIANCES, (1.0, 1.0) if room.known else _NOISES])
    # All samples speak of the noise, far fewer modes of the rest: alike curvatures save steps.
    units = np.ones(len(bounds))
    units[-1] = max(1.0, math.sqrt(room.size) / _ALIKE)

    first = np.clip(np.log([*start.lengths, start.variance, start.noise]), bounds[:, 0], bounds[:, 1])
    value, gradient = likelihood(_fit(start.kernel, first))
    # The search's first step is the gradient: scaled so, it changes no scale by more than a factor of e or so.
    scale = _STEP / max(float(np.linalg.norm(gradient / units)), _STEP)
    size = max(abs(value), 1.0)

    def negative(scaled: Float) -> tuple[float, Float]:
        value, gradient = likelihood(_fit(start.kernel, scaled / units))
        return -scale * value, -scale * gradient / units

    found = minimize(
        negative,
        first * units,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds * units[:, None],
        options={"maxiter": room.steps, "ftol": _TOLERANCE / size, "gtol": 0.0},
    )
    return _fit(start.kernel, found.x / units, -float(found.fun) / scale)


def _fit(kernel: Kernel, parameters: Float, evidence: float = 0.0) -> Fit:
    *lengths, variance, noise = np.exp(parameters)
    return Fit(kernel, tuple(float(length) for length in lengths), float(variance), float(noise), evidence)
