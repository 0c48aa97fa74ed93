"""Bring an equation into the form ``u_t = ...``."""

from __future__ import annotations

from physforge.equations.arithmetic import add, collect, multiply, number
from physforge.equations.expression import Derivative, Expression, atoms_of


def solved(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """Bring the highest time derivative alone to the left, where the equation is linear in it.

    Parameters
    ----------
    left, right : Expression
        Both sides as written.

    Returns
    -------
    left, right : Expression
        Unchanged where the left side holds no time derivative on its own, or the
        derivative occurs elsewhere too.
    """
    candidates: list[tuple[Derivative, float]] = []
    for monomial, coefficient in left.items:
        match monomial:
            case ((Derivative(_, axes) as factor, 1),) if set(axes) == {"t"}:
                candidates.append((factor, coefficient))
    if not candidates:
        return left, right
    target, coefficient = max(candidates, key=lambda pair: len(pair[0].axes))
    others = collect(item for item in left.items if item[0] != ((target, 1),))
    rest = add(right, multiply(number(-1.0), others))
    if target in set(atoms_of(rest)):
        return left, right
    alone = collect([(((target, 1),), 1.0)])
    return alone, multiply(number(1.0 / coefficient), rest) if coefficient != 1.0 else rest
