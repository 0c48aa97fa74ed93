"""The library of candidate terms from which discovery chooses."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement, product

from pydantic import BaseModel, ConfigDict, Field

from physforge.equations import canonical_term, derivative_name

#: Spatial dimensions in canonical order.
_SPACE = ("x", "y", "z")


class CandidateLibrary(BaseModel):
    """Products of powers of the fields with their spatial derivatives.

    The terms are the monomials of the fields up to a degree, the derivatives up to an
    order, and each derivative times each monomial. Immutable and storable.

    Parameters
    ----------
    polynomial : int, optional
        Highest degree of the monomials. The default is 3 for one field in space and
        2 otherwise: a system of ODEs, or several fields.
    derivatives : int, optional
        Highest total order of the spatial derivatives, mixed ones included. The default
        is 4 in one spatial dimension and 2 in more; it has no effect on ODEs.
    include_constant : bool, default True
        Whether the constant term ``1`` is a candidate.
    include_interactions : bool, default True
        Whether derivatives are also multiplied by the monomials. Without them the
        library is linear in the derivatives, with constant coefficients.

    Examples
    --------
    >>> CandidateLibrary(polynomial=1, derivatives=2).term_names(["u"], ["t", "x"])
    ['1', 'u', 'u_x', 'u_xx', 'u*u_x', 'u*u_xx']
    >>> CandidateLibrary().term_names(["a", "b"], ["t"])
    ['1', 'a', 'b', 'a**2', 'a*b', 'b**2']
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    polynomial: int | None = Field(default=None, ge=1, le=6)
    derivatives: int | None = Field(default=None, ge=0, le=6)
    include_constant: bool = True
    include_interactions: bool = True

    def resolve(self, fields: Sequence[str], dims: Sequence[str]) -> CandidateLibrary:
        """Return the library with every default filled in.

        Parameters
        ----------
        fields : sequence of str
            Names of the fields.
        dims : sequence of str
            Dims of the data; those among x, y, z count as space.

        Returns
        -------
        CandidateLibrary
            With numbers in place of None.
        """
        space = _spatial(dims)
        polynomial = 3 if space and len(fields) == 1 else 2
        derivatives = {0: 0, 1: 4}.get(len(space), 2)
        return self.model_copy(
            update={
                "polynomial": polynomial if self.polynomial is None else self.polynomial,
                "derivatives": (derivatives if self.derivatives is None else self.derivatives) if space else 0,
            }
        )

    def derivative_names(self, fields: Sequence[str], dims: Sequence[str]) -> list[str]:
        """List the spatial derivatives that occur in the terms.

        Parameters
        ----------
        fields : sequence of str
            Names of the fields.
        dims : sequence of str
            Dims of the data.

        Returns
        -------
        list of str
            By order of derivative, then field.
        """
        order = self.resolve(fields, dims).derivatives or 0
        return [derivative_name(field, axes) for axes in _multi_axes(_spatial(dims), order) for field in fields]

    def monomials(self, fields: Sequence[str], dims: Sequence[str]) -> list[str]:
        """List the powers and products of the fields themselves, without the constant.

        Parameters
        ----------
        fields : sequence of str
            Names of the fields.
        dims : sequence of str
            Dims of the data.

        Returns
        -------
        list of str
            By degree.
        """
        degree = self.resolve(fields, dims).polynomial or 0
        return [
            product_name("*".join(factors), fields)
            for size in range(1, degree + 1)
            for factors in combinations_with_replacement(fields, size)
        ]

    def term_names(self, fields: Sequence[str], dims: Sequence[str]) -> list[str]:
        """List the candidate terms.

        Parameters
        ----------
        fields : sequence of str
            Names of the fields.
        dims : sequence of str
            Dims of the data; those among x, y, z count as space.

        Returns
        -------
        list of str
            Canonical names: the constant, monomials, derivatives, then products.
        """
        monomials = self.monomials(fields, dims)
        derivatives = self.derivative_names(fields, dims)
        names = [*(["1"] if self.include_constant else []), *monomials, *derivatives]
        if self.include_interactions:
            pairs = product(derivatives, monomials)
            names += [product_name(f"{monomial}*{derivative}", fields) for derivative, monomial in pairs]
        return names


def product_name(product_of: str, fields: Sequence[str]) -> str:
    """Return the canonical name of a product of fields and derivatives.

    Parameters
    ----------
    product_of : str
        For example ``"u_x*u"``; one that expands to a single term.
    fields : sequence of str
        Names of the fields.

    Returns
    -------
    str
        For example ``"u*u_x"``.
    """
    ((name, _),) = canonical_term(product_of, fields=fields)
    return name


def _spatial(dims: Sequence[str]) -> list[str]:
    return [dim for dim in _SPACE if dim in dims]


def _multi_axes(space: Sequence[str], order: int) -> list[str]:
    return ["".join(axes) for size in range(1, order + 1) for axes in combinations_with_replacement(space, size)]
