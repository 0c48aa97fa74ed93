"""An equation's form apart from its numbers: terms that may hold named constants."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import numpy as np

from physforge.derivatives.axis import Float
from physforge.equations.arithmetic import add, atom, multiply, number, power
from physforge.equations.expression import Atom, Call, Exponent, Expression, Group, Monomial, Symbol
from physforge.equations.parser import parse_expression
from physforge.equations.text import term_name


@dataclass(frozen=True)
class Form:
    """What an expression looks like, whatever its numbers.

    Parameters
    ----------
    terms : tuple of str
        Each with a coefficient of its own, such as ``"u/(1 + c1*u)"``.
    constants : tuple of str
        Names of the numbers within the terms, such as ``"c1"``. A number of size one is
        part of the form.
    """

    terms: tuple[str, ...]
    constants: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What has a number to be fitted: terms, then constants."""
        return (*self.terms, *self.constants)


@dataclass(frozen=True, eq=False)
class Formula:
    """A form with numbers.

    Parameters
    ----------
    form : Form
        Terms and names of constants.
    coefficients : numpy.ndarray of shape (len(form.terms),)
        Factor of each term.
    values : numpy.ndarray of shape (len(form.constants),)
        Value of each constant.
    """

    form: Form
    coefficients: Float
    values: Float

    def expression(self, fields: Collection[str]) -> Expression:
        """Return the expression in normal form.

        Parameters
        ----------
        fields : collection of str
            Names of the fields.

        Returns
        -------
        Expression
            With numbers in the place of constants.

        Raises
        ------
        EquationError
            If a number makes a term infinite.
        """
        numbers = dict(zip(self.form.constants, map(float, self.values), strict=True))
        parts = [parse_expression(term, numbers, fields) for term in self.form.terms]
        return add(*(multiply(number(float(c)), part) for c, part in zip(self.coefficients, parts, strict=True)))


def formula_of(expression: Expression, variables: Sequence[str]) -> Formula:
    """Part an expression into its form and its numbers.

    Parameters
    ----------
    expression : Expression
        In normal form.
    variables : sequence of str
        Names that constants must not have.

    Returns
    -------
    Formula
        Equal functions of the same constants share them, and fractions within a denominator are cleared:
        ``1/(1/u + 2)`` is ``u/(1 + 2*u)``.
    """
    naming = _Naming(_prefix(variables), [])
    expression = _cleared(expression)
    parted = [naming.part(monomial) for monomial, _ in expression.items]
    constants = tuple(f"{naming.prefix}{index + 1}" for index in range(len(naming.values)))
    terms = tuple(term_name(monomial) for monomial in parted)
    coefficients = np.array([coefficient for _, coefficient in expression.items])
    return Formula(Form(terms, constants), coefficients, np.array(naming.values))


def read_formula(text: str, fields: Collection[str], variables: Sequence[str]) -> Formula:
    """Read a text in the grammar of equations.

    Parameters
    ----------
    text : str
        An expression with numbers.
    fields : collection of str
        Names of the fields.
    variables : sequence of str
        Names that constants must not have.

    Returns
    -------
    Formula
        Expanded, like terms collected.

    Raises
    ------
    EquationError
        If the text is no expression, or expands without end.
    """
    return formula_of(parse_expression(text, {}, fields), variables)


@lru_cache(maxsize=4096)
def read_term(term: str, fields: frozenset[str]) -> Expression:
    """Read a term of a form; the same ones are needed many times over.

    Parameters
    ----------
    term : str
        With constants by name.
    fields : frozenset of str
        Names of the fields.

    Returns
    -------
    Expression
        In normal form.
    """
    return parse_expression(term, {}, fields)


@dataclass(eq=False)
class _Naming:
    """Gives names to numbers, in the order in which they are met."""

    prefix: str
    values: list[float]

    def __post_init__(self) -> None:
        self._seen: dict[Expression, Expression] = {}

    def part(self, monomial: Monomial) -> Monomial:
        """Replace the numbers within functions and brackets."""
        factors: list[tuple[Atom, Exponent]] = []
        for factor, exponent in monomial:
            match factor:
                case Call(function, argument):
                    factors.append((Call(function, self._named(argument)), exponent))
                case Group(inner):
                    factors.append((Group(self._named(inner)), exponent))
                case _:
                    factors.append((factor, exponent))
        return tuple(factors)

    def _named(self, inner: Expression) -> Expression:
        if inner not in self._seen:
            self._seen[inner] = Expression(tuple(self._item(*item) for item in inner.items))
        return self._seen[inner]

    def _item(self, monomial: Monomial, coefficient: float) -> tuple[Monomial, float]:
        parted = self.part(monomial)
        if abs(coefficient) == 1.0:
            return parted, coefficient
        self.values.append(coefficient)
        return ((Symbol(f"{self.prefix}{len(self.values)}"), 1), *parted), 1.0


def _cleared(expression: Expression) -> Expression:
    """Multiply denominators by whatever divides within them."""
    return add(*(_cleared_term(monomial, coefficient) for monomial, coefficient in expression.items))


def _cleared_term(monomial: Monomial, coefficient: float) -> Expression:
    result = number(coefficient)
    for factor, exponent in monomial:
        if isinstance(factor, Group) and isinstance(exponent, int):
            inner = _cleared(factor.expression)
            divisor = _common_divisor(inner)
            multiplied = multiply(inner, divisor)
            result = multiply(multiply(result, power(multiplied, exponent)), power(divisor, -exponent))
        else:
            result = multiply(result, power(atom(factor), exponent))
    return result


def _common_divisor(expression: Expression) -> Expression:
    """Return the product of the plain factors that divide some term, each as often as it does so at most."""
    times: dict[Atom, int] = {}
    for monomial, _ in expression.items:
        for factor, exponent in monomial:
            if isinstance(exponent, int) and exponent < 0 and not isinstance(factor, Group):
                times[factor] = max(times.get(factor, 0), -exponent)
    divisor = number(1.0)
    for factor, exponent in times.items():
        divisor = multiply(divisor, power(atom(factor), exponent))
    return divisor


def _prefix(variables: Sequence[str]) -> str:
    prefixes = ("c" * length for length in count(1))
    return next(prefix for prefix in prefixes if not any(name.startswith(prefix) for name in variables))
