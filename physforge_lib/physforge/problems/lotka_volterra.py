"""Lotka-Volterra system: predators and prey on a closed orbit."""

from __future__ import annotations

from physforge.equations import System
from physforge.problems.ordinary_problem import OrdinaryProblem
from physforge.problems.problem import Axis


def problem() -> OrdinaryProblem:
    """Return the problem.

    Returns
    -------
    OrdinaryProblem
        With the data's domain.
    """
    return OrdinaryProblem(
        name="lotka-volterra",
        title="Lotka-Volterra system: predators and prey",
        equation=System.parse("prey_t = prey - 0.5*prey*predator; predator_t = -0.75*predator + 0.25*prey*predator"),
        t=Axis(0.0, 30.0, 601),
        accuracy=1e-10,
        source="Numerical solution by DOP853 at a tolerance of 2e-13",
        citation="lotka1925",
        initial={"prey": 6.0, "predator": 3.0},
    )
