"""From candidate terms to columns of a weak form, and to each term as a sum of columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from physforge.discovery.method import Question
from physforge.discovery.weak.candidates import Mixture
from physforge.discovery.weak.columns import Column
from physforge.discovery.weak.exponentials import FieldFunction
from physforge.discovery.weak.noise_free import Powers
from physforge.discovery.weak.parts import Part, parts_of
from physforge.discovery.weak.smooth_functions import SmoothFunction
from physforge.equations import derivative_name, split_derivative
from physforge.equations.expression import Monomial
from physforge.equations.text import term_name
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary, Term


@dataclass(frozen=True)
class Menu:
    """What is to be integrated.

    Parameters
    ----------
    library : CandidateLibrary
        The candidates, with what their bases take from the data.
    columns : tuple of Column
        The targets first.
    terms : tuple of (str, Mixture)
        Candidates by name, as sums of columns.
    weights : tuple of Monomial
        Known factors; their exponents in the columns follow those of the fields.
    functions : tuple of FieldFunction or SmoothFunction
        Functions of fields, whose exponents come last.
    """

    library: CandidateLibrary
    columns: tuple[Column, ...]
    terms: tuple[tuple[str, Mixture], ...]
    weights: tuple[Monomial, ...]
    functions: tuple[FieldFunction | SmoothFunction, ...]


def menu_of(question: Question) -> Menu:
    """Write the candidates of a question as columns.

    Parameters
    ----------
    question : Question
        Targets and library.

    Returns
    -------
    Menu
        Lower time derivatives of the targets are candidates too.

    Raises
    ------
    DiscoveryError
        If a candidate cannot be integrated by parts.
    """
    fields, dims = list(question.fields), list(question.dims)
    library = question.library
    if isinstance(library.functions, dict):
        raise DiscoveryError(
            f"An equation cannot contain the Python functions {', '.join(library.functions)}; write them in the "
            "grammar of equations, as CandidateLibrary(functions=('u/(1 + u**2)',))."
        )
    if library.varying:
        library = library.complete(question.runs, fields)
    terms = [(term, parts_of(term, fields, dims)) for term in library.make_terms(fields, dims)]
    _refuse([term.name for term, parts in terms if parts is None])
    known = [(term, parts) for term, parts in terms if parts is not None]
    every = [part for _, parts in known for part in parts]
    weights = tuple(dict.fromkeys(part.weight for part in every if part.weight))
    functions = tuple(dict.fromkeys(one for part in every for one, _ in part.functions))
    more = _Exponents(weights, functions)
    columns = [_widened(Column.of_derivative(name, fields, dims), more) for name in question.targets]
    lower = [_widened(Column.of_derivative(name, fields, dims), more) for name in _lower(question)]
    single = {id(term): Column.of_part(term, parts[0], more.of(parts[0])) for term, parts in known if len(parts) == 1}
    first = len(columns)
    columns += [*single.values(), *lower]
    places = {(column.powers, column.orders): index for index, column in enumerate(columns) if index >= first}
    mixtures: list[tuple[str, Mixture]] = []
    for term, parts in known:
        if id(term) in single:
            column = single[id(term)]
            mixtures.append((column.name, ((places[column.powers, column.orders], 1.0),)))
        else:
            mixtures.append((term.reported, _mixture(term, parts, more, columns, places)))
    mixtures += [(one.name, ((places[one.powers, one.orders], 1.0),)) for one in lower]
    return Menu(library, tuple(columns), tuple(mixtures), weights, functions)


@dataclass(frozen=True)
class _Exponents:
    """Exponents of the factors beside the fields."""

    weights: tuple[Monomial, ...]
    functions: tuple[FieldFunction | SmoothFunction, ...]

    def of(self, part: Part | None) -> Powers:
        exponents = dict(part.functions) if part else {}
        weight = part.weight if part else ()
        return (*(int(one == weight) for one in self.weights), *(exponents.get(one, 0) for one in self.functions))


def _widened(column: Column, more: _Exponents) -> Column:
    return Column(column.name, column.factor, (*column.powers, *more.of(None)), column.orders)


def _mixture(
    term: Term,
    parts: Sequence[Part],
    more: _Exponents,
    columns: list[Column],
    places: dict[tuple[Powers, tuple[int, ...]], int],
) -> Mixture:
    """Find the columns of a term, and add those that are new."""
    times = term.expression.items[0][1] if len(term.expression.items) == 1 else 1.0
    found = []
    for part in parts:
        key = ((*part.powers, *more.of(part)), part.orders)
        if key not in places:
            places[key] = len(columns)
            columns.append(Column(f"{term_name(part.weight)} in {term.name}", 1.0, *key))
        found.append((places[key], part.factor / times / columns[places[key]].factor))
    return tuple(found)


def _lower(question: Question) -> list[str]:
    """List the lower time derivatives of the targets."""
    found = []
    for name in question.targets:
        field, axes = split_derivative(name, question.fields)
        found += [derivative_name(field, axes[:order]) for order in range(1, len(axes))]
    return found


def _refuse(names: Iterable[str]) -> None:
    refused = list(names)
    if refused:
        raise DiscoveryError(
            "The weak form needs terms that can be integrated by parts, of powers and smooth functions of one field, "
            f"which {', '.join(refused[:5])} cannot be. Leave them out with CandidateLibrary(exclude=...), or use "
            "method='stlsq'."
        )
