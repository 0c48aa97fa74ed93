"""Evaluate terms on flat arrays, sharing powers and functions between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from physforge.equations.expression import Atom, Call, Exponent, Expression, Group, Monomial
from physforge.equations.text import atom_name
from physforge.errors import LibraryError

Float = npt.NDArray[np.float64]

_NUMPY: dict[str, Callable[..., Float]] = {
    "sin": np.sin,
    "cos": np.cos,
    "exp": np.exp,
    "log": np.log,
    "abs": np.abs,
    "tanh": np.tanh,
}


@dataclass(eq=False)
class Columns:
    """Evaluates expressions on samples, and remembers what several of them share.

    Parameters
    ----------
    values : mapping of str to numpy.ndarray of shape (n,)
        For each symbol, derivative and coefficient function by name.
    size : int
        Number of samples n.
    """

    values: Mapping[str, Float]
    size: int
    _known: dict[tuple[Atom, Exponent], Float] = field(default_factory=dict)

    def fill(self, expressions: Sequence[Expression], out: Float) -> None:
        """Evaluate expressions into the columns of a matrix.

        Parameters
        ----------
        expressions : sequence of Expression
            One for each column.
        out : numpy.ndarray of shape (n, n_terms)
            Overwritten; NaN or infinite where an expression has no value.

        Raises
        ------
        LibraryError
            If there is no value for a name.
        """
        with np.errstate(all="ignore"):
            for index, expression in enumerate(expressions):
                self.total(expression, out[:, index])

    def total(self, expression: Expression, out: Float) -> Float:
        """Evaluate one expression.

        Parameters
        ----------
        expression : Expression
            In normal form.
        out : numpy.ndarray of shape (n,)
            Overwritten.

        Returns
        -------
        numpy.ndarray
            `out`.
        """
        if not expression.items:
            out[:] = 0.0
            return out
        for position, (monomial, coefficient) in enumerate(expression.items):
            part = self._product(monomial, out if position == 0 else np.empty_like(out))
            if coefficient != 1.0:
                part *= coefficient
            if position:
                out += part
        return out

    def _product(self, monomial: Monomial, out: Float) -> Float:
        factors = [self._power(factor, exponent) for factor, exponent in monomial]
        if not factors:
            out[:] = 1.0
        elif len(factors) == 1:
            out[:] = factors[0]
        else:
            np.multiply(factors[0], factors[1], out=out)
            for factor in factors[2:]:
                out *= factor
        return out

    def _power(self, factor: Atom, exponent: Exponent) -> Float:
        key = (factor, exponent)
        if key not in self._known:
            self._known[key] = self._new_power(factor, exponent)
        return self._known[key]

    def _new_power(self, factor: Atom, exponent: Exponent) -> Float:
        if exponent == 1:
            return self._value(factor)
        if isinstance(exponent, int) and exponent > 1:
            half = exponent // 2
            return self._power(factor, half) * self._power(factor, exponent - half)
        base = self._power(factor, 1)
        return np.asarray(1.0 / base if exponent == -1 else base ** float(exponent))

    def _value(self, factor: Atom) -> Float:
        match factor:
            case Call(name, argument):
                return _NUMPY[name](self.total(argument, np.empty(self.size)))
            case Group(expression):
                return self.total(expression, np.empty(self.size))
            case _:
                name = atom_name(factor)
                if name not in self.values:
                    given = ", ".join(sorted(self.values)) or "none"
                    raise LibraryError(f"There is no value for {name!r}; the values given are: {given}.")
                return self.values[name]
