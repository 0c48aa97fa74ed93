"""Klein-Gordon equation on a ring: a packet that disperses, exact."""

from __future__ import annotations

import numpy as np

from physforge.equations import Equation
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray

SPEED = 1.0
MASS = 1.5

#: Number of modes, the wavenumber around which they gather, and how closely.
_MODES = 40
_CENTRE = 2.0
_BANDWIDTH = 0.7

_X = Axis(-20.0, 20.0, 256, periodic=True)


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
    A sum of plane waves of the frequency ``sqrt(SPEED**2*k**2 + MASS**2)`` [whitham1974]_.
    """
    k = 2 * np.pi / (_X.stop - _X.start) * np.arange(_MODES)
    amplitudes = np.exp(-(((k - _CENTRE) / _BANDWIDTH) ** 2))
    frequencies = np.sqrt(SPEED**2 * k**2 + MASS**2)
    waves = np.exp(1j * np.outer(k, x + 5.0))
    turns = np.exp(-1j * np.outer(t, frequencies))
    return np.asarray(((turns * amplitudes) @ waves).real / amplitudes.sum(), dtype=np.float64)


def problem() -> PeriodicProblem:
    """Return the problem.

    Returns
    -------
    PeriodicProblem
        With the data's domain.
    """
    return PeriodicProblem(
        name="klein-gordon",
        title="Klein-Gordon equation: a wave packet that disperses",
        equation=Equation.from_terms("u_tt", {"u_xx": SPEED**2, "u": -(MASS**2)}),
        x=_X,
        t=Axis(0.0, 10.0, 201),
        solution=solve,
        accuracy=1e-13,
        source="Exact solution, a sum of dispersive plane waves",
        citation="whitham1974",
    )
