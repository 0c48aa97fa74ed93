"""Answer a question by symbolic regression: table, search, simplification, choice, verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from physforge.discovery.finding import Finding
from physforge.discovery.method import Answer, Outcome, Question
from physforge.discovery.selection import RESOLUTION
from physforge.discovery.symbolic.challenge import other_opinion, polynomial_rival
from physforge.discovery.symbolic.choice import RESAMPLES, Comparison, Price, compare, shortlist
from physforge.discovery.symbolic.engine import Engine
from physforge.discovery.symbolic.fit import Fit, Problem, fit_all
from physforge.discovery.symbolic.form import Form, Formula
from physforge.discovery.symbolic.noise import excess, problem_of, variables_in
from physforge.discovery.symbolic.paths import search_expressions
from physforge.discovery.symbolic.table import Table, gather
from physforge.discovery.symbolic.verdict import Evidence, challenged, doubts, nothing_supported
from physforge.discovery.symbolic.writing import front_table, left_out, right_side
from physforge.discovery.table import candidate_table
from physforge.discovery.verdict import NOT_SETTLED, SETTLED, UNSUPPORTED

if TYPE_CHECKING:
    from physforge.discovery.symbolic_regression import SymbolicRegression


def answer(question: Question, method: SymbolicRegression) -> Answer:
    """Find an expression for each target.

    Parameters
    ----------
    question : Question
        Data and targets.
    method : SymbolicRegression
        Settings.

    Returns
    -------
    Answer
        One outcome for each target.

    Raises
    ------
    DiscoveryError
        If the data are too few or a variable is none.
    DerivativeError
        If the data do not give the derivatives.
    MissingExtraError
        If the engine is not installed.
    """
    table = gather(question, method.variables)
    engine = _engine(method)
    outcomes = [
        _outcome(question, method, table, engine, target, rng)
        for target, rng in zip(question.targets, question.generators(), strict=True)
    ]
    key = {"pyoperon": "burlacu2020", "pysr": "cranmer2023"}[method.engine]
    return Answer(outcomes, {"derivatives": table.schemes, "variables": list(table.variables)}, (key,))


def _engine(method: SymbolicRegression) -> Engine:
    if method.engine == "pysr":
        from physforge.discovery.symbolic.pysr_adapter import check_julia, search_with_pysr

        check_julia()
        return search_with_pysr
    from physforge.discovery.symbolic.operon import check_operon, search_with_operon

    check_operon()
    return search_with_operon


def _outcome(
    question: Question,
    method: SymbolicRegression,
    table: Table,
    engine: Engine,
    target: str,
    rng: np.random.Generator,
) -> Outcome:
    if not np.any(table.values[target]) or not table.variables:
        return _unsupported(table, target, question)
    problem = problem_of(table, target, question.fields)
    price = _price(table, problem, method, target)
    paths = search_expressions(method, engine, problem, target, rng)
    chosen_few = shortlist([*paths.fits.values(), _empty(paths.problem)], paths.problem, price)
    comparison = compare(fit_all([one.formula for one in chosen_few], problem), problem, price, rng)
    best = comparison.candidates[0]
    finding = _finding(table, problem, comparison, target)
    candidates = front_table(target, comparison, question.fields)
    if not finding.terms:
        return Outcome(finding, [nothing_supported(target)], candidates)
    used = variables_in(best.fit, problem)
    evidence = Evidence(
        chosen=best,
        comparison=comparison,
        texts={one.form: right_side(one.fit.formula, question.fields) for one in comparison.candidates},
        excess=excess(best.fit, problem, table, target),
        noise={name: table.noise_of(name) for name in (target, *used) if name in table.schemes},
        searches=len(paths.searches),
        agreed=paths.agreed(best.form),
        warnings=[*table.warnings, *([left_out(table.noisy)] if table.noisy else [])],
    )
    reasons = doubts(finding, evidence)
    if not reasons:
        # To challenge a form takes time, and matters where nothing else speaks against it.
        rival = polynomial_rival(best, problem, question, table, target, rng)
        reasons = challenged(rival, other_opinion(comparison, target, question, table, price, rng))
    status = NOT_SETTLED if reasons else SETTLED
    return Outcome(replace(finding, status=status), [f"{target}: {sentence}" for sentence in reasons], candidates)


def _price(table: Table, problem: Problem, method: SymbolicRegression, target: str) -> Price:
    alphabet = len(table.variables) + len(method.functions)
    return Price(alphabet, int(problem.blocks.max()) + 1, max(problem.share(table.sds[target]), RESOLUTION))


def _empty(problem: Problem) -> Fit:
    return Fit(Formula(Form((), ()), np.zeros(0), np.zeros(0)), problem.target, np.zeros((len(problem.target), 0)))


def _finding(table: Table, problem: Problem, comparison: Comparison, target: str) -> Finding:
    best = comparison.candidates[0]
    formula = best.fit.formula
    blocks = int(problem.blocks.max()) + 1
    inclusion: dict[str, float] = {}
    for one in comparison.candidates:
        for term in dict.fromkeys(one.form.terms):
            inclusion[term] = inclusion.get(term, 0.0) + comparison.recurrence[one.form]
    return Finding(
        target=target,
        terms=formula.form.terms,
        estimates=np.concatenate([formula.coefficients, formula.values]),
        covariance=best.fit.covariance(problem) if formula.form.terms else np.zeros((0, 0)),
        degrees=float(max(blocks - 1, 1)),
        inclusion={term: min(share, 1.0) for term, share in inclusion.items()},
        probability=comparison.recurrence[best.form],
        resamples=RESAMPLES,
        unexplained=best.misfit,
        samples=len(table),
        measured=table.measured,
        blocks=blocks,
        status=UNSUPPORTED,
        constants=formula.form.constants,
    )


def _unsupported(table: Table, target: str, question: Question) -> Outcome:
    nothing = np.zeros(0)
    finding = Finding(
        target=target,
        terms=(),
        estimates=nothing,
        covariance=np.zeros((0, 0)),
        degrees=1.0,
        inclusion={},
        probability=1.0,
        resamples=0,
        unexplained=1.0,
        samples=len(table),
        measured=table.measured,
        blocks=int(table.blocks.max()) + 1,
        status=UNSUPPORTED,
    )
    reason = f"{target}: the target is zero everywhere, or nothing varies that it could depend on."
    return Outcome(finding, [reason], candidate_table(target, [({}, 1.0, 0.0, True)], question.fields))
