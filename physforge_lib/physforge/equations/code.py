"""Write the right side of an equation as source text for Python and Julia."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass

from physforge.equations.coordinate_function import CoordinateFunction
from physforge.equations.evaluation import written_out
from physforge.equations.expression import Atom, Call, Coefficient, Exponent, Expression, Group
from physforge.equations.text import atom_name

_JULIA_NAMES = (
    "baremodule begin break catch const continue do else elseif end export false finally for function global if import "
    "let local macro module quote return struct true try using while"
)
_JULIA_KEYWORDS = frozenset(_JULIA_NAMES.split())


@dataclass(frozen=True)
class _Dialect:
    power: str
    prefix: str
    keywords: frozenset[str]


_PYTHON = _Dialect("**", "np.", frozenset(keyword.kwlist) | {"np"})
_JULIA = _Dialect("^", "", _JULIA_KEYWORDS)


def python_source(text: str, target: str, right: Expression, functions: Mapping[str, CoordinateFunction]) -> str:
    """Write a Python function of NumPy arrays.

    Parameters
    ----------
    text : str
        The equation, for the docstring.
    target : str
        Its left side; the function is named after it.
    right : Expression
        What the function returns.
    functions : mapping of str to CoordinateFunction
        Coefficient functions to write out.

    Returns
    -------
    str
        Source text; the arguments are the names that occur, in alphabetical order.
    """
    writer = _Writer(_PYTHON, functions)
    body = writer.expression(right)
    return (
        "import numpy as np\n\n\n"
        f"def {_function_name(target)}({writer.arguments()}):\n"
        f'    """Right side of {text}."""\n'
        f"    return {body}\n"
    )


def julia_source(text: str, target: str, right: Expression, functions: Mapping[str, CoordinateFunction]) -> str:
    """Write a Julia function that broadcasts over arrays.

    Parameters
    ----------
    text : str
        The equation, for the comment.
    target : str
        Its left side; the function is named after it.
    right : Expression
        What the function returns.
    functions : mapping of str to CoordinateFunction
        Coefficient functions to write out.

    Returns
    -------
    str
        Source text; the arguments are the names that occur, in alphabetical order.
    """
    writer = _Writer(_JULIA, functions)
    body = writer.expression(right)
    return f"# Right side of {text}\nfunction {_function_name(target)}({writer.arguments()})\n    @. {body}\nend\n"


def _function_name(target: str) -> str:
    return f"rhs_{target}" if target.isidentifier() else "rhs"


class _Writer:
    def __init__(self, dialect: _Dialect, functions: Mapping[str, CoordinateFunction]) -> None:
        self.dialect = dialect
        self.functions = functions
        self._names: set[str] = set()

    def arguments(self) -> str:
        return ", ".join(sorted(self._names))

    def expression(self, expression: Expression) -> str:
        text = ""
        for monomial, coefficient in expression.items:
            factors = [] if abs(coefficient) == 1.0 and monomial else [repr(abs(coefficient))]
            term = " * ".join(factors + [self._power(factor, exponent) for factor, exponent in monomial])
            sign = "-" if coefficient < 0 else "+"
            text += f" {sign} {term}" if text else term.rjust(len(term) + (sign == "-"), "-")
        return text or "0.0"

    def _power(self, factor: Atom, exponent: Exponent) -> str:
        base = self._atom(factor)
        # A float exponent, because an integer array to a negative integer power is an error in NumPy.
        value = repr(exponent if exponent > 0 else float(exponent))
        return base if exponent == 1 else f"{base} {self.dialect.power} {value if exponent > 0 else f'({value})'}"

    def _atom(self, factor: Atom) -> str:
        match factor:
            case Call(function, argument):
                return f"{self.dialect.prefix}{function}({self.expression(argument)})"
            case Group(expression):
                return f"({self.expression(expression)})"
            case Coefficient(name, _, _) if name in self.functions:
                return f"({self.expression(written_out(factor, self.functions))})"
            case Coefficient(name, argument, order):
                return self._name(f"{name}_{argument * order}" if order else name)
            case _:
                return self._name(atom_name(factor))

    def _name(self, name: str) -> str:
        safe = f"{name}_" if name in self.dialect.keywords else name
        self._names.add(safe)
        return safe
