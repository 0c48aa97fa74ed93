"""A system on a periodic box, in Fourier space: a linear part and the rest."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from physforge.equations import derivative_name, split_derivative
from physforge.equations.arithmetic import collect
from physforge.equations.evaluation import compile_expression
from physforge.equations.expression import Derivative, Expression, Monomial, Symbol, atoms_of
from physforge.equations.text import atom_name
from physforge.simulation.constraints import Constraints
from physforge.simulation.evolution import Evolution
from physforge.simulation.grid import ComplexArray, Grid
from physforge.simulation.linear import LinearPart, applied

#: A linear term: its state, the axes along which that is differentiated, and the coefficient.
LinearTerm = tuple[str, str, float]


class SpectralSystem:
    """Right sides of a system in Fourier space.

    Parameters
    ----------
    evolution : Evolution
        Laws of first or second order.
    grid : Grid
        On which products are formed.

    Notes
    -----
    The state is an array (states, *modes) of coefficients of the eigenvectors of the
    linear part; the modes are those that the two-thirds rule keeps.
    """

    def __init__(self, evolution: Evolution, grid: Grid) -> None:
        self.grid = grid
        self.states = list(evolution.state_names)
        self.constraints = Constraints.of(evolution, grid) if evolution.constraints else None
        split = [_split(law.right, evolution) for law in evolution.laws]
        linear: dict[str, list[LinearTerm]] = {}
        rests: dict[str, Any] = {}
        for (field, order), law, (terms, rest) in zip(evolution.orders.items(), evolution.laws, split, strict=True):
            # A law of second order is u_t = u_t and (u_t)_t = its right side.
            chain = [derivative_name(field, "t" * k) for k in range(order)]
            linear |= {lower: [(upper, "", 1.0)] for lower, upper in pairwise(chain)}
            linear[chain[-1]], rests[chain[-1]] = terms, (rest, dict(law.functions))
        self.linear = LinearPart.of(self._matrix(linear))
        self._needed = self._derivatives(evolution, [rest for rest, _ in rests.values()])
        self._coordinates = list(grid.coordinates().values())
        given = [name for name, _, _ in self._needed] + [interval.dim for interval in grid.intervals] + ["t"]
        self._rates: list[tuple[int, Callable[[list[Any]], Any]]] = [
            (self.states.index(name), compile_expression(rest, given, functions))
            for name, (rest, functions) in rests.items()
            if rest.items
        ]

    def nonlinear(self, own: ComplexArray, t: float, held: ComplexArray | None = None) -> ComplexArray:
        """Evaluate what is not in the linear part.

        Parameters
        ----------
        own : numpy.ndarray, shape (states, *modes)
            The state.
        t : float
            Its time.
        held : numpy.ndarray, shape (determined, *modes), optional
            What the algebraic laws leave open; needed where there are any.

        Returns
        -------
        numpy.ndarray
            Of the shape of `own`, dealiased by the two-thirds rule.
        """
        fields = self.linear.to_fields(own)
        total = np.zeros_like(own) if self.linear.rest is None else applied(self.linear.rest, fields)
        if self._rates:
            values = self._values(fields, held)
            arguments = [*values, *self._coordinates, np.float64(t)]
            rates = np.array([np.broadcast_to(rate(arguments), self.grid.shape) for _, rate in self._rates])
            total[[index for index, _ in self._rates]] += self.grid.to_modes(rates)
        return self.linear.from_fields(total)

    def _values(self, fields: ComplexArray, held: ComplexArray | None) -> list[Any]:
        if self.constraints is not None and held is not None:
            fields = np.concatenate([fields, self.constraints.determine(fields, held)])
        if not self._needed:
            return []
        return list(self.grid.to_values(np.array([fields[index] * factor for _, index, factor in self._needed])))

    def _matrix(self, linear: dict[str, list[LinearTerm]]) -> ComplexArray:
        size = len(self.states)
        matrix = np.zeros((size, size, *self.grid.modes_shape), dtype=np.complex128)
        for name, terms in linear.items():
            for state, axes, coefficient in terms:
                matrix[self.states.index(name), self.states.index(state)] += coefficient * self.grid.factor(axes)
        return matrix

    def _derivatives(self, evolution: Evolution, rests: list[Expression]) -> list[tuple[str, int, ComplexArray]]:
        used = {atom_name(factor) for rest in rests for factor in atoms_of(rest)}
        fields = [*evolution.orders, *evolution.determined]
        places = [*self.states, *evolution.determined]
        needed = []
        for name in dict.fromkeys([*fields, *evolution.derivatives]):
            if name in used:
                field, axes = split_derivative(name, fields)
                state = derivative_name(field, "t" * axes.count("t"))
                needed.append((name, places.index(state), self.grid.factor(axes.replace("t", ""))))
        return needed


def _split(right: Expression, evolution: Evolution) -> tuple[list[LinearTerm], Expression]:
    """Part the terms that go into the exponential from the rest: a constant times a state or a derivative of one."""
    linear: list[LinearTerm] = []
    rest: list[tuple[Monomial, float]] = []
    for monomial, coefficient in right.items:
        match monomial:
            case ((Symbol(name), 1),) if name in evolution.orders:
                linear.append((name, "", coefficient))
            case ((Derivative(name, axes), 1),) if name in evolution.orders:
                state = derivative_name(name, "t" * axes.count("t"))
                linear.append((state, axes.replace("t", ""), coefficient))
            case _:
                rest.append((monomial, coefficient))
    return linear, collect(rest)
