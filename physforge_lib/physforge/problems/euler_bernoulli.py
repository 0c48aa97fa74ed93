"""Euler-Bernoulli beam, closed to a ring: bending modes, exact."""

from __future__ import annotations

import numpy as np

from physforge.equations import Equation
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray

#: Bending stiffness over mass per length.
STIFFNESS = 0.25

#: Wavenumber, amplitude, phase in space and phase in time of each mode.
_MODES = ((1, 1.0, 0.3, 0.0), (2, 0.6, -1.1, 0.7), (3, 0.3, 2.0, 2.1), (4, 0.15, 0.9, 4.0))


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
    Bending waves of wavenumber k swing at ``sqrt(STIFFNESS)*k**2`` [timoshenko1974]_.
    """
    u = np.zeros((t.size, x.size))
    for wavenumber, amplitude, shift, phase in _MODES:
        swing = np.cos(np.sqrt(STIFFNESS) * wavenumber**2 * t + phase)
        u += amplitude * swing[:, None] * np.cos(wavenumber * x + shift)
    return u


def problem() -> PeriodicProblem:
    """Return the problem.

    Returns
    -------
    PeriodicProblem
        With the data's domain.
    """
    return PeriodicProblem(
        name="euler-bernoulli",
        title="Euler-Bernoulli beam: four bending modes",
        equation=Equation.from_terms("u_tt", {"u_xxxx": -STIFFNESS}),
        x=Axis(0.0, 2 * np.pi, 64, periodic=True),
        t=Axis(0.0, 6.0, 241),
        solution=solve,
        accuracy=1e-13,
        source="Exact solution, a sum of bending modes",
        citation="timoshenko1974",
    )
