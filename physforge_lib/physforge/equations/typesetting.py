"""Walk through an equation once, whatever language it is to be set in."""

from __future__ import annotations

import abc
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

#: Names that are written as the letters that they are of.
GREEK = frozenset(_GREEK_NAMES.split())


class Notation(abc.ABC):
    """How a language of mathematics writes each thing; a subclass is one language."""

    #: Between a coefficient and its term, and between two factors.
    space: str
    #: Between factors of which one is a word.
    dot: str
    #: Between a value and its uncertainty.
    plus_minus: str

    @abc.abstractmethod
    def name(self, name: str) -> str:
        """Write the name of a field or parameter: Greek where it is, upright where it is a word."""

    @abc.abstractmethod
    def is_word(self, text: str) -> bool:
        """Say whether a factor begins or ends in a word, which would run into its neighbour."""

    @abc.abstractmethod
    def scientific(self, mantissa: str, exponent: int) -> str:
        """Write a number with a power of ten; a mantissa of one is left out."""

    @abc.abstractmethod
    def fraction(self, above: str, below: str) -> str:
        """Write a quotient."""

    @abc.abstractmethod
    def raised(self, base: str, exponent: str) -> str:
        """Write a power."""

    @abc.abstractmethod
    def lowered(self, base: str, index: str) -> str:
        """Write an index, which is of coordinates."""

    @abc.abstractmethod
    def root(self, inner: str) -> str:
        """Write a square root."""

    @abc.abstractmethod
    def brackets(self, inner: str) -> str:
        """Write brackets that grow with what is in them."""

    @abc.abstractmethod
    def absolute(self, inner: str) -> str:
        """Write an absolute value."""

    @abc.abstractmethod
    def exponential(self, inner: str) -> str:
        """Write a power of e."""

    @abc.abstractmethod
    def function(self, function: str) -> str:
        """Write the name of a function such as sin."""

    def equation(self, left: Expression, right: Expression, stderr: Mapping[str, float]) -> str:
        """Write an equation.

        Parameters
        ----------
        left, right : Expression
            Both sides.
        stderr : mapping of str to float
            Standard errors by term; may be empty.

        Returns
        -------
        str
            ``left = right``.
        """
        return f"{self.expression(left, {})} = {self.expression(right, stderr)}"

    def expression(self, expression: Expression, stderr: Mapping[str, float]) -> str:
        """Write an expression.

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
            term = self._term(monomial, abs(coefficient), stderr.get(term_name(monomial)))
            text += f" {sign} {term}" if text else (term if sign == "+" else f"-{term}")
        return text or "0"

    def number(self, value: float, digits: int = 6) -> str:
        """Write a number.

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
        mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
        return self.scientific(mantissa, int(exponent)) if exponent else mantissa

    def _term(self, monomial: Monomial, coefficient: float, error: float | None) -> str:
        above = self._product([self._power(factor, exponent) for factor, exponent in monomial if exponent > 0])
        below = self._product([self._power(factor, -exponent) for factor, exponent in monomial if exponent < 0])
        factors = self.fraction(above or "1", below) if below else above
        if error is None and coefficient == 1.0 and factors:
            return factors
        number = self.number(coefficient) if error is None else self._uncertain(coefficient, error)
        return f"{number}{self.space}{factors}" if factors else number

    def _product(self, factors: Sequence[str]) -> str:
        text = ""
        for factor in factors:
            between = self.dot if self.is_word(text + factor) else " "
            text += f"{between if text else ''}{factor}"
        return text

    def _uncertain(self, value: float, error: float) -> str:
        if error == 0.0:
            return self.number(value)
        decimals = 1 - math.floor(math.log10(error))
        if -4 <= decimals <= 8:
            decimals = max(decimals, 0)
            return f"({value:.{decimals}f}{self.plus_minus}{error:.{decimals}f})"
        digits = max(2, math.floor(math.log10(value)) + decimals + 1) if value else 2
        return f"({self.number(value, min(digits, 15))}{self.plus_minus}{self.number(error, 2)})"

    def _power(self, factor: Atom, exponent: Exponent) -> str:
        base = self._atom(factor)
        if exponent == 1:
            return base
        if exponent == 0.5:
            return self.root(self.expression(factor.expression, {}) if isinstance(factor, Group) else base)
        # A derivative carries a subscript and a name may carry several letters: both take an exponent without brackets.
        if isinstance(factor, Call) and factor.function != "abs":
            base = self.brackets(base)
        return self.raised(base, f"{exponent:g}")

    def _atom(self, factor: Atom) -> str:
        match factor:
            case Symbol(name):
                return self.name(name)
            case Derivative(field, axes):
                return self.lowered(self.name(field), axes)
            case Coefficient(name, argument, order):
                base = self.lowered(self.name(name), argument * order) if order else self.name(name)
                return f"{base}({self.name(argument)})"
            case Call("exp", argument):
                return self.exponential(self.expression(argument, {}))
            case Call("abs", argument):
                return self.absolute(self.expression(argument, {}))
            case Call(function, argument):
                return f"{self.function(function)}{self.brackets(self.expression(argument, {}))}"
            case Group(expression):
                return self.brackets(self.expression(expression, {}))
