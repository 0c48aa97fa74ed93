"""Wave equation on a ring: pulses that run both ways, exact by d'Alembert."""

from __future__ import annotations

import numpy as np

from physforge.equations import Equation
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray

SPEED = 1.5

#: Height, width and place of each pulse at the start, and which way it runs.
_PULSES = ((1.0, 1.0, -3.0, 1), (0.7, 0.8, 4.0, -1), (-0.4, 1.2, 0.0, -1))

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
    d'Alembert's solution [dalembert1747]_: any shape runs at `SPEED`, unchanged, either way.
    """
    period = _X.stop - _X.start
    u = np.zeros((t.size, x.size))
    for height, width, start, way in _PULSES:
        distance = (x - start - way * SPEED * t[:, None] + period / 2) % period - period / 2
        # The images keep the seam smooth; further ones are below round-off.
        for image in (-period, 0.0, period):
            u += height * np.exp(-(((distance + image) / width) ** 2))
    return u


def problem() -> PeriodicProblem:
    """Return the problem.

    Returns
    -------
    PeriodicProblem
        With the data's domain.
    """
    return PeriodicProblem(
        name="wave",
        title="Wave equation: pulses that run both ways and pass through each other",
        equation=Equation.from_terms("u_tt", {"u_xx": SPEED**2}),
        x=_X,
        t=Axis(0.0, 8.0, 161),
        solution=solve,
        accuracy=1e-13,
        source="Exact solution (d'Alembert, 1747)",
        citation="dalembert1747",
    )
