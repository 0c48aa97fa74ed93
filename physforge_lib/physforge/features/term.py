"""One candidate term, with the structure that a strong and a weak form need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from physforge.equations.arithmetic import add, atom, collect, multiply, number, power
from physforge.equations.calculus import differentiate_expression
from physforge.equations.expression import (
    Atom,
    Call,
    Derivative,
    Exponent,
    Expression,
    Group,
    Monomial,
    Symbol,
    atoms_of,
)
from physforge.equations.latex import LATEX
from physforge.equations.text import atom_name, expression_text, term_name


@dataclass(frozen=True)
class Term:
    """A coefficient in the coordinates times a derivative of something in the fields.

    A term is ``coefficient * (flux)_outer``. The strong form evaluates `expression`, where
    the outer derivative has been carried out; the weak form moves `outer` to its test
    functions and evaluates `flux` only (see `divergence`). Build one with `from_expression`
    or `from_flux`.

    Parameters
    ----------
    name : str
        Canonical: ``"u*u_x"``, or ``"(u**2)_x"`` for a term in conservative form.
    expression : Expression
        The whole term, expanded.
    flux : Expression
        What stands under the outer derivative.
    outer : str, default ""
        One letter for each outer differentiation, sorted.
    coefficient : Monomial, default ()
        Factors that depend on coordinates, or parameters of the run, alone.
    basis : bool, default False
        Whether a basis made the coefficient; the numbers in it then carry the units of
        the coordinate.
    pieces : tuple of Term, default ()
        What it is the sum of, where it was written so with outer derivatives:
        ``(u**2)_xx + (u**2)_yy``.

    Examples
    --------
    >>> from physforge.features import CandidateLibrary
    >>> burgers = CandidateLibrary(polynomial=1, derivatives=1).make_terms(["u"], ["t", "x"])[-1]
    >>> burgers.name, burgers.divergence().name
    ('u*u_x', '(0.5*u**2)_x')
    """

    name: str
    expression: Expression
    flux: Expression
    outer: str = ""
    coefficient: Monomial = ()
    basis: bool = False
    pieces: tuple[Term, ...] = ()

    @classmethod
    def from_sum(cls, pieces: Sequence[Term]) -> Term:
        """Build a sum of terms that share one coefficient.

        Parameters
        ----------
        pieces : sequence of Term
            At least one.

        Returns
        -------
        Term
            Named after all of them.
        """
        whole = add(*(piece.expression for piece in pieces))
        return cls(" + ".join(piece.name for piece in pieces), whole, whole, pieces=tuple(pieces))

    @classmethod
    def from_expression(cls, expression: Expression, names: Collection[str]) -> Term:
        """Build a term without outer derivative.

        Parameters
        ----------
        expression : Expression
            A product is scaled to coefficient one; a sum is scaled by its first item.
        names : collection of str
            Names of the fields; other symbols are coordinates.

        Returns
        -------
        Term
            Factors without a field go to its `coefficient`.
        """
        scaled = multiply(number(1.0 / expression.items[0][1]), expression)
        if len(scaled.items) > 1:
            return cls(expression_text(scaled), scaled, scaled)
        ((monomial, _),) = scaled.items
        outside = tuple(pair for pair in monomial if not _has_field(pair[0], names))
        inside = tuple(pair for pair in monomial if _has_field(pair[0], names))
        return cls(term_name(monomial), scaled, collect([(inside, 1.0)]), coefficient=outside)

    @classmethod
    def from_flux(cls, flux: Expression, outer: str, names: Collection[str]) -> Term:
        """Build a term in conservative form.

        Parameters
        ----------
        flux : Expression
            For example ``u**2``.
        outer : str
            Axes to differentiate along.
        names : collection of str
            Names of the fields.

        Returns
        -------
        Term
            Named ``(u**2)_x``, with the value that the name says (``2*u*u_x``).
        """
        axes = "".join(sorted(outer))
        return cls(f"({expression_text(flux)})_{axes}", differentiate_expression(flux, axes, names), flux, axes)

    def times(self, factors: Monomial) -> Term:
        """Multiply by a function of a basis.

        Parameters
        ----------
        factors : Monomial
            Functions of a coordinate.

        Returns
        -------
        Term
            With the factors in its `coefficient`.
        """
        weight = collect([(factors, 1.0)])
        ((coefficient, _),) = multiply(weight, collect([(self.coefficient, 1.0)])).items
        expression = multiply(weight, self.expression)
        if not self.outer and len(expression.items) == 1:
            name = term_name(expression.items[0][0])
        else:
            name = f"{term_name(factors)}*{self.name if self.outer else f'({self.name})'}"
        return Term(name, expression, self.flux, self.outer, coefficient, basis=True)

    @property
    def key(self) -> tuple[tuple[Monomial, float], ...]:
        """What two terms share if they are multiples of each other."""
        items = self.expression.items
        return tuple((monomial, round(factor / items[0][1], 12)) for monomial, factor in items)

    @property
    def reported(self) -> str:
        """The name under which an equation has the term: that of its product, where it expands to one."""
        items = self.expression.items
        return term_name(items[0][0]) if len(items) == 1 else self.name

    @property
    def powers(self) -> dict[str, Exponent]:
        """Exponents of the fields and derivatives in the flux, where it is one product."""
        return {atom_name(factor): exponent for factor, exponent in self._factors if not _is_function(factor)}

    @property
    def functions(self) -> tuple[str, ...]:
        """Functions and brackets in the flux, where it is one product."""
        return tuple(atom_name(factor) for factor, _ in self._factors if _is_function(factor))

    @property
    def derivatives(self) -> tuple[tuple[str, str], ...]:
        """Field and axes of each derivative in the expanded term, without repeats."""
        found = [one for one in atoms_of(self.expression) if isinstance(one, Derivative)]
        return tuple(dict.fromkeys((one.field, one.axes) for one in found))

    @property
    def is_polynomial(self) -> bool:
        """Whether the flux is a polynomial of the fields: no derivative, function or fraction."""
        factors = [pair for monomial, _ in self.flux.items for pair in monomial]
        return all(isinstance(one, Symbol) and isinstance(power, int) and power > 0 for one, power in factors)

    @property
    def latex(self) -> str:
        """The term in LaTeX, without dollar signs."""
        if not self.outer:
            return LATEX.expression(self.expression, {})
        inside = f"\\left({LATEX.expression(self.flux, {})}\\right)_{{{self.outer}}}"
        weight = LATEX.expression(collect([(self.coefficient, 1.0)]), {}) if self.coefficient else ""
        return f"{weight} {inside}".strip()

    def divergence(self) -> Term | None:
        """Return the same term with every derivative outside.

        Returns
        -------
        Term or None
            ``(0.5*u**2)_x`` for ``u*u_x`` and ``(u)_xx`` for ``u_xx``: equal to this term at
            every sample, and ready for integration by parts. None where the term is
            no derivative of a function of the fields, such as ``u*u_xx``.
        """
        inside = [pair for pair in self._factors if isinstance(pair[0], Derivative)]
        if not any(isinstance(one, Derivative) for one in atoms_of(self.flux)):
            return self
        if len(self.flux.items) != 1 or len(inside) != 1 or inside[0][1] != 1 or self.outer:
            return None
        derivative = inside[0][0]
        rest = tuple(pair for pair in self._factors if pair not in inside)
        flux = _antiderivative(rest, derivative)  # type: ignore[arg-type]
        if flux is None:
            return None
        outer = derivative.axes  # type: ignore[union-attr]
        weight = f"{term_name(self.coefficient)}*" if self.coefficient else ""
        name = f"{weight}({expression_text(flux)})_{outer}"
        return Term(name, self.expression, flux, outer, self.coefficient, self.basis)

    @property
    def _factors(self) -> Monomial:
        return self.flux.items[0][0] if len(self.flux.items) == 1 else ()


def _antiderivative(rest: Monomial, derivative: Derivative) -> Expression | None:
    field = Symbol(derivative.field)
    if not rest:
        return atom(field)
    ((base, exponent), *others) = rest
    if others or base != field or len(derivative.axes) > 1 or exponent == -1:
        return None
    return multiply(number(1.0 / (exponent + 1)), power(atom(field), exponent + 1))


def _is_function(factor: Atom) -> bool:
    return isinstance(factor, Call | Group)


def _has_field(factor: Atom, names: Collection[str]) -> bool:
    alone = Expression(((((factor, 1),), 1.0),))
    return any(
        isinstance(one, Derivative) or (isinstance(one, Symbol) and one.name in names) for one in atoms_of(alone)
    )
