"""Van der Pol oscillator: a limit cycle."""

from __future__ import annotations

from physforge.equations import System
from physforge.problems.ordinary_problem import OrdinaryProblem, drawn
from physforge.problems.problem import Axis

#: Of fresh initial states.
_RANGES = {"x": (-3.0, 3.0), "v": (-3.0, 3.0)}


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
        name="van-der-pol",
        title="Van der Pol oscillator: the way to a limit cycle",
        equation=System.parse("x_t = v; v_t = -x + 1.5*v - 1.5*x**2*v"),
        t=Axis(0.0, 25.0, 1001),
        accuracy=1e-10,
        source="Numerical solution by DOP853 at a tolerance of 2e-13",
        citation="vanderpol1926",
        initial=drawn(_RANGES, seed) if seed is not None else {"x": 0.3, "v": 0.0},
    )
