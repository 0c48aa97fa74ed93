"""Axes that a law does not tell apart: terms that turn into each other share one coefficient."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence

from physforge.datasets.conventions import SPACE
from physforge.equations.arithmetic import add, atom, call, multiply, number, power
from physforge.equations.expression import Atom, Call, Coefficient, Derivative, Expression, Group, Monomial, Symbol
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary, Term

#: Two axes that change places.
Swap = tuple[str, str]

#: What terms share that are multiples of each other; see `Term.key`.
Key = tuple[tuple[Monomial, float], ...]


def swapped_axes(text: str, dims: Collection[str]) -> list[Swap]:
    """Read which axes a law does not tell apart.

    Parameters
    ----------
    text : str
        ``"x <-> y"`` or ``"x <-> y <-> z"``.
    dims : collection of str
        Axes of the data.

    Returns
    -------
    list of (str, str)
        Neighbours in the text.

    Raises
    ------
    DiscoveryError
        If one is no axis of space in the data.

    Examples
    --------
    >>> swapped_axes("x <-> y <-> z", ["t", "x", "y", "z"])
    [('x', 'y'), ('y', 'z')]
    """
    names = [name.strip() for name in text.split("<->")]
    space = [dim for dim in SPACE if dim in dims]
    for name in names:
        if name not in space:
            raise DiscoveryError(
                f"The symmetry {text!r} names {name!r}; only axes of space change places, of which the data have "
                f"{', '.join(space) or 'none'}."
            )
    return list(itertools.pairwise(names))


def with_exchanges(
    library: CandidateLibrary, swaps: Sequence[Swap], fields: Sequence[str], dims: Sequence[str]
) -> CandidateLibrary:
    """Tie the terms that turn into each other when axes change places.

    Parameters
    ----------
    library : CandidateLibrary
        Complete.
    swaps : sequence of (str, str)
        Axes that change places.
    fields, dims : sequence of str
        Names.

    Returns
    -------
    CandidateLibrary
        With the sum of such terms as one candidate. Terms that the library has for one of
        the axes only are left out.
    """
    terms = {term.key: term for term in library.make_terms(fields, dims)}
    kept, added, done = [], [], set()
    for key in terms:
        if key in done:
            continue
        orbit = _orbit(terms, key, swaps, fields)
        done |= {one.key for one in orbit or ()}
        if orbit is None:
            continue
        name = Term.from_sum(orbit).name
        kept.append(name)
        added += [name] if len(orbit) > 1 else []
    return library.model_copy(
        update={"terms": (*library.terms, *added), "only": tuple(kept), "exclude": ()},
    )


def _orbit(terms: Mapping[Key, Term], start: Key, swaps: Sequence[Swap], fields: Sequence[str]) -> list[Term] | None:
    """Return a term with all that it turns into; None where one of them is missing, or changes its sign."""
    found, new = [terms[start]], [terms[start]]
    while new:
        one = new.pop()
        for swap in swaps:
            image = _swapped(one.expression, {swap[0]: swap[1], swap[1]: swap[0]}, fields)
            other = terms.get(Term("", image, image).key)
            if other is None or other.expression != image:
                return None
            if other not in found:
                found.append(other)
                new.append(other)
    return sorted(found, key=lambda term: list(terms).index(term.key))


def _swapped(expression: Expression, names: dict[str, str], fields: Sequence[str]) -> Expression:
    parts = []
    for monomial, coefficient in expression.items:
        product = number(coefficient)
        for factor, exponent in monomial:
            product = multiply(product, power(_swapped_atom(factor, names, fields), exponent))
        parts.append(product)
    return add(*parts)


def _swapped_atom(factor: Atom, names: dict[str, str], fields: Sequence[str]) -> Expression:
    match factor:
        case Symbol(name):
            return atom(Symbol(name if name in fields else names.get(name, name)))
        case Derivative(field, axes):
            return atom(Derivative(field, "".join(sorted(names.get(axis, axis) for axis in axes))))
        case Coefficient(name, argument, order):
            return atom(Coefficient(name, names.get(argument, argument), order))
        case Call(function, argument):
            return call(function, _swapped(argument, names, fields))
        case Group(inner):
            return _swapped(inner, names, fields)
