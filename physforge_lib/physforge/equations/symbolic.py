"""Hand equations to SymPy, built node by node and never from text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from physforge.equations.coordinate_function import CoordinateFunction
from physforge.equations.evaluation import written_out
from physforge.equations.expression import Atom, Call, Coefficient, Derivative, Expression, Group, Symbol

if TYPE_CHECKING:
    import sympy

_FUNCTIONS = {"sin": "sin", "cos": "cos", "exp": "exp", "log": "log", "abs": "Abs", "tanh": "tanh"}


def equation_sympy(
    left: Expression,
    right: Expression,
    fields: Collection[str],
    axes: tuple[str, ...],
    functions: Mapping[str, CoordinateFunction],
) -> sympy.Eq:
    """Return an equation as a SymPy object.

    Parameters
    ----------
    left, right : Expression
        Both sides.
    fields : collection of str
        Names that become functions of `axes`.
    axes : tuple of str
        The coordinates.
    functions : mapping of str to CoordinateFunction
        Coefficient functions to write out; others become unknown functions.

    Returns
    -------
    sympy.Eq
        Not evaluated, so that it stays an equation.
    """
    import sympy

    builder = _Sympy(sympy, frozenset(fields), [sympy.Symbol(axis) for axis in axes], functions)
    return sympy.Eq(builder.expression(left), builder.expression(right), evaluate=False)


class _Sympy:
    def __init__(
        self, module: Any, fields: frozenset[str], axes: list[Any], functions: Mapping[str, CoordinateFunction]
    ) -> None:
        self.sympy = module
        self.fields = fields
        self.axes = axes
        self.functions = functions

    def expression(self, expression: Expression) -> Any:
        total = self.sympy.Integer(0)
        for monomial, coefficient in expression.items:
            product = self._number(coefficient)
            for factor, exponent in monomial:
                product *= self._atom(factor) ** self._number(float(exponent))
            total += product
        return total

    def _number(self, value: float) -> Any:
        return self.sympy.Integer(int(value)) if value.is_integer() else self.sympy.Float(value)

    def _atom(self, factor: Atom) -> Any:
        match factor:
            case Symbol(name):
                return self._field(name) if name in self.fields else self.sympy.Symbol(name)
            case Derivative(field, axes):
                return self.sympy.Derivative(self._field(field), *(self.sympy.Symbol(axis) for axis in axes))
            case Coefficient(name, argument, order):
                if name in self.functions:
                    return self.expression(written_out(factor, self.functions))
                variable = self.sympy.Symbol(argument)
                unknown = self.sympy.Function(name)(variable)
                return self.sympy.Derivative(unknown, (variable, order)) if order else unknown
            case Call(function, argument):
                return getattr(self.sympy, _FUNCTIONS[function])(self.expression(argument))
            case Group(expression):
                return self.expression(expression)

    def _field(self, name: str) -> Any:
        return self.sympy.Function(name)(*self.axes)
