"""Challenge the expression found: by polynomial equations, and by other derivatives."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from physforge.derivatives import SavitzkyGolay
from physforge.discovery.method import Question
from physforge.discovery.regression import Regression
from physforge.discovery.rivals import find_rivals
from physforge.discovery.selection import RESOLUTION, deal_folds
from physforge.discovery.stlsq import STLSQ
from physforge.discovery.symbolic.choice import Candidate, Comparison, Price, compare
from physforge.discovery.symbolic.fit import Fit, Problem, compile_form, fit, fit_all
from physforge.discovery.symbolic.form import Form, Formula, read_term
from physforge.discovery.symbolic.noise import noise_share, problem_of
from physforge.discovery.symbolic.table import Table, gather
from physforge.discovery.symbolic.writing import right_side
from physforge.discovery.verdict import ALIKE
from physforge.equations.expression import atoms_of
from physforge.equations.term import canonical_term
from physforge.equations.text import atom_name
from physforge.errors import DerivativeError, DiscoveryError

#: Terms that a rival may have beyond those of the expression.
_EXTRA_TERMS = 2

#: Rivals that are judged with their noise.
_JUDGED = 12


def polynomial_rival(
    chosen: Candidate, problem: Problem, question: Question, table: Table, target: str, rng: np.random.Generator
) -> str | None:
    """Find an equation of library terms that lacks some term of the expression and does as well.

    On a single travelling wave, say, quite different equations hold at once, and a search
    settles on the shortest.

    Parameters
    ----------
    chosen : Candidate
        The expression.
    problem : Problem
        The samples.
    question : Question
        With the library.
    table : Table
        With the sds of the variables: a rival with noisy terms is judged with their noise.
    target : str
        What is explained.
    rng : numpy.random.Generator
        Deals the blocks.

    Returns
    -------
    str or None
        Its terms, joined by plus signs.
    """
    form = chosen.form
    terms = [*form.terms, *(term for term in _library_terms(question, problem) if term not in form.terms)]
    columns = compile_form(Form(tuple(terms), form.constants), list(problem.values), problem.fields)
    theta = columns(problem.values, chosen.fit.formula.values) * problem.weights[:, None]
    if len(problem.target) <= len(terms) or not np.all(np.isfinite(theta)):
        return None
    regression = Regression.build("", terms, theta, problem.weights * problem.target, problem.blocks)
    found = find_rivals(regression, STLSQ(), tuple(range(len(form.terms))), deal_folds(regression, rng))
    short = [one for one in found if 0 < len(one.support) <= len(form.terms) + _EXTRA_TERMS]
    for rival in sorted(short, key=lambda one: (one.criterion, one.support))[:_JUDGED]:
        named = Form(tuple(terms[index] for index in rival.support), form.constants)
        again = fit(Formula(named, np.zeros(len(named.terms)), chosen.fit.formula.values), problem, iterate=False)
        if again is not None and _does_as_well(again, chosen.fit, problem, table, target):
            return " + ".join(named.terms)
    return None


def _does_as_well(rival: Fit, chosen: Fit, problem: Problem, table: Table, target: str) -> bool:
    """Whether more noise in its terms explains that a rival fits worse.

    Noise in a term also makes its coefficient too small, hence twice the variance.
    """
    mine = max(problem.share(chosen.residuals), RESOLUTION) * math.exp(ALIKE)
    more = noise_share(rival, problem, table, target) ** 2 - noise_share(chosen, problem, table, target) ** 2
    return problem.share(rival.residuals) ** 2 < mine**2 + 2.0 * max(more, 0.0)


def other_opinion(
    comparison: Comparison, target: str, question: Question, table: Table, price: Price, rng: np.random.Generator
) -> str | None:
    """Compare the forms once more by derivatives taken in another way, where the data were smoothed.

    Parameters
    ----------
    comparison : Comparison
        The forms.
    target : str
        What they explain.
    question : Question
        The data.
    table : Table
        How derivatives were taken, and of which variables.
    price : Price
        Of a form.
    rng : numpy.random.Generator
        Deals blocks and draws resamples.

    Returns
    -------
    str or None
        The best right side, if it is another one. None also where the series is too short, or
        samples are missing: there is no other opinion then.
    """
    if not any(scheme.startswith("Gaussian process") for scheme in table.schemes.values()):
        return None
    try:
        other = gather(question, table.variables, smoothing=SavitzkyGolay())
    except (DerivativeError, DiscoveryError):
        return None
    if set(other.variables) != set(table.variables):
        return None
    problem = problem_of(other, target, question.fields)
    again = fit_all([one.fit.formula for one in comparison.candidates], problem)
    first = compare(again, problem, price, rng).candidates[0]
    same = first.form == comparison.candidates[0].form
    return None if same else right_side(first.fit.formula, question.fields)


def _library_terms(question: Question, problem: Problem) -> Sequence[str]:
    """Return the library's plain terms in the variables there are."""
    found = []
    for term in question.library.make_terms(question.fields, question.dims):
        expanded = canonical_term(term.name, fields=question.fields)
        if len(expanded) == 1 and _names(expanded[0][0], question) <= set(problem.values):
            found.append(expanded[0][0])
    return list(dict.fromkeys(found))


def _names(term: str, question: Question) -> set[str]:
    return {atom_name(factor) for factor in atoms_of(read_term(term, frozenset(question.fields)))}
