"""Fields without a law of evolution of their own: others determine them at every moment, as vorticity does velocity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physforge.equations import Equation
from physforge.equations.expression import Derivative, Expression, Symbol
from physforge.errors import SimulationError
from physforge.simulation.evolution import Evolution
from physforge.simulation.grid import ComplexArray, Grid
from physforge.simulation.linear import applied

#: Combinations that the laws determine no better than this count as undetermined.
_RANK = 1e-10
#: Largest misfit of the initial state, relative to the size of the terms.
_MISFIT = 1e-6


@dataclass(frozen=True, eq=False)
class Constraints:
    """Linear laws ``A d = B s`` for each mode, solved for the determined fields d; make it with `of`.

    Parameters
    ----------
    evolution : Evolution
        Names the state s and the determined fields d.
    left : numpy.ndarray, shape (laws, determined, *modes)
        The matrices A.
    right : numpy.ndarray, shape (laws, states, *modes)
        The matrices B.
    solution : numpy.ndarray, shape (determined, laws, *modes)
        Pseudoinverse of A. What it leaves open, as the mean of a velocity, keeps
        its initial value.
    """

    evolution: Evolution
    left: ComplexArray
    right: ComplexArray
    solution: ComplexArray

    @classmethod
    def of(cls, evolution: Evolution, grid: Grid) -> Constraints:
        """Read the algebraic laws of a system.

        Parameters
        ----------
        evolution : Evolution
            With as many such laws as determined fields.
        grid : Grid
            Whose modes are meant.

        Returns
        -------
        Constraints
            Ready to `determine`.

        Raises
        ------
        SimulationError
            If a law is not linear with constant coefficients.
        """
        rows = [_row(law, evolution, grid) for law in evolution.constraints]
        whole = np.array([[np.broadcast_to(cell, grid.modes_shape) for cell in row] for row in rows])
        states = len(evolution.state_names)
        left, right = whole[:, states:], -whole[:, :states]
        inverse = np.linalg.pinv(np.moveaxis(left, (0, 1), (-2, -1)), rcond=_RANK)
        return cls(evolution, left, right, np.moveaxis(inverse, (-2, -1), (0, 1)))

    def determine(self, states: ComplexArray, held: ComplexArray) -> ComplexArray:
        """Solve for the determined fields.

        Parameters
        ----------
        states : numpy.ndarray, shape (states, *modes)
            Modes of the state.
        held : numpy.ndarray, shape (determined, *modes)
            As `undetermined` returned it.

        Returns
        -------
        numpy.ndarray, shape (determined, *modes)
            Modes of the determined fields.
        """
        return applied(self.solution, applied(self.right, states)) + held

    def undetermined(self, states: ComplexArray, given: ComplexArray) -> ComplexArray:
        """Return what the laws leave open.

        Parameters
        ----------
        states : numpy.ndarray, shape (states, *modes)
            Modes of the initial state.
        given : numpy.ndarray, shape (determined, *modes)
            Initial modes of the determined fields, or zero.

        Returns
        -------
        numpy.ndarray, shape (determined, *modes)
            The part of `given` that any state is compatible with.

        Raises
        ------
        SimulationError
            If no determined fields fit the state.
        """
        wanted = applied(self.right, states)
        found = applied(self.left, applied(self.solution, wanted))
        misfit = np.abs(found - wanted).max(axis=tuple(range(1, wanted.ndim)))
        worst = int(np.argmax(misfit))
        if misfit[worst] > _MISFIT * np.abs(wanted).max():
            raise SimulationError(
                f"The initial state cannot obey the law '{self.evolution.constraints[worst]}': a field whose mean the "
                "law fixes, such as a vorticity, has another mean."
            )
        return given - applied(self.solution, applied(self.left, given))


def _row(law: Equation, evolution: Evolution, grid: Grid) -> list[ComplexArray]:
    """Return by what each state and each determined field is multiplied in ``left - right``."""
    names = [*evolution.state_names, *evolution.determined]
    row = [np.zeros((1,) * len(grid.intervals), dtype=np.complex128) for _ in names]
    for side, sign in ((law.left, 1.0), (law.right, -1.0)):
        for name, axes, coefficient in _terms(law, side, names):
            row[names.index(name)] = row[names.index(name)] + sign * coefficient * grid.factor(axes)
    return row


def _terms(law: Equation, side: Expression, names: list[str]) -> list[tuple[str, str, float]]:
    terms = []
    for monomial, coefficient in side.items:
        match monomial:
            case ((Symbol(name), 1),) if name in names:
                terms.append((name, "", coefficient))
            case ((Derivative(name, axes), 1),) if name in names:
                terms.append((name, axes, coefficient))
            case _:
                raise SimulationError(
                    f"The law '{law}' holds no time derivative and is not linear in the fields with constant "
                    "coefficients; only such laws can determine a field."
                )
    return terms
