"""Kuramoto-Sivashinsky equation: chaos in space and time, integrated numerically."""

from __future__ import annotations

from functools import partial

import numpy as np
import xarray as xr

from physforge.equations import Equation
from physforge.problems.fresh import Modes, draw_modes, sum_of_modes
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray
from physforge.simulation import simulate

_EQUATION = Equation.from_terms("u_t", {"u*u_x": -1.0, "u_xx": -1.0, "u_xxxx": -1.0})

_X = Axis(0.0, 32 * np.pi, 256, periodic=True)

#: Time that passes before the first sample, so that the initial state is forgotten.
SPIN_UP = 50.0

#: Tolerance of the integration.
_RTOL = 1e-5


def solve(x: FloatArray, t: FloatArray, modes: Modes | None = None) -> FloatArray:
    """Integrate the equation.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Uniform over one period.
    t : numpy.ndarray, shape (m,)
        Time since the end of the spin-up; the first is zero.
    modes : tuple of (int, float, float), optional
        Wavenumber, amplitude and phase of each wave of the initial state.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        Each sample leads to those of the next ten units of time to the problem's
        accuracy. Beyond that errors grow, as chaos has it.

    Notes
    -----
    The initial state is by default the one of Kassam and Trefethen [kassam2005]_.
    """
    start = np.cos(x / 16) * (1 + np.sin(x / 16)) if modes is None else sum_of_modes(x / 16, modes)
    initial = xr.Dataset({"u": ("x", start)}, {"x": ("x", x, {"period": _X.period})})
    moments = np.concatenate([[0.0], SPIN_UP + t])
    return np.asarray(simulate(_EQUATION, initial, moments, rtol=_RTOL).u.values[1:], dtype=np.float64)


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
    modes = None if seed is None else draw_modes(np.random.default_rng(seed), (1, 2, 3, 4), 0.3, 0.8)
    return PeriodicProblem(
        seed=seed,
        name="kuramoto-sivashinsky",
        title="Kuramoto-Sivashinsky equation: chaos in space and time",
        equation=_EQUATION,
        x=_X,
        t=Axis(0.0, 100.0, 251),
        solution=partial(solve, modes=modes),
        accuracy=1e-6,
        source="Numerical solution by exponential time differencing (ETDRK4)",
        citation="kassam2005",
    )
