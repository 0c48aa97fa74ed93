"""Lotka-Volterra system: predators and prey on a closed orbit."""

from __future__ import annotations

from physforge.equations import System
from physforge.problems.ordinary_problem import OrdinaryProblem, drawn
from physforge.problems.problem import Axis

#: Of fresh initial states.
_RANGES = {"prey": (3.0, 7.0), "predator": (1.5, 3.5)}


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
        name="lotka-volterra",
        title="Lotka-Volterra system: predators and prey",
        equation=System.parse("prey_t = prey - 0.5*prey*predator; predator_t = -0.75*predator + 0.25*prey*predator"),
        t=Axis(0.0, 30.0, 601),
        accuracy=1e-10,
        source="Numerical solution by DOP853 at a tolerance of 2e-13",
        citation="lotka1925",
        initial=drawn(_RANGES, seed) if seed is not None else {"prey": 6.0, "predator": 3.0},
    )
