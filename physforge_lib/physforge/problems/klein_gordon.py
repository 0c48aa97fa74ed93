"""Klein-Gordon equation on a ring: a packet that disperses, exact."""

from __future__ import annotations

from functools import partial

import numpy as np

from physforge.equations import Equation
from physforge.problems.periodic_problem import PeriodicProblem, Solution
from physforge.problems.problem import Axis, FloatArray

SPEED = 1.0
MASS = 1.5

#: Number of modes, the wavenumber around which they gather, and how closely.
_MODES = 40
_CENTRE = 2.0
_BANDWIDTH = 0.7

_X = Axis(-20.0, 20.0, 256, periodic=True)


def solve(
    x: FloatArray, t: FloatArray, *, centre: float = _CENTRE, bandwidth: float = _BANDWIDTH, place: float = -5.0
) -> FloatArray:
    """Evaluate the solution.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Position.
    t : numpy.ndarray, shape (m,)
        Time.
    centre, bandwidth : float
        The wavenumber around which the modes gather, and how closely.
    place : float
        Where the packet starts.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        Exact to round-off.

    Notes
    -----
    A sum of plane waves of the frequency ``sqrt(SPEED**2*k**2 + MASS**2)`` [whitham1974]_.
    """
    k = 2 * np.pi / (_X.stop - _X.start) * np.arange(_MODES)
    amplitudes = np.exp(-(((k - centre) / bandwidth) ** 2))
    frequencies = np.sqrt(SPEED**2 * k**2 + MASS**2)
    waves = np.exp(1j * np.outer(k, x - place))
    turns = np.exp(-1j * np.outer(t, frequencies))
    return np.asarray(((turns * amplitudes) @ waves).real / amplitudes.sum(), dtype=np.float64)


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
        low, high = (1.5, 0.5, _X.start), (2.5, 0.9, _X.stop)
        centre, bandwidth, place = map(float, np.random.default_rng(seed).uniform(low, high))
        solution = partial(solve, centre=centre, bandwidth=bandwidth, place=place)
    return PeriodicProblem(
        seed=seed,
        name="klein-gordon",
        title="Klein-Gordon equation: a wave packet that disperses",
        equation=Equation.from_terms("u_tt", {"u_xx": SPEED**2, "u": -(MASS**2)}),
        x=_X,
        t=Axis(0.0, 10.0, 201),
        solution=solution,
        accuracy=1e-13,
        source="Exact solution, a sum of dispersive plane waves",
        citation="whitham1974",
    )
