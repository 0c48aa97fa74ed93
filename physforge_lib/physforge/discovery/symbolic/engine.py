"""What a search for expressions is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from physforge.derivatives.axis import Float


@dataclass(frozen=True, eq=False)
class Search:
    """A regression for which expressions are searched.

    Parameters
    ----------
    names : tuple of str
        Variables, by the names that an equation gives them.
    table : numpy.ndarray of shape (n, len(names))
        Their values.
    target : numpy.ndarray of shape (n,)
        What the expressions are to give.
    functions : tuple of str
        Functions that may occur beside ``+ - * /``.
    length : int
        Most nodes of an expression.
    evaluations : int
        Expressions that may be evaluated; local fits of constants are counted too.
    budget_s : float, optional
        Seconds after which the search ends early. The outcome then depends on the machine.
    seed : int
        Of the search.
    """

    names: tuple[str, ...]
    table: Float
    target: Float
    functions: tuple[str, ...]
    length: int
    evaluations: int
    budget_s: float | None
    seed: int


#: Returns texts in the grammar of equations, any number of them.
Engine: TypeAlias = Callable[[Search], Sequence[str]]
