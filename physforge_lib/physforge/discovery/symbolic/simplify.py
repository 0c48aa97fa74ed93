"""Simplify a fitted form step by step, always where it costs least."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.symbolic.fit import Fit, Problem, canonical, fit
from physforge.discovery.symbolic.form import Form, Formula, formula_of
from physforge.errors import EquationError

#: A constant may become one if it is closer to that than this many standard errors.
_NEAR = 4.0


@dataclass(frozen=True)
class _Change:
    """Leave out the term at `place`, or give the constant at `place` a fixed value."""

    cost: float
    place: int
    value: float | None = None


def simplifications(start: Formula, problem: Problem, known: Collection[Form]) -> Iterator[Fit]:
    """Fit a form, and then every simpler one on the way to nothing.

    Each step leaves out the term, or sets the constant within a term to zero or one,
    whose change is the smallest in units of its standard error.

    Parameters
    ----------
    start : Formula
        Form with numbers to start from.
    problem : Problem
        The samples.
    known : collection of Form
        Where the path reaches one of these it ends; it may grow meanwhile.

    Yields
    ------
    Fit
        In the order in which they become simpler.
    """
    formula: Formula | None = start
    while formula is not None and formula.form.terms and formula.form not in known:
        found = fit(formula, problem)
        found = None if found is None else canonical(found, problem)
        if found is None:
            return
        yield found
        formula = _next(found, problem)


def _next(found: Fit, problem: Problem) -> Formula | None:
    for change in _changes(found, problem):
        try:
            return _changed(found.formula, change, problem)
        except EquationError:
            # Such as a division by zero: the next change will do.
            continue
    return None


def _changes(found: Fit, problem: Problem) -> list[_Change]:
    terms = len(found.formula.form.terms)
    estimates, errors = found.ratios(problem)
    sizes = np.abs(estimates) / np.maximum(errors, 1e-300)
    changes = [_Change(float(sizes[index]), index) for index in range(terms)]
    for index in range(terms, len(estimates)):
        changes.append(_Change(float(sizes[index]), index - terms, 0.0))
        one = float(np.copysign(1.0, estimates[index]))
        distance = float(abs(estimates[index] - one) / max(errors[index], 1e-300))
        if distance < _NEAR:
            # Of two equally cheap changes the one to a plain number keeps more of the form.
            changes.append(_Change(0.25 * distance, index - terms, one))
    return sorted(changes, key=lambda change: change.cost)


def _changed(formula: Formula, change: _Change, problem: Problem) -> Formula:
    form, coefficients, values = formula.form, formula.coefficients, formula.values
    if change.value is None:
        kept = [index for index in range(len(form.terms)) if index != change.place]
        form, coefficients = Form(tuple(form.terms[index] for index in kept), form.constants), coefficients[kept]
    else:
        values = _replaced(values, change.place, change.value)
    simpler = Formula(form, coefficients, values).expression(problem.fields)
    return formula_of(simpler, list(problem.values))


def _replaced(values: Float, place: int, value: float) -> Float:
    changed = values.copy()
    changed[place] = value
    return changed
