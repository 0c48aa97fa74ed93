"""Write an expression as text that the parser reads back to the same expression."""

from __future__ import annotations

from physforge.equations.expression import (
    Atom,
    Call,
    Coefficient,
    Derivative,
    Exponent,
    Expression,
    Group,
    Monomial,
    Symbol,
)
from physforge.equations.names import derivative_name


def expression_text(expression: Expression) -> str:
    """Write an expression on one line.

    Parameters
    ----------
    expression : Expression
        In normal form.

    Returns
    -------
    str
        Parseable, with every digit that a float64 needs; ``"0"`` for the empty sum.
    """
    text = ""
    for monomial, coefficient in expression.items:
        sign = "-" if coefficient < 0 else "+"
        term = _scaled(monomial, abs(coefficient))
        text += f" {sign} {term}" if text else (term if sign == "+" else f"-{term}")
    return text or "0"


def term_name(monomial: Monomial) -> str:
    """Return the canonical name of a term.

    Parameters
    ----------
    monomial : Monomial
        Its factors.

    Returns
    -------
    str
        For example ``"u*u_x"``; ``"1"`` for the constant term.
    """
    return _scaled(monomial, 1.0)


def atom_name(factor: Atom) -> str:
    """Return the name of one factor.

    Parameters
    ----------
    factor : Atom
        A symbol, derivative, coefficient function, function call or bracket.

    Returns
    -------
    str
        For example ``"u_xx"``; a `Group` comes in brackets.
    """
    match factor:
        case Symbol(name):
            return name
        case Derivative(field, axes):
            return derivative_name(field, axes)
        case Coefficient(name, argument, order):
            return f"{name}({argument})" + (f"_{argument * order}" if order else "")
        case Call(function, argument):
            return f"{function}({expression_text(argument)})"
        case Group(expression):
            return f"({expression_text(expression)})"


def number_text(value: float) -> str:
    """Write a number with all its digits.

    Parameters
    ----------
    value : float
        Finite.

    Returns
    -------
    str
        Without a decimal point where the number is whole and not huge.
    """
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _scaled(monomial: Monomial, coefficient: float) -> str:
    above = [_power_text(factor, exponent) for factor, exponent in monomial if exponent > 0]
    below = [_power_text(factor, -exponent) for factor, exponent in monomial if exponent < 0]
    if coefficient != 1.0 or not above:
        above.insert(0, number_text(coefficient))
    # One slash for each denominator: a product in brackets would be read as one factor.
    return "*".join(above) + "".join(f"/{part}" for part in below)


def _power_text(factor: Atom, exponent: Exponent) -> str:
    name = atom_name(factor)
    if exponent == 1:
        return name
    if exponent == 0.5:
        return f"sqrt{name}" if isinstance(factor, Group) else f"sqrt({name})"
    return f"{name}**{number_text(float(exponent))}"
