"""A candidate term as derivatives of products, ready for integration by parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb, prod

from physforge.discovery.weak.exponentials import FieldFunction
from physforge.discovery.weak.smooth_functions import SmoothFunction
from physforge.equations.arithmetic import collect, multiply, power
from physforge.equations.calculus import differentiate_expression
from physforge.equations.expression import Atom, Call, Derivative, Expression, Monomial, Symbol, atoms_of
from physforge.equations.text import expression_text
from physforge.features import Term


@dataclass(frozen=True)
class Part:
    """A derivative of a product of powers of fields, of functions of them, and of a known factor.

    Parameters
    ----------
    factor : float
        The part is this many times the derivative.
    powers : tuple of int
        Exponent of each field.
    functions : tuple of (FieldFunction or SmoothFunction, int)
        With their exponents, sorted.
    weight : Monomial
        Known at every sample: a product in coordinates and parameters of the run; empty for 1.
    orders : tuple of int
        Order of the derivative along each axis.
    """

    factor: float
    powers: tuple[int, ...]
    functions: tuple[tuple[FieldFunction | SmoothFunction, int], ...]
    weight: Monomial
    orders: tuple[int, ...]

    @property
    def plain(self) -> bool:
        """Whether there is nothing but powers of fields."""
        return not self.functions and not self.weight


def parts_of(term: Term, fields: Sequence[str], dims: Sequence[str]) -> tuple[Part, ...] | None:
    """Write a candidate as a sum of derivatives.

    A coefficient g before a derivative goes inside by Leibniz' rule: ``g*u_xx`` is
    ``(g*u)_xx - 2*(g_x*u)_x + g_xx*u``, exactly.

    Parameters
    ----------
    term : Term
        The candidate.
    fields, dims : sequence of str
        Names, in the order of `Part.powers` and `Part.orders`.

    Returns
    -------
    tuple of Part or None
        None where the term cannot be integrated by parts, or has a function of several fields,
        or one that has a kink.
    """
    whole: dict[tuple[object, ...], Part] = {}
    for piece in _divergences(term, fields):
        if piece is None:
            return None
        for monomial, factor in piece.flux.items:
            split = _split(monomial, fields)
            if split is None:
                return None
            powers, functions, inside = split
            for share, weight, orders in _moved_inside(piece.coefficient, piece.outer, dims):
                for known, times in _times(weight, inside):
                    part = Part(factor * share * times, powers, functions, known, orders)
                    _add(whole, part)
    return tuple(part for part in whole.values() if part.factor)


def _divergences(term: Term, fields: Sequence[str]) -> Iterator[Term | None]:
    """Bring the derivatives of each product outside."""
    if term.pieces:
        for piece in term.pieces:
            yield from _divergences(piece, fields)
        return
    if term.outer or len(term.flux.items) == 1:
        yield term.divergence()
        return
    for monomial, factor in term.flux.items:
        one = Term.from_expression(collect([(monomial, 1.0)]), fields).divergence()
        if one is not None:
            flux = collect((inner, factor * times) for inner, times in one.flux.items)
            one = Term(one.name, one.expression, flux, one.outer, one.coefficient, one.basis)
        yield one


def _split(
    monomial: Monomial, fields: Sequence[str]
) -> tuple[tuple[int, ...], tuple[tuple[FieldFunction | SmoothFunction, int], ...], Monomial] | None:
    """Sort the factors of a product: powers of fields, functions of them, and what is known."""
    powers, known = [0] * len(fields), []
    functions: list[tuple[FieldFunction | SmoothFunction, int]] = []
    for factor, exponent in monomial:
        whole = isinstance(exponent, int) and exponent > 0
        if not _has_field(factor, fields):
            known.append((factor, exponent))
        elif isinstance(factor, Symbol) and whole:
            powers[fields.index(factor.name)] += int(exponent)
        else:
            exact = _function(factor, fields) if whole else None
            smooth = _smooth(factor, exponent, fields) if exact is None else None
            if exact is None and smooth is None:
                return None
            functions += [(exact, int(exponent))] if exact is not None else []
            functions += [(smooth, 1)] if smooth is not None else []
    functions.sort(key=lambda pair: repr(pair[0]))
    return tuple(powers), tuple(functions), tuple(known)


def _function(factor: Atom, fields: Sequence[str]) -> FieldFunction | None:
    """Read a sine, cosine or exponential of a multiple of one field."""
    match factor:
        case Call("sin" | "cos" | "exp" as name, Expression(((((Symbol(field), 1),), rate),))) if field in fields:
            return FieldFunction(list(fields).index(field), name, rate)
    return None


def _smooth(factor: Atom, exponent: float, fields: Sequence[str]) -> SmoothFunction | None:
    """Read any other function of one field that has no kink."""
    expression = power(collect([(((factor, 1),), 1.0)]), exponent)
    atoms = set(atoms_of(expression))
    names = {one.name for one in atoms if isinstance(one, Symbol)}
    if len(atoms) != 1 or not names <= set(fields) or "abs(" in expression_text(expression):
        return None
    (name,) = names
    return SmoothFunction(list(fields).index(name), name, expression)


def _moved_inside(
    coefficient: Monomial, outer: str, dims: Sequence[str]
) -> Iterator[tuple[float, Expression, tuple[int, ...]]]:
    """Write a factor times an outer derivative as derivatives of products, by Leibniz' rule."""
    orders = tuple(outer.count(dim) for dim in dims)
    for inner in product(*(range(order + 1) for order in orders)):
        axes = "".join(dim * order for dim, order in zip(dims, inner, strict=True))
        weight = differentiate_expression(collect([(coefficient, 1.0)]), axes, ())
        if weight.items:
            share = (-1.0) ** sum(inner) * prod(comb(n, m) for n, m in zip(orders, inner, strict=True))
            yield share, weight, tuple(n - m for n, m in zip(orders, inner, strict=True))


def _times(weight: Expression, inside: Monomial) -> Iterator[tuple[Monomial, float]]:
    yield from multiply(weight, collect([(inside, 1.0)])).items


def _add(whole: dict[tuple[object, ...], Part], part: Part) -> None:
    key = (part.powers, part.functions, part.weight, part.orders)
    before = whole[key].factor if key in whole else 0.0
    whole[key] = Part(before + part.factor, part.powers, part.functions, part.weight, part.orders)


def _has_field(factor: Atom, fields: Sequence[str]) -> bool:
    inside = atoms_of(collect([(((factor, 1),), 1.0)]))
    return any(isinstance(one, Derivative) or (isinstance(one, Symbol) and one.name in fields) for one in inside)
