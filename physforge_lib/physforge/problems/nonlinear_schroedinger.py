"""Nonlinear Schroedinger equation: the breather that grows out of a plane wave, exact."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from physforge.equations import System
from physforge.problems.periodic_problem import PeriodicProblem, Solution
from physforge.problems.problem import Axis, FloatArray

#: Up to 3/8, only one mode of the plane wave is unstable.
MODULATION = 0.25

#: When the breather is highest, ``1 + sqrt(2)`` times the plane wave.
PEAK = 4.0


def _wavenumber(modulation: float) -> float:
    return 2 * math.sqrt(1 - 2 * modulation)


def solve(
    x: FloatArray,
    t: FloatArray,
    *,
    modulation: float = MODULATION,
    peak: float = PEAK,
    place: float = 0.0,
    phase: float = 0.0,
) -> FloatArray:
    """Evaluate the solution.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Position.
    t : numpy.ndarray, shape (m,)
        Time.
    modulation, peak, place, phase : float
        Shape of the breather, when and where it is highest, and the phase of the plane wave.

    Returns
    -------
    numpy.ndarray, shape (2, m, n)
        Real and imaginary part, exact to round-off.

    Notes
    -----
    The breather of Akhmediev and Korneev [akhmediev1986]_, periodic in x: a plane wave
    of amplitude 1 is unstable, swells once, and returns with another phase.
    """
    rate = math.sqrt(8 * modulation * (1 - 2 * modulation))
    since = (t - peak)[:, None]
    crest = math.sqrt(2 * modulation) * np.cos(_wavenumber(modulation) * (x - place))
    growth, odd = np.cosh(rate * since), 1j * rate * np.sinh(rate * since)
    h = ((1 - 4 * modulation) * growth + crest + odd) / (crest - growth) * np.exp(1j * (since + phase))
    return np.stack([h.real, h.imag])


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
    modulation = MODULATION
    solution: Solution = solve
    if seed is not None:
        low, high = (0.15, 3.0, -0.5, 0.0), (0.35, 5.0, 0.5, 2 * math.pi)
        modulation, peak, shift, phase = map(float, np.random.default_rng(seed).uniform(low, high))
        solution = partial(solve, modulation=modulation, peak=peak, place=shift, phase=phase)
    half = math.pi / _wavenumber(modulation)
    return PeriodicProblem(
        seed=seed,
        name="nonlinear-schroedinger",
        title="Nonlinear Schroedinger equation: a breather grows out of a plane wave",
        equation=System.parse(
            "h_re_t = -0.5*h_im_xx - h_re**2*h_im - h_im**3; h_im_t = 0.5*h_re_xx + h_re**3 + h_re*h_im**2"
        ),
        x=Axis(-half, half, 64, periodic=True),
        t=Axis(0.0, 8.0, 161),
        solution=solution,
        fields=("h_re", "h_im"),
        accuracy=1e-12,
        source="Exact periodic breather (Akhmediev and Korneev, 1986)",
        citation="akhmediev1986",
    )
