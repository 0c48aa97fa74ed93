"""Expressions of the equations room, as operations of torch on jets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import torch
from torch import Tensor

from physforge.equations.coordinate_function import CoordinateFunction
from physforge.equations.evaluation import written_out
from physforge.equations.expression import (
    Atom,
    Call,
    Coefficient,
    Derivative,
    Expression,
    Group,
    Monomial,
    Symbol,
    atoms_of,
)
from physforge.equations.text import atom_name
from physforge.errors import PinnError
from physforge.pinn.jets import Jets, Order

#: ``operation(jets, place, parameters)`` -> array of shape (points,), or of shape () where
#: nothing in it varies from point to point.
Operation: TypeAlias = Callable[[Jets, Tensor, Mapping[str, Tensor]], Tensor]

_TORCH: dict[str, Callable[[Tensor], Tensor]] = {
    "sin": torch.sin,
    "cos": torch.cos,
    "exp": torch.exp,
    "log": torch.log,
    "abs": torch.abs,
    "tanh": torch.tanh,
}


@dataclass(frozen=True)
class Translation:
    """How the names in an expression are found in jets, coordinates and parameters.

    Parameters
    ----------
    coordinates, fields : tuple of str
        Of the problem, in its order.
    unknown : tuple of str, default ()
        Parameters whose value is trained.
    functions : mapping of str to CoordinateFunction, optional
        The coefficient functions that are bound.
    """

    coordinates: tuple[str, ...]
    fields: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    functions: Mapping[str, CoordinateFunction] = field(default_factory=dict)

    def order(self, axes: str) -> Order:
        """Count how often each coordinate occurs in `axes`.

        Parameters
        ----------
        axes : str
            For example ``"xx"``.

        Returns
        -------
        Order
            For example ``(0, 2)`` with the coordinates (t, x).

        Raises
        ------
        PinnError
            If a letter is not a coordinate of the problem.
        """
        for axis in axes:
            if axis not in self.coordinates:
                raise PinnError(
                    f"There is a derivative along {axis!r}, and the domain has only {', '.join(self.coordinates)}: "
                    f"give the range of {axis!r} in domain=."
                )
        return tuple(axes.count(axis) for axis in self.coordinates)

    def orders(self, expression: Expression) -> set[Order]:
        """Find the derivatives that an expression reads.

        Parameters
        ----------
        expression : Expression
            In normal form.

        Returns
        -------
        set of Order
            That of the fields themselves is among them where a field occurs.
        """
        found: set[Order] = set()
        for factor in atoms_of(expression):
            match factor:
                case Derivative(_, axes):
                    found.add(self.order(axes))
                case Symbol(name) if name in self.fields:
                    found.add(self.order(""))
                case _:
                    pass
        return found

    def translate(self, expression: Expression) -> Operation:
        """Turn an expression into operations of torch.

        Parameters
        ----------
        expression : Expression
            In normal form; walked here, once.

        Returns
        -------
        Operation
            Differentiable; made of torch's elementwise operations alone.

        Raises
        ------
        PinnError
            If a name is neither a field, a coordinate, nor an unknown parameter.
        """
        terms = [self._term(monomial, coefficient) for monomial, coefficient in expression.items]

        def total(jets: Jets, place: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
            if not terms:
                return place.new_zeros(())
            result = terms[0](jets, place, parameters)
            for term in terms[1:]:
                result = result + term(jets, place, parameters)
            return result

        return total

    def _term(self, monomial: Monomial, coefficient: float) -> Operation:
        factors = [_raised(self._atom(factor), exponent) for factor, exponent in monomial]
        if not factors:
            return lambda _jets, place, _parameters: place.new_full((), coefficient)

        def product(jets: Jets, place: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
            result = factors[0](jets, place, parameters)
            for factor in factors[1:]:
                result = result * factor(jets, place, parameters)
            return result if coefficient == 1.0 else coefficient * result

        return product

    def _atom(self, factor: Atom) -> Operation:
        match factor:
            case Call(name, argument):
                function, inner = _TORCH[name], self.translate(argument)
                return lambda jets, place, parameters: function(inner(jets, place, parameters))
            case Group(expression):
                return self.translate(expression)
            case Coefficient(name, _, _) if name in self.functions:
                return self.translate(written_out(factor, self.functions))
            case Derivative(name, axes) if name in self.fields:
                return _derivative(self.order(axes), self.fields.index(name))
            case Symbol(name) if name in self.fields:
                return _derivative(self.order(""), self.fields.index(name))
            case Symbol(name) if name in self.coordinates:
                column = self.coordinates.index(name)
                return lambda _jets, place, _parameters: place[:, column]
            case Symbol(name) if name in self.unknown:
                return lambda _jets, _place, parameters: parameters[name]
            case _:
                raise PinnError(
                    f"There is no value for {atom_name(factor)!r}: it is no field ({', '.join(self.fields)}) and no "
                    f"coordinate ({', '.join(self.coordinates)}). Give its value in parameters=, or a value to start "
                    "from in unknown= if training is to find it."
                )


def stacked(operations: Sequence[Operation], jets: Jets, place: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
    """Evaluate operations on the same points.

    Parameters
    ----------
    operations : sequence of Operation
        One for each row.
    jets : Jets
        Derivatives at the points.
    place : torch.Tensor
        Coordinates, of shape (points, coordinates).
    parameters : mapping of str to torch.Tensor
        The unknown ones.

    Returns
    -------
    torch.Tensor
        Of shape (rows, points).
    """
    rows = [operation(jets, place, parameters) for operation in operations]
    return torch.stack([row.expand(place.shape[0]) for row in rows])


def _derivative(order: Order, index: int) -> Operation:
    return lambda jets, _place, _parameters: jets[order][index]


def _raised(factor: Operation, exponent: float) -> Operation:
    """Raise to a power; a small whole one as a product, whose derivative is exact at zero too."""
    if exponent == 1:
        return factor
    if exponent == 0.5:
        return lambda jets, place, parameters: torch.sqrt(factor(jets, place, parameters))
    if exponent in (2, 3, 4):
        return lambda jets, place, parameters: _product(factor(jets, place, parameters), int(exponent))
    if exponent == -1:
        return lambda jets, place, parameters: torch.reciprocal(factor(jets, place, parameters))
    return lambda jets, place, parameters: torch.pow(factor(jets, place, parameters), exponent)


def _product(value: Tensor, exponent: int) -> Tensor:
    square = value * value
    if exponent == 2:
        return square
    return square * value if exponent == 3 else square * square
