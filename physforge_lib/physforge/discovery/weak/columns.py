"""Terms as a weak form needs them: a product of powers of the fields under outer derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from physforge.discovery.weak.noise_free import Powers
from physforge.discovery.weak.parts import Part, parts_of
from physforge.equations import split_derivative
from physforge.features import Term


@dataclass(frozen=True)
class Column:
    """A derivative of a product of powers of the fields.

    Parameters
    ----------
    name : str
        Of the term, as it is reported.
    factor : float
        The term is this many times the derivative of the product: 0.5 for ``u*u_x``, which is
        half of ``(u**2)_x``.
    powers : tuple of int
        Exponent of each field; then of known factors and of functions of fields, where there
        are any.
    orders : tuple of int
        Order of the derivative along each axis.
    """

    name: str
    factor: float
    powers: Powers
    orders: tuple[int, ...]

    @classmethod
    def of_term(cls, term: Term, fields: Sequence[str], dims: Sequence[str]) -> Column | None:
        """Write a candidate as a column.

        Parameters
        ----------
        term : Term
            The candidate.
        fields, dims : sequence of str
            Names, in the order of `powers` and `orders`.

        Returns
        -------
        Column or None
            None where the term cannot be integrated by parts, varies with a coordinate, is
            no polynomial, or takes several columns.
        """
        parts = parts_of(term, fields, dims)
        if parts is None or len(parts) != 1 or not parts[0].plain:
            return None
        return cls.of_part(term, parts[0])

    @classmethod
    def of_part(cls, term: Term, part: Part, more: Powers = ()) -> Column:
        """Write a candidate that is one part as a column, with the exponents of further factors."""
        factor = part.factor
        if len(term.expression.items) == 1:
            # A term that expands to one product is reported as that product.
            factor = factor / term.expression.items[0][1]
        return cls(term.reported, factor, (*part.powers, *more), part.orders)

    @classmethod
    def of_derivative(cls, name: str, fields: Sequence[str], dims: Sequence[str]) -> Column:
        """Write a derivative of a field, such as a target, as a column."""
        field, axes = split_derivative(name, fields)
        powers = tuple(int(field == one) for one in fields)
        return cls(name, 1.0, powers, tuple(axes.count(dim) for dim in dims))
