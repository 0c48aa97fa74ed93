"""Write equations in LaTeX."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

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
from physforge.equations.text import term_name

_GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Sigma Upsilon Phi Psi Omega"
)
_GREEK = frozenset(_GREEK_NAMES.split())


def equation_latex(left: Expression, right: Expression, stderr: Mapping[str, float]) -> str:
    r"""Write an equation in LaTeX.

    Parameters
    ----------
    left, right : Expression
        Both sides.
    stderr : mapping of str to float
        Standard errors by term, shown with ``\pm``; may be empty.

    Returns
    -------
    str
        ``left = right``, without dollar signs.
    """
    return f"{expression_latex(left, {})} = {expression_latex(right, stderr)}"


def expression_latex(expression: Expression, stderr: Mapping[str, float]) -> str:
    """Write an expression in LaTeX.

    Parameters
    ----------
    expression : Expression
        In normal form.
    stderr : mapping of str to float
        Standard errors by term.

    Returns
    -------
    str
        Numbers are rounded to six digits, or to two digits of the standard error.
    """
    text = ""
    for monomial, coefficient in expression.items:
        sign = "-" if coefficient < 0 else "+"
        term = _term(monomial, abs(coefficient), stderr.get(term_name(monomial)))
        text += f" {sign} {term}" if text else (term if sign == "+" else f"-{term}")
    return text or "0"


def name_latex(name: str) -> str:
    """Write the name of a field or parameter in LaTeX.

    Parameters
    ----------
    name : str
        Letters, digits and underscores.

    Returns
    -------
    str
        Greek where the name is; upright where it is longer than one letter.
    """
    if name in _GREEK:
        return f"\\{name}"
    if len(name) == 1:
        return name
    escaped = name.replace("_", r"\_")
    return f"\\mathrm{{{escaped}}}"


def number_latex(value: float, digits: int = 6) -> str:
    """Write a number in LaTeX.

    Parameters
    ----------
    value : float
        Finite.
    digits : int, default 6
        Significant digits.

    Returns
    -------
    str
        With a power of ten where it is very large or small.
    """
    text = f"{value:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else f"{mantissa} \\times {power}"


def _term(monomial: Monomial, coefficient: float, error: float | None) -> str:
    above = [_power(factor, exponent) for factor, exponent in monomial if exponent > 0]
    below = [_power(factor, -exponent) for factor, exponent in monomial if exponent < 0]
    fraction = f"\\frac{{{_product(above) or '1'}}}{{{_product(below)}}}" if below else _product(above)
    if error is not None:
        return f"{_uncertain(coefficient, error)} \\, {fraction}" if fraction else _uncertain(coefficient, error)
    if coefficient == 1.0 and fraction:
        return fraction
    return f"{number_latex(coefficient)} \\, {fraction}" if fraction else number_latex(coefficient)


def _product(factors: Sequence[str]) -> str:
    """Set factors side by side, with a dot beside words, which would run into one."""
    text = ""
    for factor in factors:
        between = " \\cdot " if "mathrm" in text + factor else " "
        text += f"{between if text else ''}{factor}"
    return text


def _uncertain(value: float, error: float) -> str:
    if error == 0.0:
        return number_latex(value)
    decimals = 1 - math.floor(math.log10(error))
    if -4 <= decimals <= 8:
        decimals = max(decimals, 0)
        return f"({value:.{decimals}f} \\pm {error:.{decimals}f})"
    digits = max(2, math.floor(math.log10(value)) + decimals + 1) if value else 2
    return f"({number_latex(value, min(digits, 15))} \\pm {number_latex(error, 2)})"


def _power(factor: Atom, exponent: Exponent) -> str:
    base = _atom(factor)
    if exponent == 1:
        return base
    if exponent == 0.5:
        inner = expression_latex(factor.expression, {}) if isinstance(factor, Group) else base
        return f"\\sqrt{{{inner}}}"
    # A derivative carries a subscript and a name may carry several letters: both take an exponent without brackets.
    if isinstance(factor, Call) and factor.function != "abs":
        base = f"\\left({base}\\right)"
    return f"{base}^{{{exponent:g}}}"


def _atom(factor: Atom) -> str:
    match factor:
        case Symbol(name):
            return name_latex(name)
        case Derivative(field, axes):
            return f"{name_latex(field)}_{{{axes}}}"
        case Coefficient(name, argument, order):
            subscript = f"_{{{argument * order}}}" if order else ""
            return f"{name_latex(name)}{subscript}({name_latex(argument)})"
        case Call("exp", argument):
            return f"e^{{{expression_latex(argument, {})}}}"
        case Call("abs", argument):
            return f"\\left|{expression_latex(argument, {})}\\right|"
        case Call(function, argument):
            return f"\\{function}\\left({expression_latex(argument, {})}\\right)"
        case Group(expression):
            return f"\\left({expression_latex(expression, {})}\\right)"
