"""Put expressions in the place of names."""

from __future__ import annotations

from collections.abc import Mapping

from physforge.equations.arithmetic import add, atom, call, multiply, number, power
from physforge.equations.expression import Atom, Call, Expression, Group, Symbol


def substitute(expression: Expression, values: Mapping[str, Expression]) -> Expression:
    """Put expressions in the place of symbols.

    Parameters
    ----------
    expression : Expression
        For example ``sin(x)*t``.
    values : mapping of str to Expression
        By name of the symbol; derivatives and coefficient functions stay as they are.

    Returns
    -------
    Expression
        In normal form.

    Raises
    ------
    EquationError
        If the result has no real value, as the logarithm of zero.
    """
    parts = []
    for monomial, coefficient in expression.items:
        product = number(coefficient)
        for factor, exponent in monomial:
            product = multiply(product, power(_substituted(factor, values), exponent))
        parts.append(product)
    return add(*parts)


def _substituted(factor: Atom, values: Mapping[str, Expression]) -> Expression:
    match factor:
        case Symbol(name) if name in values:
            return values[name]
        case Call(function, argument):
            return call(function, substitute(argument, values))
        case Group(expression):
            return substitute(expression, values)
        case _:
            return atom(factor)
