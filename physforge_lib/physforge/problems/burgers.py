"""Viscous Burgers' equation on a periodic interval, exact by the Cole-Hopf transform."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from physforge.equations import Equation
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray

VISCOSITY = 0.1

#: Points on which the transform is made; more change nothing but round-off.
_POINTS = 1024

_X = Axis(-8.0, 8.0, 256, periodic=True)


def initial(x: FloatArray) -> FloatArray:
    """Evaluate the initial pulse.

    Parameters
    ----------
    x : numpy.ndarray
        In [-8, 8).

    Returns
    -------
    numpy.ndarray
        A Gaussian around -2, below 1e-15 at both ends.
    """
    return np.asarray(np.exp(-((x + 2.0) ** 2)), dtype=np.float64)


def solve(x: FloatArray, t: FloatArray, start: Callable[[FloatArray], FloatArray] = initial) -> FloatArray:
    """Evaluate the solution.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Position.
    t : numpy.ndarray, shape (m,)
        Time since the initial state.
    start : callable
        Takes x and returns the initial state, periodic and smooth.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        Exact to about 1e-10: round-off, magnified where phi is small.

    Notes
    -----
    In the frame that moves with the mean of u the rest w has zero mean, so that
    ``phi = exp(-integral(w) / (2 nu))`` is periodic; phi obeys the heat equation, and
    ``w = -2 nu phi_x / phi`` [cole1951]_, [hopf1950]_.
    """
    fine = Axis(_X.start, _X.stop, _POINTS, periodic=True).samples()
    period = _X.stop - _X.start
    wavenumbers = 2 * np.pi / period * np.arange(_POINTS // 2 + 1)
    mean = float(start(fine).mean())
    spectrum = np.fft.rfft(start(fine) - mean)
    integral = np.fft.irfft(np.append(0.0, spectrum[1:] / (1j * wavenumbers[1:])), _POINTS)
    weights = np.fft.rfft(np.exp(-integral / (2 * VISCOSITY))) / _POINTS
    weights[1:] *= 2.0
    # Modes beyond this are round-off, which the quotient would magnify.
    kept = int(np.flatnonzero(np.abs(weights) > 1e-17 * np.abs(weights).max())[-1]) + 1
    k, weights = wavenumbers[:kept], weights[:kept]
    waves = np.exp(1j * k * (x - _X.start)[:, None])
    # One column for each moment: decay, and the shift of the moving frame.
    modes = weights[:, None] * np.exp(-(VISCOSITY * k**2 + 1j * k * mean)[:, None] * t)
    phi, phi_x = (waves @ modes).real, (waves @ (1j * k[:, None] * modes)).real
    return np.asarray((mean - 2 * VISCOSITY * phi_x / phi).T, dtype=np.float64)


def _drawn(rng: np.random.Generator) -> Callable[[FloatArray], FloatArray]:
    heights = rng.uniform(0.3, 1.0, 2) * (1.0, float(rng.choice([-1.0, 1.0])))
    widths, places = rng.uniform(0.9, 1.4, 2), rng.uniform(_X.start, _X.stop, 2)
    period = _X.stop - _X.start

    def start(x: FloatArray) -> FloatArray:
        u = np.zeros_like(x)
        for height, width, place in zip(heights, widths, places, strict=True):
            distance = (x - place + period / 2) % period - period / 2
            for image in (-period, 0.0, period):
                u += height * np.exp(-(((distance + image) / width) ** 2))
        return u

    return start


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
    start = initial if seed is None else _drawn(np.random.default_rng(seed))
    return PeriodicProblem(
        seed=seed,
        name="burgers",
        title="Viscous Burgers' equation: a Gaussian pulse that steepens",
        equation=Equation.from_terms("u_t", {"u*u_x": -1.0, "u_xx": VISCOSITY}),
        x=_X,
        t=Axis(0.0, 10.0, 101),
        solution=partial(solve, start=start),
        accuracy=1e-9,
        source="Exact solution by the Cole-Hopf transform; domain and initial state of Rudy et al. (2017)",
        citation="rudy2017",
    )
