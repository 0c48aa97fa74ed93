"""Chafee-Infante equation: decay below the threshold of blow-up, integrated numerically."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from physforge.equations import Equation
from physforge.problems.fresh import draw_modes, sum_of_modes
from physforge.problems.periodic_problem import PeriodicProblem, integrated
from physforge.problems.problem import Axis, FloatArray

_EQUATION = Equation.from_terms("u_t", {"u_xx": 1.0, "u": -1.0, "u**3": 1.0})

_X = Axis(0.0, 2 * np.pi, 128, periodic=True)

#: Tolerance of the integration.
_RTOL = 1e-9


def initial(x: FloatArray) -> FloatArray:
    """Evaluate the initial state.

    Parameters
    ----------
    x : numpy.ndarray
        Position.

    Returns
    -------
    numpy.ndarray
        Three modes and a mean, below 1 in size, beyond which u blows up.
    """
    return np.asarray(0.2 + 0.5 * np.cos(x) + 0.4 * np.sin(2 * x) + 0.2 * np.cos(3 * x + 1), dtype=np.float64)


def _drawn(rng: np.random.Generator) -> Callable[[FloatArray], FloatArray]:
    modes = draw_modes(rng, (1, 2, 3), 0.1, 0.25)
    mean = float(rng.uniform(-0.2, 0.2))

    def start(x: FloatArray) -> FloatArray:
        return mean + sum_of_modes(x, modes)

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
        name="chafee-infante",
        title="Chafee-Infante equation: reaction against diffusion",
        equation=_EQUATION,
        x=_X,
        t=Axis(0.0, 1.0, 101),
        solution=integrated(_EQUATION, start, _X, _RTOL),
        accuracy=5e-10,
        source="Numerical solution by exponential time differencing (ETDRK4)",
        citation="chafee1974",
    )
