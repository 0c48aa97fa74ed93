"""Cahn-Hilliard equation: a mixture parts and coarsens, integrated numerically."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from physforge.equations import Equation
from physforge.problems.fresh import draw_modes, sum_of_modes
from physforge.problems.periodic_problem import PeriodicProblem, integrated
from physforge.problems.problem import Axis, FloatArray

INTERFACE = 0.5

#: The divergence form ``u_t = (u**3 - u - INTERFACE*u_xx)_xx``, expanded.
_EQUATION = Equation.from_terms("u_t", {"u_xx": -1.0, "u**2*u_xx": 3.0, "u*u_x**2": 6.0, "u_xxxx": -INTERFACE})

_X = Axis(0.0, 32.0, 128, periodic=True)

#: Tolerance of the integration.
_RTOL = 1e-7


def initial(x: FloatArray) -> FloatArray:
    """Evaluate the initial state.

    Parameters
    ----------
    x : numpy.ndarray
        Position.

    Returns
    -------
    numpy.ndarray
        Three modes around a mean of 0.1, which is conserved.
    """
    phase = 2 * np.pi / (_X.stop - _X.start) * x
    modes = 0.3 * np.cos(2 * phase) + 0.2 * np.cos(3 * phase + 0.4) + 0.3 * np.sin(5 * phase + 1)
    return np.asarray(0.1 + modes, dtype=np.float64)


def _drawn(rng: np.random.Generator) -> Callable[[FloatArray], FloatArray]:
    modes = draw_modes(rng, (2, 3, 5), 0.15, 0.35)
    mean = float(rng.uniform(-0.1, 0.1))

    def start(x: FloatArray) -> FloatArray:
        return mean + sum_of_modes(2 * np.pi / (_X.stop - _X.start) * x, modes)

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
        name="cahn-hilliard",
        title="Cahn-Hilliard equation: a mixture parts and coarsens",
        equation=_EQUATION,
        x=_X,
        t=Axis(0.0, 20.0, 201),
        solution=integrated(_EQUATION, start, _X, _RTOL),
        accuracy=1e-8,
        source="Numerical solution by exponential time differencing (ETDRK4)",
        citation="cahn1958",
    )
