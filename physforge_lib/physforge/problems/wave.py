"""Wave equation on a ring: pulses that run both ways, exact by d'Alembert."""

from __future__ import annotations

from functools import partial

import numpy as np

from physforge.equations import Equation
from physforge.problems.fresh import draw_signs
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray

SPEED = 1.5

#: Height, width and place of each pulse at the start, and which way it runs.
_Pulses = tuple[tuple[float, float, float, float], ...]
_PULSES: _Pulses = ((1.0, 1.0, -3.0, 1), (0.7, 0.8, 4.0, -1), (-0.4, 1.2, 0.0, -1))

_X = Axis(-8.0, 8.0, 128, periodic=True)


def solve(x: FloatArray, t: FloatArray, pulses: _Pulses = _PULSES) -> FloatArray:
    """Evaluate the solution.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Position.
    t : numpy.ndarray, shape (m,)
        Time.
    pulses : tuple of (float, float, float, float)
        Height, width and place of each pulse at the start, and which way it runs.

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
    for height, width, start, way in pulses:
        distance = (x - start - way * SPEED * t[:, None] + period / 2) % period - period / 2
        # The images keep the seam smooth; further ones are below round-off.
        for image in (-period, 0.0, period):
            u += height * np.exp(-(((distance + image) / width) ** 2))
    return u


def _drawn(rng: np.random.Generator) -> _Pulses:
    signs = draw_signs(rng, 3)
    return tuple(
        (float(sign * rng.uniform(0.4, 1.0)), float(rng.uniform(0.8, 1.2)), float(rng.uniform(-8, 8)), way)
        for sign, way in zip(signs, (1, -1, -1), strict=True)
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
        name="wave",
        title="Wave equation: pulses that run both ways and pass through each other",
        equation=Equation.from_terms("u_tt", {"u_xx": SPEED**2}),
        x=_X,
        t=Axis(0.0, 8.0, 161),
        solution=partial(solve, pulses=pulses),
        accuracy=1e-13,
        source="Exact solution (d'Alembert, 1747)",
        citation="dalembert1747",
    )
