"""Lorenz' system: chaos in three variables."""

from __future__ import annotations

from physforge.equations import System
from physforge.problems.ordinary_problem import OrdinaryProblem, drawn
from physforge.problems.problem import Axis

#: Of fresh initial states.
_RANGES = {"x": (-10.0, 10.0), "y": (-10.0, 10.0), "z": (15.0, 35.0)}


def problem(seed: int | None = None) -> OrdinaryProblem:
    """Return the problem.

    Parameters
    ----------
    seed : int, optional
        Draws a fresh initial state.

    Returns
    -------
    OrdinaryProblem
        With the data's domain.
    """
    return OrdinaryProblem(
        seed=seed,
        name="lorenz",
        title="Lorenz' system: convection in three modes, chaotic",
        equation=System.parse("x_t = -10*x + 10*y; y_t = 28*x - x*z - y; z_t = x*y - 2.6666666666666665*z"),
        t=Axis(0.0, 10.0, 1001),
        accuracy=1e-8,
        source="Numerical solution by DOP853 at a tolerance of 2e-13",
        citation="lorenz1963",
        initial=drawn(_RANGES, seed) if seed is not None else {"x": -8.0, "y": 7.0, "z": 27.0},
    )
