"""Arithmetic that keeps expressions in normal form, and refuses to expand without end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from physforge.equations.expression import Atom, Call, Exponent, Expression, Group, Monomial, atom_key, monomial_key
from physforge.equations.names import FUNCTIONS
from physforge.errors import EquationError

#: An expansion beyond this many terms is refused rather than waited for.
MAX_TERMS = 1000
#: Largest exponent of anything but a number.
MAX_EXPONENT = 100

_ODD = frozenset({"sin", "tanh"})
_EVEN = frozenset({"cos", "abs"})


def number(value: float) -> Expression:
    """Return the expression of a number.

    Parameters
    ----------
    value : float
        Finite.

    Returns
    -------
    Expression
        Without any item for zero.

    Raises
    ------
    EquationError
        If `value` is infinite or not a number.
    """
    return collect([((), value)])


def atom(factor: Atom) -> Expression:
    """Return the expression of one factor.

    Parameters
    ----------
    factor : Atom
        For example ``Symbol("u")``.

    Returns
    -------
    Expression
        The factor to the power one.
    """
    return Expression(((((factor, 1),), 1.0),))


def collect(items: Iterable[tuple[Monomial, float]]) -> Expression:
    """Add up like terms.

    Parameters
    ----------
    items : iterable of (monomial, coefficient)
        In any order, with repeats.

    Returns
    -------
    Expression
        Their sum.

    Raises
    ------
    EquationError
        If a coefficient is not finite, or there are more terms than `MAX_TERMS`.
    """
    sums: dict[Monomial, float] = {}
    for monomial, coefficient in items:
        sums[monomial] = sums.get(monomial, 0.0) + float(coefficient)
    if len(sums) > MAX_TERMS:
        raise EquationError(f"The expression expands to more than {MAX_TERMS} terms.")
    for coefficient in sums.values():
        if not math.isfinite(coefficient):
            raise EquationError(f"A coefficient is {coefficient}; coefficients must be finite numbers.")
    kept = [(monomial, coefficient) for monomial, coefficient in sums.items() if coefficient != 0.0]
    return Expression(tuple(sorted(kept, key=lambda item: monomial_key(item[0]))))


def add(*parts: Expression) -> Expression:
    """Return the sum of expressions.

    Parameters
    ----------
    *parts : Expression
        Any number of them.

    Returns
    -------
    Expression
        Zero for none.
    """
    return collect(item for part in parts for item in part.items)


def multiply(left: Expression, right: Expression) -> Expression:
    """Return the expanded product of two expressions.

    Parameters
    ----------
    left, right : Expression
        The factors.

    Returns
    -------
    Expression
        A sum of at most ``len(left.items) * len(right.items)`` terms.

    Raises
    ------
    EquationError
        If the expansion would be unreasonably long.
    """
    if len(left.items) * len(right.items) > 10 * MAX_TERMS:
        raise EquationError(f"The product expands to more than {10 * MAX_TERMS} terms.")
    plain: list[tuple[Monomial, float]] = []
    expanded: list[Expression] = []
    for left_monomial, left_coefficient in left.items:
        for right_monomial, right_coefficient in right.items:
            coefficient = left_coefficient * right_coefficient
            monomial, groups = _merge((*left_monomial, *right_monomial))
            if groups:
                expanded.append(_expand(monomial, coefficient, groups))
            else:
                plain.append((monomial, coefficient))
    return add(collect(plain), *expanded) if expanded else collect(plain)


def power(base: Expression, exponent: float) -> Expression:
    """Return `base` raised to a number.

    Parameters
    ----------
    base : Expression
        A positive whole power of a sum is expanded; any other stays one factor.
    exponent : float
        Of magnitude at most 100, unless `base` is a number.

    Returns
    -------
    Expression
        The normal form of the power.

    Raises
    ------
    EquationError
        If the exponent is too large, or the power of a number has no real value.
    """
    constant = base.constant
    if constant is not None:
        return number(_real_power(constant, exponent))
    if not abs(exponent) <= MAX_EXPONENT:
        raise EquationError(f"The exponent {exponent:g} is too large; at most {MAX_EXPONENT} is understood.")
    whole = float(exponent).is_integer()
    exponent = int(exponent) if whole else float(exponent)
    if len(base.items) == 1 and (whole or _is_plain_factor(base)):
        ((monomial, coefficient),) = base.items
        scaled, groups = _merge((factor, old * exponent) for factor, old in monomial)
        return _expand(scaled, _real_power(coefficient, exponent), groups)
    if whole and exponent > 0:
        return _whole_power(base, int(exponent))
    if exponent == 0:
        return number(1.0)
    return _grouped(base, exponent)


def call(function: str, argument: Expression) -> Expression:
    """Return a function of an expression.

    Parameters
    ----------
    function : str
        One of `physforge.equations.names.FUNCTIONS`.
    argument : Expression
        Signs are moved out of odd functions and dropped in even ones.

    Returns
    -------
    Expression
        A number where `argument` is one.

    Raises
    ------
    EquationError
        If the function is unknown, or has no real value at a constant argument.
    """
    if function not in FUNCTIONS:
        raise EquationError(f"There is no function {function!r}; use one of {', '.join(FUNCTIONS)}.")
    if function == "sqrt":
        return power(argument, 0.5)
    constant = argument.constant
    if constant is not None:
        return number(_real_call(function, constant))
    sign = math.copysign(1.0, argument.items[0][1]) if function in _ODD | _EVEN else 1.0
    inner = multiply(number(sign), argument)
    result = atom(Call(function, inner))
    return multiply(number(sign), result) if function in _ODD else result


def _merge(factors: Iterable[tuple[Atom, Exponent]]) -> tuple[Monomial, list[tuple[Group, int]]]:
    """Multiply factors; sums that are no longer under a root or fraction come back apart."""
    exponents: dict[Atom, Exponent] = {}
    for factor, exponent in factors:
        total = exponents.get(factor, 0) + exponent
        exponents[factor] = int(total) if float(total).is_integer() else total
    groups: list[tuple[Group, int]] = []
    kept: list[tuple[Atom, Exponent]] = []
    for factor, exponent in exponents.items():
        if abs(exponent) > MAX_EXPONENT:
            raise EquationError(f"An exponent grows to {exponent:g}; at most {MAX_EXPONENT} is understood.")
        if isinstance(factor, Group) and isinstance(exponent, int) and exponent > 0:
            groups.append((factor, exponent))
        elif exponent != 0:
            kept.append((factor, exponent))
    return tuple(sorted(kept, key=lambda pair: atom_key(pair[0]))), groups


def _expand(monomial: Monomial, coefficient: float, groups: list[tuple[Group, int]]) -> Expression:
    result = collect([(monomial, coefficient)])
    for group, exponent in groups:
        result = multiply(result, power(group.expression, exponent))
    return result


def _whole_power(base: Expression, exponent: int) -> Expression:
    result = base
    for _ in range(exponent - 1):
        result = multiply(result, base)
    return result


def _is_plain_factor(base: Expression) -> bool:
    """Whether a broken power may go straight to the one factor: not for (u**2)**0.5, which is abs(u)."""
    ((monomial, coefficient),) = base.items
    return coefficient > 0 and len(monomial) == 1 and monomial[0][1] == 1


def _grouped(base: Expression, exponent: Exponent) -> Expression:
    scale = base.items[0][1]
    if not isinstance(exponent, int):
        scale = abs(scale)
    inner = Expression(tuple((monomial, coefficient / scale) for monomial, coefficient in base.items))
    return collect([(((Group(inner), exponent),), _real_power(scale, exponent))])


def _real_power(base: float, exponent: float) -> float:
    try:
        value = base**exponent
    except (OverflowError, ZeroDivisionError):
        value = math.inf
    if isinstance(value, complex) or not math.isfinite(value):
        raise EquationError(f"{base:g} to the power {exponent:g} is not a finite real number.")
    return float(value)


def _real_call(function: str, argument: float) -> float:
    real: dict[str, Callable[[float], float]] = {
        "sin": math.sin,
        "cos": math.cos,
        "exp": math.exp,
        "log": math.log,
        "abs": math.fabs,
        "tanh": math.tanh,
    }
    try:
        return float(real[function](argument))
    except (OverflowError, ValueError) as error:
        raise EquationError(f"{function}({argument:g}) is not a finite real number.") from error
