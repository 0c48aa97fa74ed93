"""Euler-Bernoulli beam, closed to a ring: bending modes, exact."""

from __future__ import annotations

from functools import partial

import numpy as np

from physforge.equations import Equation
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray

#: Bending stiffness over mass per length.
STIFFNESS = 0.25

#: Wavenumber, amplitude, phase in space and phase in time of each mode.
_Modes = tuple[tuple[int, float, float, float], ...]
_MODES: _Modes = ((1, 1.0, 0.3, 0.0), (2, 0.6, -1.1, 0.7), (3, 0.3, 2.0, 2.1), (4, 0.15, 0.9, 4.0))


def solve(x: FloatArray, t: FloatArray, modes: _Modes = _MODES) -> FloatArray:
    """Evaluate the solution.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Position.
    t : numpy.ndarray, shape (m,)
        Time.
    modes : tuple of (int, float, float, float)
        Wavenumber, amplitude, phase in space and phase in time of each mode.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        Exact to round-off.

    Notes
    -----
    Bending waves of wavenumber k swing at ``sqrt(STIFFNESS)*k**2`` [timoshenko1974]_.
    """
    u = np.zeros((t.size, x.size))
    for wavenumber, amplitude, shift, phase in modes:
        swing = np.cos(np.sqrt(STIFFNESS) * wavenumber**2 * t + phase)
        u += amplitude * swing[:, None] * np.cos(wavenumber * x + shift)
    return u


def _drawn(rng: np.random.Generator) -> _Modes:
    turn = 2 * np.pi
    return tuple(
        (k, float(rng.uniform(0.4, 1.0)) / k, float(rng.uniform(0, turn)), float(rng.uniform(0, turn)))
        for k in (1, 2, 3, 4)
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
    modes = _MODES if seed is None else _drawn(np.random.default_rng(seed))
    return PeriodicProblem(
        seed=seed,
        name="euler-bernoulli",
        title="Euler-Bernoulli beam: four bending modes",
        equation=Equation.from_terms("u_tt", {"u_xxxx": -STIFFNESS}),
        x=Axis(0.0, 2 * np.pi, 64, periodic=True),
        t=Axis(0.0, 6.0, 241),
        solution=partial(solve, modes=modes),
        accuracy=1e-13,
        source="Exact solution, a sum of bending modes",
        citation="timoshenko1974",
    )
