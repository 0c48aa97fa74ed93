"""Challenge the expression found: by polynomial equations, and by other derivatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from physforge.derivatives import SavitzkyGolay
from physforge.discovery.method import Question
from physforge.discovery.regression import Regression
from physforge.discovery.rivals import find_rivals
from physforge.discovery.selection import Candidate as Linear
from physforge.discovery.selection import deal_folds, judge
from physforge.discovery.stlsq import STLSQ
from physforge.discovery.symbolic.choice import Candidate, Comparison, Price, compare
from physforge.discovery.symbolic.fit import Problem, compile_form, fit_all
from physforge.discovery.symbolic.form import Form, read_term
from physforge.discovery.symbolic.noise import problem_of
from physforge.discovery.symbolic.table import Table, gather
from physforge.discovery.symbolic.writing import right_side
from physforge.discovery.verdict import ALIKE
from physforge.equations.expression import atoms_of
from physforge.equations.term import canonical_term
from physforge.equations.text import atom_name
from physforge.errors import DerivativeError, DiscoveryError

#: Terms that a rival may have beyond those of the expression.
_EXTRA_TERMS = 2


def polynomial_rival(chosen: Candidate, problem: Problem, question: Question, rng: np.random.Generator) -> str | None:
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
    folds = deal_folds(regression, rng)
    support = tuple(range(len(form.terms)))
    mine = judge(regression, [support], regression.blocks, folds)[0]
    rivals = [one for one in find_rivals(regression, STLSQ(), support, folds) if _as_well(one, mine)]
    if not rivals:
        return None
    best = min(rivals, key=lambda one: (one.criterion, one.support))
    return " + ".join(terms[index] for index in best.support)


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


def _as_well(rival: Linear, mine: Linear) -> bool:
    short = 0 < len(rival.support) <= len(mine.support) + _EXTRA_TERMS
    return short and rival.log_misfit - mine.log_misfit < ALIKE


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
