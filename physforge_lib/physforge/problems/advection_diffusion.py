"""Advection and diffusion of a pulse on a ring, exact."""

from __future__ import annotations

import numpy as np

from physforge.equations import Equation
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray

SPEED = 1.0
DIFFUSIVITY = 0.1

#: Variance of each pulse at the start, and where it is.
_PULSES = ((1.0, 0.25, -4.0), (0.6, 0.6, 1.0))

_X = Axis(-8.0, 8.0, 128, periodic=True)


def solve(x: FloatArray, t: FloatArray) -> FloatArray:
    """Evaluate the solution.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Position.
    t : numpy.ndarray, shape (m,)
        Time.

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
    for amplitude, variance, start in _PULSES:
        spread = variance + 2 * DIFFUSIVITY * t[:, None]
        height = amplitude * np.sqrt(variance / spread)
        distance = (x - start - SPEED * t[:, None] + period / 2) % period - period / 2
        for image in range(-3, 4):
            u += height * np.exp(-((distance + image * period) ** 2) / (2 * spread))
    return u


def problem() -> PeriodicProblem:
    """Return the problem.

    Returns
    -------
    PeriodicProblem
        With the data's domain.
    """
    return PeriodicProblem(
        name="advection-diffusion",
        title="Advection and diffusion of two pulses on a ring",
        equation=Equation.from_terms("u_t", {"u_x": -SPEED, "u_xx": DIFFUSIVITY}),
        x=_X,
        t=Axis(0.0, 6.0, 121),
        solution=solve,
        accuracy=1e-13,
        source="Exact solution, Gaussian pulses that move and spread",
        citation="crank1975",
    )
