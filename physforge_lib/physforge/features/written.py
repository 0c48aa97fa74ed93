"""Terms that a user wrote out."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from physforge.equations.parser import parse_expression
from physforge.errors import EquationError, LibraryError
from physforge.features.term import Term

_OUTER = re.compile(r"\((?P<inside>.*)\)_(?P<axes>[txyz]+)", re.DOTALL)


def written_term(text: str, fields: Sequence[str], names: Collection[str]) -> Term:
    """Read a term in the grammar of equations.

    Parameters
    ----------
    text : str
        For example ``"u/(1 + u**2)"``, ``"x*u_x"`` or ``"(u*v)_x"``.
    fields : sequence of str
        Names of the fields.
    names : collection of str
        Every symbol that depends on fields.

    Returns
    -------
    Term
        In conservative form where it was written so.

    Raises
    ------
    LibraryError
        If it is not an expression, or zero.
    """
    try:
        whole = parse_expression(text, {}, frozenset(fields))
        outer = _OUTER.fullmatch(text.strip())
        if outer and _balanced(outer["inside"]):
            inside = parse_expression(outer["inside"], {}, frozenset(fields))
            return Term.from_flux(inside, outer["axes"], names)
        pieces = [part.strip() for part in text.split(" + ")]
        if len(pieces) > 1 and all(map(_balanced, pieces)) and any(map(_OUTER.fullmatch, pieces)):
            return Term.from_sum([written_term(part, fields, names) for part in pieces])
    except EquationError as error:
        raise LibraryError(f"{text!r} is not a term: {error}") from error
    if not whole.items:
        raise LibraryError(f"The term {text!r} is zero.")
    return Term.from_expression(whole, names)


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0
