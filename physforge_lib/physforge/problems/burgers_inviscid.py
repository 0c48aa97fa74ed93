"""Inviscid Burgers' equation before its shock, exact along characteristics."""

from __future__ import annotations

from functools import partial

import numpy as np

from physforge.equations import Equation
from physforge.problems.periodic_problem import PeriodicProblem, Solution
from physforge.problems.problem import Axis, FloatArray

#: Mean and amplitude of the initial wave; it breaks at t = 1/AMPLITUDE.
MEAN = 0.4
AMPLITUDE = 0.5

#: Newton's method converges quadratically; this many steps also serve the steepest wave here.
_ITERATIONS = 50


def solve(
    x: FloatArray, t: FloatArray, *, mean: float = MEAN, amplitude: float = AMPLITUDE, phase: float = 0.0
) -> FloatArray:
    """Evaluate the solution.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Position.
    t : numpy.ndarray, shape (m,)
        Time.
    mean, amplitude, phase : float
        Of the sine at the start.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        Exact to round-off, for t < 1/amplitude.

    Notes
    -----
    Each value travels at its own speed: ``u(x, t) = u0(xi)`` with ``xi + t u0(xi) = x``
    [whitham1974]_, which has one root until characteristics cross.
    """
    position, time = np.broadcast_arrays(x, t[:, None])
    # In the frame of the mean; the distance travelled since is then at most amplitude*t.
    position = position + phase - mean * time
    low, high = position - amplitude * time, position + amplitude * time
    foot = position
    for _ in range(_ITERATIONS):
        excess = foot + amplitude * time * np.sin(foot) - position
        low, high = np.where(excess < 0, foot, low), np.where(excess > 0, foot, high)
        newton = foot - excess / (1 + amplitude * time * np.cos(foot))
        # Where Newton's step leaves the bracket, bisect.
        foot = np.where((newton >= low) & (newton <= high), newton, (low + high) / 2)
    return np.asarray(mean + amplitude * np.sin(foot), dtype=np.float64)


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
    solution: Solution = solve
    if seed is not None:
        rng = np.random.default_rng(seed)
        mean, amplitude, phase = map(float, rng.uniform([0.2, 0.35, 0.0], [0.6, AMPLITUDE, 2 * np.pi]))
        solution = partial(solve, mean=mean, amplitude=amplitude, phase=phase)
    return PeriodicProblem(
        seed=seed,
        name="burgers-inviscid",
        title="Inviscid Burgers' equation: a sine that steepens, up to three quarters of the way to its shock",
        equation=Equation.from_terms("u_t", {"u*u_x": -1.0}),
        x=Axis(0.0, 2 * np.pi, 256, periodic=True),
        t=Axis(0.0, 1.5, 101),
        solution=solution,
        accuracy=1e-13,
        source="Exact solution by characteristics, before they cross",
        citation="whitham1974",
    )
