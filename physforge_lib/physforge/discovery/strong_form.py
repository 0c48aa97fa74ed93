"""Discovery in the strong form: derivatives at samples, equations judged on held-out blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np
import pandas as pd
import xarray as xr

from physforge.derivatives.axis import Float
from physforge.derivatives.resolution import unresolved_share
from physforge.discovery.finding import Finding
from physforge.discovery.method import Answer, Outcome, Proposer, Question
from physforge.discovery.regression import Regression, fit
from physforge.discovery.rivals import find_rivals
from physforge.discovery.samples import TermSamples, gather_samples
from physforge.discovery.second_opinion import is_smoothed, terms_by_other_derivatives
from physforge.discovery.selection import Candidate, deal_folds, detection_limits, find
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
from physforge.errors import DiscoveryError

#: Equations in the table of candidates, at most; writing one takes as long as judging ten.
_LISTED = 100

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
        If there are known coefficients, or too few samples.
    """
    if any(question.known.values()):
        raise DiscoveryError("Known coefficients need method='weak'; the strong form estimates all of them.")
    runs = question.runs
    samples = gather_samples(runs, question.targets, question.library, question.fields, question.dims)
    others = terms_by_other_derivatives(
        runs, question.targets, question.library, question.fields, question.dims, samples, proposer
    )
    outcomes = [
        _answer_one(runs, samples, regression, second, proposer, rng, question.fields)
        for regression, second, rng in zip(samples.regressions, others, question.generators(), strict=True)
    ]
    keys = ["rudy2017"] if len(question.dims) > 1 else []
    keys += [key for name, key in _SOURCES.items() if any(one.startswith(name) for one in samples.schemes.values())]
    return Answer(outcomes, {"derivatives": samples.schemes}, tuple(keys))


def _answer_one(
    runs: Sequence[xr.Dataset],
    samples: TermSamples,
    regression: Regression,
    second_opinion: tuple[str, ...] | None,
    proposer: Proposer,
    rng: np.random.Generator,
    fields: Sequence[str],
) -> Outcome:
    triangle = regression.gather(regression.blocks)
    folds = deal_folds(regression, rng)
    candidates = find(regression, proposer, regression.blocks, folds)
    candidates += find_rivals(regression, proposer, candidates[0].support, folds)
    chosen = min(candidates, key=lambda candidate: candidate.criterion)
    others = [candidate for candidate in candidates if candidate.support != chosen.support]
    stability = resample(regression, proposer, chosen.support, rng)
    resampled = regression.physical(chosen.support, stability.coefficients)
    finding = Finding(
        target=regression.target,
        terms=tuple(regression.terms[index] for index in chosen.support),
        estimates=regression.physical(chosen.support, fit(triangle, chosen.support)),
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
    table = _table(regression, [chosen, *others], fields)
    if not finding.terms:
        return Outcome(finding, [nothing_supported(finding)], table)
    noise, unresolved = _derivative_quality(runs, samples, finding, fields)
    evidence = Evidence(regression, chosen, others, noise, unresolved, second_opinion)
    reasons = doubts(finding, evidence)
    finding = replace(finding, status=NOT_SETTLED if reasons else SETTLED)
    return Outcome(finding, [*reasons, unseen_terms(finding)], table)


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


def _table(regression: Regression, candidates: Sequence[Candidate], fields: Sequence[str]) -> pd.DataFrame:
    triangle = regression.gather(regression.blocks)
    unique = {candidate.support: candidate for candidate in reversed(candidates)}
    rows = []
    ranked = sorted(unique.values(), key=lambda c: (c.criterion, len(c.support), c.support))
    # What no term at all leaves is what every other misfit is compared with.
    for candidate in [*ranked[:_LISTED], *(one for one in ranked[_LISTED:] if not one.support)]:
        coefficients = regression.physical(candidate.support, fit(triangle, candidate.support))
        terms = {regression.terms[index]: float(c) for index, c in zip(candidate.support, coefficients, strict=True)}
        chosen = candidate.support == candidates[0].support
        rows.append((terms, candidate.misfit, candidate.criterion, chosen))
    return candidate_table(regression.target, rows, fields)
