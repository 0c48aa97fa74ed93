"""Search several times, and keep every form on the way from what is found to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from physforge.discovery.selection import RESOLUTION
from physforge.discovery.symbolic.engine import Engine, Search
from physforge.discovery.symbolic.fit import Fit, Problem
from physforge.discovery.symbolic.form import Form, read_formula
from physforge.discovery.symbolic.simplify import simplifications
from physforge.errors import EquationError
from physforge.progress import track

if TYPE_CHECKING:
    from physforge.discovery.symbolic_regression import SymbolicRegression

#: Samples that expressions are searched and simplified with; the choice uses all.
_SEARCHED, _SIMPLIFIED = 600, 1000


@dataclass(frozen=True, eq=False)
class Paths:
    """Forms by search, fitted to some of the samples.

    Parameters
    ----------
    problem : Problem
        The samples they are fitted to.
    searches : tuple of mapping of Form to Fit
        What each search came to.
    """

    problem: Problem
    searches: tuple[Mapping[Form, Fit], ...]

    @property
    def fits(self) -> dict[Form, Fit]:
        """Each form once."""
        return {form: one for search in reversed(self.searches) for form, one in search.items()}

    def agreed(self, form: Form) -> int:
        """Return how many searches came to a form, or to another way of writing the same function.

        Parameters
        ----------
        form : Form
            What one of them came to.

        Returns
        -------
        int
            Two functions are the same if they differ by less than derivatives are resolved, and have as
            many numbers.
        """
        found = self.fits.get(form)
        return sum(form in search or (found is not None and _has_equal(search, found)) for search in self.searches)


def search_expressions(
    method: SymbolicRegression, engine: Engine, problem: Problem, target: str, rng: np.random.Generator
) -> Paths:
    """Search expressions for a target.

    Parameters
    ----------
    method : SymbolicRegression
        Settings.
    engine : Engine
        What searches.
    problem : Problem
        The samples, which are thinned.
    target : str
        Its name, for the progress bar.
    rng : numpy.random.Generator
        Gives each search its seed.

    Returns
    -------
    Paths
        Perhaps without any form.
    """
    thinned, few = problem.thinned(_SIMPLIFIED), problem.thinned(_SEARCHED)
    names = tuple(problem.values)
    # Among many functions a search easily misses a plain quotient.
    kinds = [method.functions] * method.searches + [()] * bool(method.functions)
    seeds = rng.integers(1, 2**31, size=len(kinds))
    searches = []
    for functions, seed in track(list(zip(kinds, seeds, strict=True)), f"Searching expressions for {target}"):
        search = Search(
            names=names,
            table=np.column_stack([few.values[name] for name in names]),
            target=few.target,
            functions=functions,
            length=method.length,
            evaluations=method.evaluations,
            budget_s=method.budget_s,
            seed=int(seed),
        )
        searches.append(_simplified(engine, search, thinned))
    return Paths(thinned, tuple(searches))


def _simplified(engine: Engine, search: Search, problem: Problem) -> dict[Form, Fit]:
    found: dict[Form, Fit] = {}
    for text in engine(search):
        try:
            formula = read_formula(text, problem.fields, search.names)
        except EquationError:
            # It expands without end, or divides by zero: no equation can write it.
            continue
        for one in simplifications(formula, problem, found):
            found[one.formula.form] = one
    return found


def _has_equal(search: Mapping[Form, Fit], found: Fit) -> bool:
    size = float(np.linalg.norm(found.predicted))
    return any(
        len(form.names) <= len(found.formula.form.names)
        and float(np.linalg.norm(one.predicted - found.predicted)) < RESOLUTION * size
        for form, one in search.items()
    )
