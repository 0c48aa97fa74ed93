"""Heat conduction on a ring: a sum of decaying modes, exact."""

from __future__ import annotations

from functools import partial

import numpy as np

from physforge.equations import Equation
from physforge.problems.fresh import Modes, draw_modes
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray

DIFFUSIVITY = 0.1

#: Wavenumber, amplitude and phase of each mode.
_MODES = ((1, 1.0, 0.3), (2, 0.7, -1.1), (3, 0.5, 2.0), (5, 0.3, 0.9))


def solve(x: FloatArray, t: FloatArray, modes: Modes = _MODES) -> FloatArray:
    """Evaluate the solution.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Angle in radians.
    t : numpy.ndarray, shape (m,)
        Time.
    modes : tuple of (int, float, float)
        Wavenumber, amplitude and phase of each mode.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        Exact to round-off.
    """
    u = np.zeros((t.size, x.size))
    for wavenumber, amplitude, phase in modes:
        decay = np.exp(-DIFFUSIVITY * wavenumber**2 * t)
        u += amplitude * decay[:, None] * np.cos(wavenumber * x + phase)
    return u


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
    modes = _MODES if seed is None else draw_modes(np.random.default_rng(seed), (1, 2, 3, 5), 0.3, 1.0)
    return PeriodicProblem(
        seed=seed,
        name="heat",
        title="Heat conduction on a ring: four decaying modes",
        equation=Equation.from_terms("u_t", {"u_xx": DIFFUSIVITY}),
        x=Axis(0.0, 2 * np.pi, 128, periodic=True),
        t=Axis(0.0, 2.0, 101),
        solution=partial(solve, modes=modes),
        accuracy=1e-14,
        source="Exact solution, a sum of Fourier modes",
        citation="fourier1822",
    )
