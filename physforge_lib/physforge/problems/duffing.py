"""Duffing oscillator: a stiffening spring with friction."""

from __future__ import annotations

from physforge.equations import System
from physforge.problems.ordinary_problem import OrdinaryProblem, drawn
from physforge.problems.problem import Axis

#: Of fresh initial states.
_RANGES = {"x": (-2.0, 2.0), "v": (-2.0, 2.0)}


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
        name="duffing",
        title="Duffing oscillator: a stiffening spring with friction",
        equation=System.parse("x_t = v; v_t = -0.1*v - x - 5*x**3"),
        t=Axis(0.0, 20.0, 1001),
        accuracy=1e-10,
        source="Numerical solution by DOP853 at a tolerance of 2e-13",
        citation="duffing1918",
        initial=drawn(_RANGES, seed) if seed is not None else {"x": 1.5, "v": 0.0},
    )
