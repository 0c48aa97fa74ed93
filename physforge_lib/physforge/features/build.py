"""Make the terms of a library from its options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

from physforge.equations import derivative_name
from physforge.equations.arithmetic import atom, call, multiply, number
from physforge.equations.expression import Derivative, Expression, Symbol
from physforge.equations.names import FUNCTIONS
from physforge.errors import LibraryError
from physforge.features.calls import UserCall, user_calls
from physforge.features.limits import check_number, number_of_products
from physforge.features.term import Term
from physforge.features.written import written_term

if TYPE_CHECKING:
    from physforge.features.library import CandidateLibrary

_ONE = number(1.0)


@dataclass(frozen=True)
class Setting:
    """What a library is built for.

    Parameters
    ----------
    library : CandidateLibrary
        With numbers in place of None.
    states : tuple of str
        Fields that have derivatives and may be targets.
    forcing : tuple of str
        Fields that only enter terms.
    space : tuple of str
        Spatial dims.
    """

    library: CandidateLibrary
    states: tuple[str, ...]
    forcing: tuple[str, ...]
    space: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """States, then forcing fields."""
        return self.states + self.forcing

    @property
    def calls(self) -> list[UserCall]:
        """The user's functions with their arguments."""
        functions = self.library.functions
        return user_calls(functions, self.states) if isinstance(functions, dict) else []

    @property
    def names(self) -> frozenset[str]:
        """Every symbol that depends on the fields."""
        return frozenset([*self.fields, *(one.name for one in self.calls)])

    @property
    def multi_axes(self) -> list[str]:
        """The axes of each spatial derivative, by order."""
        order = self.library.derivatives or 0
        sizes = range(1, order + 1)
        return ["".join(axes) for size in sizes for axes in combinations_with_replacement(self.space, size)]

    @property
    def derivative_atoms(self) -> list[Derivative]:
        """Spatial, then time derivatives of the states."""
        axes = [*self.multi_axes, *("t" * order for order in range(1, self.library.time_derivatives + 1))]
        return [Derivative(field, one) for one in axes for field in self.states]


def build_terms(setting: Setting) -> tuple[Term, ...]:
    """Make every term once.

    Parameters
    ----------
    setting : Setting
        The options and names.

    Returns
    -------
    tuple of Term
        The constant, monomials, derivatives, products, conservative forms, functions,
        terms written out; then those with varying coefficients.

    Raises
    ------
    LibraryError
        If there are too many, or a name is unknown.
    """
    check_number(count_terms(setting))
    plain = _unique([*_plain_terms(setting), *_written(setting)])
    return _selected(setting, _unique(_varied(setting, plain)))


def count_terms(setting: Setting) -> int:
    """Count the terms without making them.

    Parameters
    ----------
    setting : Setting
        The options and names.

    Returns
    -------
    int
        An upper bound: duplicates are counted, and no exclusion is.
    """
    library, degree = setting.library, setting.library.polynomial or 0
    monomials = number_of_products(len(setting.fields), degree)
    derivatives = number_of_products(len(setting.derivative_atoms), library.derivative_degree)
    total = int(library.include_constant) + monomials + derivatives
    total += monomials * derivatives if library.include_interactions else 0
    if library.conservative:
        total += (number_of_products(len(setting.states), degree) - len(setting.states)) * len(setting.multi_axes)
    total += 2 * library.fourier * len(setting.states) + len(library.terms)
    total += len(library.functions) * len(setting.states)
    for basis in library.varying.values():
        total += (basis.size - 1) * (total if basis.terms is None else len(basis.terms))
    return total


def monomials_of(setting: Setting) -> list[Expression]:
    """Make the powers and products of the fields, without the constant.

    Parameters
    ----------
    setting : Setting
        The options and names.

    Returns
    -------
    list of Expression
        By degree.
    """
    return _products([atom(Symbol(field)) for field in setting.fields], setting.library.polynomial or 0)


def derivatives_needed(setting: Setting) -> list[str]:
    """List the derivatives that the terms take.

    Parameters
    ----------
    setting : Setting
        The options and names.

    Returns
    -------
    list of str
        Those of the options first, then those of functions and terms written out.
    """
    only, called = setting.library.only, {one.name: one.arguments for one in setting.calls}
    if only is None:
        names = [derivative_name(one.field, one.axes) for one in setting.derivative_atoms]
        terms = _written(setting)
    else:
        names = []
        terms = [written_term(name, setting.fields, setting.names) for name in only if name not in called]
    names += [derivative_name(*one) for term in terms for one in term.derivatives]
    for name, arguments in called.items():
        if only is None or name in only:
            names += [argument for argument in arguments if argument not in setting.fields]
    return list(dict.fromkeys(names))


def _plain_terms(setting: Setting) -> Iterator[Term]:
    library, names = setting.library, setting.names
    monomials = monomials_of(setting)
    derivatives = _products([atom(one) for one in setting.derivative_atoms], library.derivative_degree)
    made = [*([_ONE] if library.include_constant else []), *monomials, *derivatives]
    if library.include_interactions:
        made += [multiply(monomial, derivative) for derivative in derivatives for monomial in monomials]
    yield from (Term.from_expression(one, names) for one in made)
    if library.conservative:
        products = _products([atom(Symbol(field)) for field in setting.states], library.polynomial or 0)
        nonlinear = products[len(setting.states) :]
        for axes in setting.multi_axes:
            yield from (Term.from_flux(one, axes, names) for one in nonlinear)
    for wavenumber in range(1, library.fourier + 1):
        for field in setting.states:
            angle = multiply(number(float(wavenumber)), atom(Symbol(field)))
            yield from (Term.from_expression(call(one, angle), names) for one in ("sin", "cos"))


def _written(setting: Setting) -> list[Term]:
    functions = setting.library.functions
    made = [Term.from_expression(atom(Symbol(one.name)), setting.names) for one in setting.calls]
    texts: list[str] = []
    if not isinstance(functions, dict):
        for one in functions:
            texts += [f"{one}({field})" for field in setting.states] if one in FUNCTIONS else [one]
    made += [written_term(text, setting.fields, setting.names) for text in [*texts, *setting.library.terms]]
    return made


def _products(factors: Sequence[Expression], degree: int) -> list[Expression]:
    made = []
    for size in range(1, degree + 1):
        for chosen in combinations_with_replacement(factors, size):
            product = _ONE
            for factor in chosen:
                product = multiply(product, factor)
            made.append(product)
    return made


def _unique(terms: Iterable[Term]) -> list[Term]:
    first: dict[object, Term] = {}
    for term in terms:
        if term.expression.items:
            first.setdefault(term.key, term)
    return list(first.values())


def _varied(setting: Setting, terms: list[Term]) -> list[Term]:
    for coordinate, basis in setting.library.varying.items():
        if coordinate in setting.fields:
            raise LibraryError(
                f"A coefficient cannot vary with {coordinate!r}, which is a field; write terms= instead."
            )
        chosen = terms if basis.terms is None else _found(setting, terms, basis.terms, f"varying[{coordinate!r}]")
        added = [term.times(factors) for term in chosen for factors in basis.factors(coordinate)]
        replaced = {term.name for term in chosen} if basis.replaces else set()
        kept = [term for term in terms if term.name not in replaced]
        terms = kept + added
    return terms


def _selected(setting: Setting, terms: list[Term]) -> tuple[Term, ...]:
    library = setting.library
    if library.only is not None:
        terms = _found(setting, terms, library.only, "only")
    if library.exclude:
        excluded = {term.name for term in _found(setting, terms, library.exclude, "exclude")}
        terms = [term for term in terms if term.name not in excluded]
    if not terms:
        raise LibraryError("The library has no term left; allow more with only= or exclude=, or give terms=.")
    return tuple(terms)


def _found(setting: Setting, terms: Sequence[Term], wanted: Sequence[str], option: str) -> list[Term]:
    by_name = {term.name: term for term in terms}
    by_key = {term.key: term for term in terms}
    found = []
    for name in wanted:
        term = by_name.get(name) or by_key.get(written_term(name, setting.fields, setting.names).key)
        if term is None:
            shown = ", ".join(list(by_name)[:12]) + (", ..." if len(by_name) > 12 else "")
            raise LibraryError(f"{option} names {name!r}, which is not a term of the library: {shown}.")
        found.append(term)
    return found
