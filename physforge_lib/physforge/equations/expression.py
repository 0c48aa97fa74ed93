"""Expressions in normal form: a sum of products, each written one way only.

``u_x*u`` and ``u*u_x`` are the same object by content, products are expanded, and
equality is equality of tuples. What cannot be expanded (a sum under a root or in a
denominator) is a factor of its own, scaled so that its first coefficient is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Symbol:
    """A field, a coordinate or a parameter, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Derivative:
    """A derivative of a field; `axes` is sorted."""

    field: str
    axes: str


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient that depends on a coordinate, ``c(x)``, or a derivative of it."""

    name: str
    argument: str
    order: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A function of an expression."""

    function: str
    argument: Expression


@dataclass(frozen=True, slots=True)
class Group:
    """An expression that stays together: the base of a root or of a denominator."""

    expression: Expression


Atom: TypeAlias = Symbol | Derivative | Coefficient | Call | Group
Exponent: TypeAlias = int | float
Monomial: TypeAlias = tuple[tuple[Atom, Exponent], ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """A sum of products in canonical order.

    Parameters
    ----------
    items : tuple of (monomial, coefficient)
        Sorted, without repeats and without zeros. Build it with
        `physforge.equations.arithmetic`, which keeps it so.
    """

    items: tuple[tuple[Monomial, float], ...]

    @property
    def constant(self) -> float | None:
        """The value if this is a plain number, else None."""
        if not self.items:
            return 0.0
        (monomial, coefficient), *rest = self.items
        return coefficient if not monomial and not rest else None


def atoms_of(expression: Expression) -> Iterator[Symbol | Derivative | Coefficient]:
    """Find the symbols, derivatives and coefficient functions of an expression.

    Parameters
    ----------
    expression : Expression
        In normal form.

    Yields
    ------
    Symbol, Derivative or Coefficient
        With repeats; also those inside functions and brackets.
    """
    for monomial, _ in expression.items:
        for factor, _ in monomial:
            match factor:
                case Call(_, argument):
                    yield from atoms_of(argument)
                case Group(inner):
                    yield from atoms_of(inner)
                case _:
                    yield factor


def monomial_key(monomial: Monomial) -> tuple[Any, ...]:
    """Return the sort key of a term: low derivatives and low degrees first.

    Parameters
    ----------
    monomial : Monomial
        The factors of the term.

    Returns
    -------
    tuple
        Comparable with the key of any other term.
    """
    derivatives = [(len(factor.axes), exponent) for factor, exponent in monomial if isinstance(factor, Derivative)]
    return (
        max((order for order, _ in derivatives), default=0),
        sum(exponent for _, exponent in derivatives),
        sum(exponent for _, exponent in monomial),
        tuple((atom_key(factor), exponent) for factor, exponent in monomial),
    )


def atom_key(factor: Atom) -> tuple[Any, ...]:
    """Return the sort key of a factor: coefficients, symbols, derivatives, functions, brackets.

    Parameters
    ----------
    factor : Atom
        One factor of a term.

    Returns
    -------
    tuple
        Comparable with the key of any other factor.
    """
    match factor:
        case Coefficient(name, argument, order):
            return (0, order, name, argument)
        case Symbol(name):
            return (1, 0, name, "")
        case Derivative(field, axes):
            return (2, len(axes), field, axes)
        case Call(function, argument):
            return (3, 0, function, _expression_key(argument))
        case Group(expression):
            return (4, 0, "", _expression_key(expression))


def _expression_key(expression: Expression) -> tuple[Any, ...]:
    return tuple((monomial_key(monomial), coefficient) for monomial, coefficient in expression.items)
