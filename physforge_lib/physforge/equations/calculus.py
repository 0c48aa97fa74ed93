"""Differentiate an expression by the sum, product and chain rules."""

from __future__ import annotations

from collections.abc import Collection

from physforge.equations.arithmetic import add, atom, call, collect, multiply, number, power
from physforge.equations.expression import Atom, Call, Coefficient, Derivative, Expression, Group, Symbol
from physforge.equations.names import derivative_name, split_derivative

_ZERO = Expression(())


def differentiate_expression(expression: Expression, axes: str, fields: Collection[str]) -> Expression:
    """Differentiate an expression along each of `axes`.

    Parameters
    ----------
    expression : Expression
        The operand, for example ``u**2``.
    axes : str
        One letter of ``t x y z`` for each differentiation.
    fields : collection of str
        Names that depend on every coordinate; other names are constants, except
        the coordinate itself.

    Returns
    -------
    Expression
        For example ``2*u*u_x``.

    Raises
    ------
    EquationError
        If a derivative of a field grows beyond the highest order understood.
    """
    for axis in axes:
        expression = add(*(_monomial(item, axis, fields) for item in expression.items))
    return expression


def partial_derivative(expression: Expression, variable: Atom) -> Expression:
    """Differentiate with respect to one symbol or derivative, the others held fixed.

    Parameters
    ----------
    expression : Expression
        For example ``u*u_x``.
    variable : Symbol or Derivative
        For example ``u_x``, which counts as independent of ``u``.

    Returns
    -------
    Expression
        For example ``u``.
    """
    parts = []
    for monomial, coefficient in expression.items:
        for index, (factor, exponent) in enumerate(monomial):
            inner = _partial_of_atom(factor, variable)
            if inner.items:
                outer = multiply(number(coefficient * exponent), power(atom(factor), exponent - 1))
                others = collect([(monomial[:index] + monomial[index + 1 :], 1.0)])
                parts.append(multiply(multiply(outer, others), inner))
    return add(*parts)


def _partial_of_atom(factor: Atom, variable: Atom) -> Expression:
    match factor:
        case Group(expression):
            return partial_derivative(expression, variable)
        case Call(function, argument):
            inner = partial_derivative(argument, variable)
            return multiply(_outer_derivative(function, argument), inner) if inner.items else _ZERO
        case _:
            return number(1.0) if factor == variable else _ZERO


def _monomial(item: tuple[tuple[tuple[Atom, float], ...], float], axis: str, fields: Collection[str]) -> Expression:
    monomial, coefficient = item
    parts = []
    for index, (factor, exponent) in enumerate(monomial):
        inner = _atom(factor, axis, fields)
        if not inner.items:
            continue
        outer = multiply(number(coefficient * exponent), power(atom(factor), exponent - 1))
        others = collect([(monomial[:index] + monomial[index + 1 :], 1.0)])
        parts.append(multiply(multiply(outer, others), inner))
    return add(*parts)


def _atom(factor: Atom, axis: str, fields: Collection[str]) -> Expression:
    match factor:
        case Symbol(name) if name in fields:
            return atom(Derivative(name, axis))
        case Symbol(name):
            return number(1.0) if name == axis else _ZERO
        case Derivative(field, axes):
            _, axes = split_derivative(derivative_name(field, axes + axis), [field])
            return atom(Derivative(field, axes))
        case Coefficient(name, argument, order):
            return atom(Coefficient(name, argument, order + 1)) if argument == axis else _ZERO
        case Group(expression):
            return differentiate_expression(expression, axis, fields)
        case Call(function, argument):
            inner = differentiate_expression(argument, axis, fields)
            return multiply(_outer_derivative(function, argument), inner) if inner.items else _ZERO


def _outer_derivative(function: str, argument: Expression) -> Expression:
    match function:
        case "sin":
            return call("cos", argument)
        case "cos":
            return multiply(number(-1.0), call("sin", argument))
        case "exp":
            return call("exp", argument)
        case "log":
            return power(argument, -1)
        case "abs":
            return multiply(argument, power(call("abs", argument), -1))
        case _:
            return add(number(1.0), multiply(number(-1.0), power(call("tanh", argument), 2)))
