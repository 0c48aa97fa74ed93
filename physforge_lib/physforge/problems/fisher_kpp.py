"""Fisher-KPP equation: fronts invade and meet, integrated numerically."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from physforge.equations import Equation
from physforge.problems.periodic_problem import PeriodicProblem, integrated
from physforge.problems.problem import Axis, FloatArray

DIFFUSIVITY = 0.5
GROWTH = 1.0

_EQUATION = Equation.from_terms("u_t", {"u_xx": DIFFUSIVITY, "u": GROWTH, "u**2": -GROWTH})

_X = Axis(-20.0, 20.0, 128, periodic=True)

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
        Two colonies on a sparse background.
    """
    colonies = 0.4 * np.exp(-((x + 6) ** 2) / 2) + 0.6 * np.exp(-((x - 5) ** 2) / 4)
    return np.asarray(0.02 + colonies, dtype=np.float64)


def _drawn(rng: np.random.Generator) -> Callable[[FloatArray], FloatArray]:
    heights, variances = rng.uniform(0.3, 0.7, 2), rng.uniform(1.0, 2.0, 2)
    places, period = rng.uniform(_X.start, _X.stop, 2), _X.stop - _X.start

    def start(x: FloatArray) -> FloatArray:
        u = np.full_like(x, 0.02)
        for height, variance, place in zip(heights, variances, places, strict=True):
            distance = (x - place + period / 2) % period - period / 2
            u += height * np.exp(-(distance**2) / (2 * variance))
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
        name="fisher-kpp",
        title="Fisher-KPP equation: two colonies grow, spread and meet",
        equation=_EQUATION,
        x=_X,
        t=Axis(0.0, 8.0, 121),
        solution=integrated(_EQUATION, start, _X, _RTOL),
        accuracy=2e-9,
        source="Numerical solution by exponential time differencing (ETDRK4)",
        citation="fisher1937",
    )
