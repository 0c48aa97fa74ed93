"""Nonlinear Schroedinger equation: the breather that grows out of a plane wave, exact."""

from __future__ import annotations

import math

import numpy as np

from physforge.equations import System
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray

#: Up to 3/8, only one mode of the plane wave is unstable.
MODULATION = 0.25

#: When the breather is highest, ``1 + sqrt(2)`` times the plane wave.
PEAK = 4.0

_WAVENUMBER = 2 * math.sqrt(1 - 2 * MODULATION)
_RATE = math.sqrt(8 * MODULATION * (1 - 2 * MODULATION))


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
    numpy.ndarray, shape (2, m, n)
        Real and imaginary part, exact to round-off.

    Notes
    -----
    The breather of Akhmediev and Korneev [akhmediev1986]_, periodic in x: a plane wave
    of amplitude 1 is unstable, swells once, and returns with another phase.
    """
    since = (t - PEAK)[:, None]
    crest = math.sqrt(2 * MODULATION) * np.cos(_WAVENUMBER * x)
    growth, odd = np.cosh(_RATE * since), 1j * _RATE * np.sinh(_RATE * since)
    h = ((1 - 4 * MODULATION) * growth + crest + odd) / (crest - growth) * np.exp(1j * since)
    return np.stack([h.real, h.imag])


def problem() -> PeriodicProblem:
    """Return the problem.

    Returns
    -------
    PeriodicProblem
        With the data's domain.
    """
    return PeriodicProblem(
        name="nonlinear-schroedinger",
        title="Nonlinear Schroedinger equation: a breather grows out of a plane wave",
        equation=System.parse(
            "h_re_t = -0.5*h_im_xx - h_re**2*h_im - h_im**3; h_im_t = 0.5*h_re_xx + h_re**3 + h_re*h_im**2"
        ),
        x=Axis(-math.pi / _WAVENUMBER, math.pi / _WAVENUMBER, 64, periodic=True),
        t=Axis(0.0, 8.0, 161),
        solution=solve,
        fields=("h_re", "h_im"),
        accuracy=1e-12,
        source="Exact periodic breather (Akhmediev and Korneev, 1986)",
        citation="akhmediev1986",
    )
