"""What is needed to evaluate a list of terms and their standard deviations, block by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from physforge.equations.calculus import partial_derivative
from physforge.equations.expression import Coefficient, Derivative, Expression, Symbol, atoms_of
from physforge.equations.text import atom_name
from physforge.errors import LibraryError
from physforge.features.bases import Basis
from physforge.features.calls import UserCall
from physforge.features.columns import Columns, Float
from physforge.features.term import Term

#: Samples that are evaluated together: few enough for their powers to stay in the cache.
BLOCK = 16_384


@dataclass(frozen=True, eq=False)
class Plan:
    """Evaluates terms on blocks of samples.

    Parameters
    ----------
    terms : tuple of Term
        One for each column.
    calls : tuple of UserCall
        The user's functions.
    bases : mapping of str to Basis
        By coordinate.
    """

    terms: tuple[Term, ...]
    calls: tuple[UserCall, ...]
    bases: Mapping[str, Basis]

    @property
    def names(self) -> list[str]:
        """Fields, derivatives and coordinates whose values are needed."""
        called = {one.name: one.arguments for one in self.calls}
        names: list[str] = []
        for atom in self._atoms:
            name = atom_name(atom)
            names += [atom.argument] if isinstance(atom, Coefficient) else called.get(name, [name])
        return list(dict.fromkeys(names))

    @cached_property
    def _atoms(self) -> list[Symbol | Derivative | Coefficient]:
        return list(dict.fromkeys(atom for term in self.terms for atom in atoms_of(term.expression)))

    @cached_property
    def _calls(self) -> list[UserCall]:
        used = {atom_name(atom) for atom in self._atoms}
        return [one for one in self.calls if one.name in used]

    def values(self, given: Mapping[str, Float], out: Float) -> None:
        """Evaluate every term.

        Parameters
        ----------
        given : mapping of str to numpy.ndarray of shape (n,)
            For each of `names`.
        out : numpy.ndarray of shape (n, n_terms)
            Overwritten.
        """
        for part in _blocks(len(out)):
            known = self._completed({name: array[part] for name, array in given.items()})
            rows = out[part]
            Columns(known, len(rows)).fill([term.expression for term in self.terms], rows)

    def variances(self, given: Mapping[str, Float], sd: Mapping[str, Float], out: Float) -> None:
        """Propagate the errors of fields and derivatives to first order.

        Parameters
        ----------
        given : mapping of str to numpy.ndarray of shape (n,)
            For each of `names`.
        sd : mapping of str to numpy.ndarray of shape (n,)
            Standard deviations of some of them; the others are exact.
        out : numpy.ndarray of shape (n, n_terms)
            Overwritten.
        """
        slopes = [self._slopes(term, sd) for term in self.terms]
        for part in _blocks(len(out)):
            known = {name: array[part] for name, array in given.items()}
            spread = {name: array[part] for name, array in sd.items()}
            spread |= self._spread_of_calls(known, spread)
            columns = Columns(self._completed(known), len(out[part]))
            squares = {name: array**2 for name, array in spread.items()}
            with np.errstate(all="ignore"):
                for index, partials in enumerate(slopes):
                    _add_squares(columns, partials, squares, out[part][:, index])

    def _slopes(self, term: Term, sd: Mapping[str, Float]) -> list[tuple[str, Expression]]:
        called = {one.name for one in self._calls if set(one.arguments) & set(sd)}
        variables = [one for one in atoms_of(term.expression) if isinstance(one, Symbol | Derivative)]
        uncertain = {atom_name(one): one for one in variables if atom_name(one) in sd or atom_name(one) in called}
        return [(name, partial_derivative(term.expression, one)) for name, one in uncertain.items()]

    def _completed(self, given: dict[str, Float]) -> dict[str, Float]:
        """Add the values of the user's functions and of the bases."""
        known = dict(given)
        for one in self._calls:
            known[one.name] = _called(one, [given[argument] for argument in one.arguments])
        for atom in self._atoms:
            if not isinstance(atom, Coefficient):
                continue
            name = atom_name(atom)
            basis = self.bases.get(atom.argument)
            number = basis.number_of(name, atom.argument) if basis is not None else None
            if basis is None or number is None:
                raise LibraryError(f"The coefficient {name!r} belongs to no basis of the library; use varying=.")
            known[name] = basis.evaluate(number, given[atom.argument])
        return known

    def _spread_of_calls(self, given: Mapping[str, Float], sd: Mapping[str, Float]) -> dict[str, Float]:
        """Difference each function over one standard deviation to either side, which needs no derivative of it."""
        spread = {}
        for one in self._calls:
            arguments = [given[name] for name in one.arguments]
            total = np.zeros_like(arguments[0])
            for index, name in enumerate(one.arguments):
                if name in sd:
                    above, below = (
                        [*arguments[:index], arguments[index] + step, *arguments[index + 1 :]]
                        for step in (sd[name], -sd[name])
                    )
                    total += ((_called(one, above) - _called(one, below)) / 2) ** 2
            if set(one.arguments) & set(sd):
                spread[one.name] = np.sqrt(total)
        return spread


def _blocks(size: int) -> list[slice]:
    return [slice(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK)]


def _add_squares(
    columns: Columns, partials: Sequence[tuple[str, Expression]], squares: Mapping[str, Float], out: Float
) -> None:
    out[:] = 0.0
    for name, partial in partials:
        slope = columns.total(partial, np.empty(columns.size))
        slope *= slope
        slope *= squares[name]
        out += slope


def _called(one: UserCall, arguments: Sequence[Float]) -> Float:
    with np.errstate(all="ignore"):
        result = np.asarray(one.function(*arguments), dtype=np.float64)
    if result.shape != arguments[0].shape:
        raise LibraryError(
            f"{one.name} returned shape {result.shape} for arguments of shape {arguments[0].shape}; a function must "
            "work element by element, as NumPy's do."
        )
    return result
