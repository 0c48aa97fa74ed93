"""Inviscid Burgers' equation before its shock, exact along characteristics."""

from __future__ import annotations

import numpy as np

from physforge.equations import Equation
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray

#: Mean and amplitude of the initial wave; it breaks at t = 1/AMPLITUDE.
MEAN = 0.4
AMPLITUDE = 0.5

#: Newton's method converges quadratically; this many steps also serve the steepest wave here.
_ITERATIONS = 50


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
        Exact to round-off, for t < 1/AMPLITUDE.

    Notes
    -----
    Each value travels at its own speed: ``u(x, t) = u0(xi)`` with ``xi + t u0(xi) = x``
    [whitham1974]_, which has one root until characteristics cross.
    """
    position, time = np.broadcast_arrays(x, t[:, None])
    # In the frame of the mean; the distance travelled since is then at most AMPLITUDE*t.
    position = position - MEAN * time
    low, high = position - AMPLITUDE * time, position + AMPLITUDE * time
    foot = position
    for _ in range(_ITERATIONS):
        excess = foot + AMPLITUDE * time * np.sin(foot) - position
        low, high = np.where(excess < 0, foot, low), np.where(excess > 0, foot, high)
        newton = foot - excess / (1 + AMPLITUDE * time * np.cos(foot))
        # Where Newton's step leaves the bracket, bisect.
        foot = np.where((newton >= low) & (newton <= high), newton, (low + high) / 2)
    return np.asarray(MEAN + AMPLITUDE * np.sin(foot), dtype=np.float64)


def problem() -> PeriodicProblem:
    """Return the problem.

    Returns
    -------
    PeriodicProblem
        With the data's domain.
    """
    return PeriodicProblem(
        name="burgers-inviscid",
        title="Inviscid Burgers' equation: a sine that steepens, up to three quarters of the way to its shock",
        equation=Equation.from_terms("u_t", {"u*u_x": -1.0}),
        x=Axis(0.0, 2 * np.pi, 256, periodic=True),
        t=Axis(0.0, 1.5, 101),
        solution=solve,
        accuracy=1e-13,
        source="Exact solution by characteristics, before they cross",
        citation="whitham1974",
    )
