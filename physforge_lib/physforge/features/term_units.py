"""The units of terms, and which terms make no sense in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import xarray as xr

from physforge.equations.expression import (
    Atom,
    Call,
    Coefficient,
    Derivative,
    Exponent,
    Expression,
    Group,
    Monomial,
    Symbol,
)
from physforge.equations.text import atom_name, expression_text
from physforge.errors import LibraryError
from physforge.features.term import Term
from physforge.features.units import difference_of, has_offset, is_scale_free, parse_units, registry, same_units

if TYPE_CHECKING:
    from pint import Unit


@dataclass(frozen=True, eq=False)
class VariableUnits:
    """The units of fields and coordinates.

    Parameters
    ----------
    units : mapping of str to pint.Unit
        Of those that have one.
    offset : mapping of str to str
        Units of the fields whose zero is a convention; `units` holds those of differences.
    """

    units: Mapping[str, Unit]
    offset: Mapping[str, str]

    def of_term(self, term: Term) -> Unit | None:
        """Return the units of a term.

        Parameters
        ----------
        term : Term
            One candidate.

        Returns
        -------
        pint.Unit or None
            None where a field or coordinate in it has none.

        Raises
        ------
        LibraryError
            If the term makes no sense in these units: a sine of a length, a sum of a
            length and a time.
        """
        if not term.basis:
            return self._expression(term.expression)
        weight = self._monomial(term.coefficient, basis=True)
        flux = self._expression(term.flux)
        for axis in term.outer:
            flux = _over(flux, self.units.get(axis))
        return _times(weight, flux)

    def of_derivative(self, field: str, axes: str) -> Unit | None:
        """Return the units of a derivative.

        Parameters
        ----------
        field, axes : str
            For example ``"u"`` and ``"xx"``; without axes, the field itself.

        Returns
        -------
        pint.Unit or None
            None where the field or an axis has none.
        """
        unit = self.units.get(field)
        for axis in axes:
            unit = _over(unit, self.units.get(axis))
        return unit

    def _expression(self, expression: Expression) -> Unit | None:
        units = [self._monomial(monomial) for monomial, _ in expression.items]
        known = [unit for unit in units if unit is not None]
        for unit in known[1:]:
            if not same_units(known[0], unit):
                first, other = _shown(known[0]), _shown(unit)
                raise LibraryError(f"{expression_text(expression)} adds {first} and {other}")
        return known[0] if known and len(known) == len(units) else None

    def _monomial(self, monomial: Monomial, *, basis: bool = False) -> Unit | None:
        total: Unit | None = registry().dimensionless
        for factor, exponent in monomial:
            total = _times(total, self._factor(factor, exponent, basis=basis))
        return total

    def _factor(self, factor: Atom, exponent: Exponent, *, basis: bool) -> Unit | None:
        name = atom_name(factor)
        if name in self.offset and not (isinstance(exponent, int) and exponent > 0):
            scale = self.offset[name]
            raise LibraryError(
                f"{name}**{exponent:g} depends on where {scale} has its zero; convert {name!r} to absolute units, such "
                "as K"
            )
        unit = self._atom(factor, basis=basis)
        return None if unit is None else cast("Unit", unit**exponent)

    def _atom(self, factor: Atom, *, basis: bool) -> Unit | None:
        match factor:
            case Symbol(name):
                return self.units.get(name)
            case Derivative(field, axes):
                return self.of_derivative(field, axes)
            case Coefficient():
                return registry().dimensionless
            case Group(expression):
                return self._expression(expression)
            case Call("abs", argument):
                return self._expression(argument)
            case Call(function, argument):
                # The wavenumber of a basis carries the inverse unit of its coordinate.
                if not basis:
                    self._check_argument(function, argument)
                return registry().dimensionless

    def _check_argument(self, function: str, argument: Expression) -> None:
        unit = self._expression(argument)
        if unit is None or is_scale_free(unit):
            return
        text = expression_text(argument)
        what = f"has no value for an argument in {_shown(unit)}"
        if unit.dimensionless:
            what = f"takes a plain number, but {text} is in {_shown(unit)}; convert it to radians or a fraction"
        raise LibraryError(f"{function}({text}) {what}")


def units_of_variables(d: xr.Dataset, names: Iterable[str]) -> VariableUnits:
    """Read the units of fields and coordinates.

    Parameters
    ----------
    d : xarray.Dataset
        With attributes ``units``.
    names : iterable of str
        Fields and coordinates; others count as without units.

    Returns
    -------
    VariableUnits
        Of those that have units.

    Raises
    ------
    LibraryError
        If units cannot be read.
    """
    units, offset = {}, {}
    for name in names:
        text = d[name].attrs.get("units") if name in d.variables else None
        if text is None:
            continue
        unit = parse_units(str(text), name)
        if has_offset(unit):
            offset[name] = str(text)
            unit = difference_of(unit, name)
        units[name] = unit
    return VariableUnits(units, offset)


def units_of_terms(terms: Sequence[Term], variables: VariableUnits) -> tuple[dict[str, Unit | None], dict[str, str]]:
    """Return the units of each term.

    Parameters
    ----------
    terms : sequence of Term
        The candidates.
    variables : VariableUnits
        The units of what is in them.

    Returns
    -------
    units : dict of str to pint.Unit or None
        None where a variable has none, or the term makes no sense.
    problems : dict of str to str
        Why a term makes no sense, for those that do not.
    """
    units: dict[str, Unit | None] = {}
    problems = {}
    for term in terms:
        try:
            units[term.name] = variables.of_term(term)
        except LibraryError as error:
            units[term.name] = None
            problems[term.name] = f"{error}."
    return units, problems


def _times(first: Unit | None, second: Unit | None) -> Unit | None:
    return None if first is None or second is None else first * second


def _over(first: Unit | None, second: Unit | None) -> Unit | None:
    return None if first is None or second is None else first / second


def _shown(unit: Unit) -> str:
    return f"{unit:~}" or "a plain number"
