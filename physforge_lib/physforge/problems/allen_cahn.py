"""Allen-Cahn equation: two phases part, integrated numerically."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from physforge.equations import Equation
from physforge.problems.fresh import draw_modes, sum_of_modes
from physforge.problems.periodic_problem import PeriodicProblem, integrated
from physforge.problems.problem import Axis, FloatArray

DIFFUSIVITY = 0.02

_EQUATION = Equation.from_terms("u_t", {"u_xx": DIFFUSIVITY, "u": 1.0, "u**3": -1.0})

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
        Three modes and a mean.
    """
    return np.asarray(0.1 + 0.5 * np.cos(x) + 0.4 * np.sin(2 * x + 0.5) - 0.3 * np.cos(3 * x), dtype=np.float64)


def _drawn(rng: np.random.Generator) -> Callable[[FloatArray], FloatArray]:
    modes = draw_modes(rng, (1, 2, 3), 0.3, 0.5)
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
        name="allen-cahn",
        title="Allen-Cahn equation: two phases part",
        equation=_EQUATION,
        x=_X,
        t=Axis(0.0, 6.0, 121),
        solution=integrated(_EQUATION, start, _X, _RTOL),
        accuracy=2e-9,
        source="Numerical solution by exponential time differencing (ETDRK4)",
        citation="allen1979",
    )
