"""Advection and diffusion of a pulse on a ring, exact."""

from __future__ import annotations

from functools import partial

import numpy as np

from physforge.equations import Equation
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray

SPEED = 1.0
DIFFUSIVITY = 0.1

#: Height and variance of each pulse at the start, and where it is.
_Pulses = tuple[tuple[float, float, float], ...]
_PULSES: _Pulses = ((1.0, 0.25, -4.0), (0.6, 0.6, 1.0))

_X = Axis(-8.0, 8.0, 128, periodic=True)


def solve(x: FloatArray, t: FloatArray, pulses: _Pulses = _PULSES) -> FloatArray:
    """Evaluate the solution.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Position.
    t : numpy.ndarray, shape (m,)
        Time.
    pulses : tuple of (float, float, float)
        Height and variance of each pulse at the start, and where it is.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        Exact to round-off.

    Notes
    -----
    A Gaussian keeps its mass while its variance grows by ``2 D t``. On a ring its images
    one, two and three periods away are added.
    """
    period = _X.stop - _X.start
    u = np.zeros((t.size, x.size))
    for amplitude, variance, start in pulses:
        spread = variance + 2 * DIFFUSIVITY * t[:, None]
        height = amplitude * np.sqrt(variance / spread)
        distance = (x - start - SPEED * t[:, None] + period / 2) % period - period / 2
        for image in range(-3, 4):
            u += height * np.exp(-((distance + image * period) ** 2) / (2 * spread))
    return u


def _drawn(rng: np.random.Generator) -> _Pulses:
    return tuple(
        (float(rng.uniform(0.5, 1.2)), float(rng.uniform(0.25, 0.6)), float(rng.uniform(_X.start, _X.stop)))
        for _ in range(2)
    )


def problem(seed: int | None = None) -> PeriodicProblem:
    """Return the problem.

    Parameters
    ----------
    seed : int, optional
        Draws a fresh initial state.

    Returns
    -------
    PeriodicProblem
        With the data's domain.
    """
    pulses = _PULSES if seed is None else _drawn(np.random.default_rng(seed))
    return PeriodicProblem(
        seed=seed,
        name="advection-diffusion",
        title="Advection and diffusion of two pulses on a ring",
        equation=Equation.from_terms("u_t", {"u_x": -SPEED, "u_xx": DIFFUSIVITY}),
        x=_X,
        t=Axis(0.0, 6.0, 121),
        solution=partial(solve, pulses=pulses),
        accuracy=1e-13,
        source="Exact solution, Gaussian pulses that move and spread",
        citation="crank1975",
    )
