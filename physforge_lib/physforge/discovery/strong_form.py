"""Discovery in the strong form: derivatives at samples, equations judged on held-out blocks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from math import prod

import numpy as np
import pandas as pd
import xarray as xr

from physforge.derivatives.axis import Float
from physforge.derivatives.resolution import unresolved_share
from physforge.discovery.finding import Finding
from physforge.discovery.knowledge import Estimate, Knowledge, on_knowledge, with_known
from physforge.discovery.method import Answer, Outcome, Proposer, Question
from physforge.discovery.regression import Regression, Support, fit
from physforge.discovery.rivals import find_rivals
from physforge.discovery.samples import TermSamples, gather_samples
from physforge.discovery.second_opinion import is_smoothed, terms_by_other_derivatives
from physforge.discovery.selection import Candidate, deal_folds, detection_limits, find, proposals
from physforge.discovery.stability import RESAMPLES, resample
from physforge.discovery.table import candidate_table
from physforge.discovery.verdict import (
    NOT_SETTLED,
    SETTLED,
    UNSUPPORTED,
    Evidence,
    doubts,
    nothing_supported,
    unseen_terms,
)
from physforge.discovery.weak_opinion import against_weak_form

#: Equations in the table of candidates, at most; writing one takes as long as judging ten.
_LISTED = 100

#: Who proposed an equation: the method, or the exchange of single terms and the search for rivals.
OPTIMIZER, EXCHANGES = "optimizer", "exchanges"

#: Where a way of smoothing is described, by how its own description begins.
_SOURCES = {"Savitzky-Golay": "savitzky1964", "Gaussian process": "solin2020"}


def answer(question: Question, proposer: Proposer) -> Answer:
    """Differentiate, evaluate the candidates, and judge what is proposed.

    Parameters
    ----------
    question : Question
        With one run or several.
    proposer : Proposer
        Proposes equations.

    Returns
    -------
    Answer
        One outcome for each target.

    Raises
    ------
    DiscoveryError
        If what is known makes no sense, or there are too few samples.
    """
    runs = question.runs
    samples = gather_samples(runs, question.targets, question.library, question.fields, question.dims)
    told = [Knowledge.of_target(question, one.target, one.terms) for one in samples.regressions]
    others = terms_by_other_derivatives(question, samples, proposer)
    outcomes = [
        _answer_one(question, samples, place, one, second, proposer)
        for place, (one, second) in enumerate(zip(told, others, strict=True))
    ]
    keys = ["rudy2017"] if len(question.dims) > 1 else []
    keys += [key for name, key in _SOURCES.items() if any(one.startswith(name) for one in samples.schemes.values())]
    return Answer(outcomes, {"derivatives": samples.schemes}, tuple(keys))


def _answer_one(
    question: Question,
    samples: TermSamples,
    place: int,
    told: Knowledge,
    second_opinion: tuple[str, ...] | None,
    proposer: Proposer,
) -> Outcome:
    whole, runs, fields, rng = samples.regressions[place], question.runs, question.fields, question.generators()[place]
    known = {whole.terms[term]: value for term, value in told.known.items()}
    regression = whole.knowing(told.known, told.fixed, told.bounds)
    triangle = regression.gather(regression.blocks)
    folds = deal_folds(regression, rng)
    candidates = find(regression, proposer, regression.blocks, folds)
    candidates += find_rivals(regression, proposer, candidates[0].support, folds)
    chosen = min(candidates, key=lambda candidate: candidate.criterion)
    others = [candidate for candidate in candidates if candidate.support != chosen.support]
    stability = resample(regression, proposer, chosen.support, rng)
    estimates = _estimates(regression, triangle, chosen.support, stability.coefficients)
    # Bounds move the estimate, and leave its spread.
    resampled = regression.physical(chosen.support, stability.coefficients)
    resampled = resampled + [one.value - one.free for one in estimates]
    finding = Finding(
        target=regression.target,
        terms=tuple(regression.terms[index] for index in chosen.support),
        estimates=np.array([one.value for one in estimates]),
        draws=resampled,
        covariance=np.cov(resampled, rowvar=False).reshape(len(chosen.support), len(chosen.support)),
        degrees=float(max(len(regression.counts) - 1, 1)),
        inclusion=dict(zip(regression.terms, map(float, stability.inclusion(len(regression.terms))), strict=True)),
        probability=stability.recurrence(chosen.support),
        resamples=RESAMPLES,
        unexplained=chosen.misfit,
        samples=samples.used,
        measured=sum(prod(ds[fields[0]].shape) for ds in runs),
        blocks=len(regression.counts),
        status=UNSUPPORTED,
        limits=_limits(regression, triangle, chosen),
    )
    finding = with_known(finding, known)
    proposed = set(proposals(proposer, triangle, regression.needed))
    listed = _listed([chosen, *others], regression.needed)
    finding = replace(finding, considered=tuple(tuple(regression.terms[one] for one in c.support) for c in listed))
    table = _table(regression, listed, chosen, known, fields, proposed)
    if not finding.terms:
        return Outcome(finding, [nothing_supported(finding)], table)
    noise, unresolved = _derivative_quality(runs, samples, finding, fields)
    evidence = Evidence(regression, chosen, others, noise, unresolved, second_opinion)
    against, remarks = on_knowledge(finding.target, estimates)
    reasons = [*doubts(finding, evidence), *against]
    if not reasons and any(is_smoothed(scheme) for scheme in samples.schemes.values()):
        reasons = against_weak_form(question, finding)
    finding = replace(finding, status=NOT_SETTLED if reasons else SETTLED)
    return Outcome(finding, [*reasons, *remarks, unseen_terms(finding)], table)


def _estimates(regression: Regression, triangle: Float, support: Support, resampled: Float) -> list[Estimate]:
    """Fit the terms of an equation with and without what is known of them, in the units of the data."""
    values = regression.physical(support, fit(triangle, support, regression.bounds))
    free = regression.physical(support, fit(triangle, support))
    errors = regression.physical(support, np.std(resampled, axis=0, ddof=1))
    bounds = np.tile([-np.inf, np.inf], (len(support), 1))
    if regression.bounds is not None:
        bounds = np.array([regression.physical((term,), regression.bounds[[term]].T)[:, 0] for term in support])
    return [
        Estimate(
            regression.terms[term],
            float(values[place]),
            float(errors[place]),
            float(free[place]),
            (float(bounds[place, 0]), float(bounds[place, 1])),
            term in regression.needed,
        )
        for place, term in enumerate(support)
    ]


def _limits(regression: Regression, triangle: Float, chosen: Candidate) -> dict[str, float]:
    """Return the size of coefficient that each candidate would have needed to be chosen, in the units of the data."""
    scaled = detection_limits(triangle, chosen)
    return {
        regression.terms[index]: float(regression.physical((index,), scaled[[index]])[0])
        for index in range(len(scaled))
        if np.isfinite(scaled[index])
    }


def _derivative_quality(
    runs: Sequence[xr.Dataset], samples: TermSamples, finding: Finding, fields: Sequence[str]
) -> tuple[dict[str, float], dict[str, float]]:
    equation = finding.equation(tuple(fields))
    noise = {name: samples.noise[name] for name in (finding.target, *finding.terms)}
    involved = [name for name in (finding.target, *equation.derivatives) if name in samples.schemes]
    # Smoothed derivatives are limited by noise, which is known; only interpolated ones by truncation.
    exact = [name for name in involved if not is_smoothed(samples.schemes[name])]
    return noise, {name: max(unresolved_share(ds, name) for ds in runs) for name in exact}


def _listed(candidates: Sequence[Candidate], needed: Support) -> list[Candidate]:
    """Return the equations that the table holds, best first."""
    unique = {candidate.support: candidate for candidate in reversed(candidates)}
    ranked = sorted(unique.values(), key=lambda c: (c.criterion, len(c.support), c.support))
    # What no further term at all leaves is what every other misfit is compared with.
    return [*ranked[:_LISTED], *(one for one in ranked[_LISTED:] if one.support == needed)]


def _table(
    regression: Regression,
    candidates: Sequence[Candidate],
    best: Candidate,
    known: Mapping[str, float],
    fields: Sequence[str],
    proposed: Collection[Support],
) -> pd.DataFrame:
    triangle = regression.gather(regression.blocks)
    rows, selectors = [], []
    for candidate in candidates:
        coefficients = regression.physical(candidate.support, fit(triangle, candidate.support, regression.bounds))
        terms = {regression.terms[index]: float(c) for index, c in zip(candidate.support, coefficients, strict=True)}
        chosen = candidate.support == best.support
        rows.append(({**terms, **known}, candidate.misfit, candidate.criterion, chosen))
        selectors.append(OPTIMIZER if candidate.support in proposed else EXCHANGES)
    return candidate_table(regression.target, rows, fields, selectors)
