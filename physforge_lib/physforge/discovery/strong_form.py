"""Discovery in the strong form: derivatives at samples, equations judged on held-out blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np
import pandas as pd
import xarray as xr

from physforge.derivatives.resolution import unresolved_share
from physforge.discovery.finding import Finding
from physforge.discovery.method import Answer, Outcome, Proposer, Question
from physforge.discovery.regression import Regression, fit
from physforge.discovery.rivals import find_rivals
from physforge.discovery.samples import TermSamples, gather_samples
from physforge.discovery.second_opinion import terms_by_other_derivatives
from physforge.discovery.selection import Candidate, deal_folds, search
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


def answer(question: Question, proposer: Proposer) -> Answer:
    """Differentiate, evaluate the candidates, and judge what is proposed.

    Parameters
    ----------
    question : Question
        With one run, none of its samples missing.
    proposer : Proposer
        Proposes equations.

    Returns
    -------
    Answer
        One outcome for each target.

    Raises
    ------
    DiscoveryError
        If there are several runs, or known coefficients.
    """
    if len(question.runs) > 1:
        raise DiscoveryError("Several runs at once need method='weak'; give one run here.")
    if any(question.known.values()):
        raise DiscoveryError("Known coefficients need method='weak'; the strong form estimates all of them.")
    (ds,) = question.runs
    samples = gather_samples(ds, question.targets, question.library, question.fields, question.dims)
    others = terms_by_other_derivatives(
        ds, question.targets, question.library, question.fields, question.dims, samples, proposer
    )
    outcomes = [
        _answer_one(ds, samples, regression, second, proposer, rng, question.fields)
        for regression, second, rng in zip(samples.regressions, others, question.generators(), strict=True)
    ]
    keys = ["rudy2017"] if len(question.dims) > 1 else []
    if any(scheme.startswith("Savitzky-Golay") for scheme in samples.schemes.values()):
        keys.append("savitzky1964")
    return Answer(outcomes, {"derivatives": samples.schemes}, tuple(keys))


def _answer_one(
    ds: xr.Dataset,
    samples: TermSamples,
    regression: Regression,
    second_opinion: tuple[str, ...] | None,
    proposer: Proposer,
    rng: np.random.Generator,
    fields: Sequence[str],
) -> Outcome:
    triangle = regression.gather(regression.blocks)
    folds = deal_folds(regression, rng)
    candidates = search(regression, proposer.propose(triangle), regression.blocks, folds)
    candidates += find_rivals(regression, proposer, candidates[0].support, folds)
    chosen = min(candidates, key=lambda candidate: candidate.criterion)
    others = [candidate for candidate in candidates if candidate.support != chosen.support]
    stability = resample(regression, proposer, chosen.support, rng)
    resampled = regression.physical(chosen.support, stability.coefficients)
    finding = Finding(
        target=regression.target,
        terms=tuple(regression.terms[index] for index in chosen.support),
        estimates=regression.physical(chosen.support, fit(triangle, chosen.support)),
        covariance=np.cov(resampled, rowvar=False).reshape(len(chosen.support), len(chosen.support)),
        degrees=float(max(len(regression.counts) - 1, 1)),
        inclusion=dict(zip(regression.terms, map(float, stability.inclusion(len(regression.terms))), strict=True)),
        probability=stability.recurrence(chosen.support),
        resamples=RESAMPLES,
        unexplained=chosen.misfit,
        samples=samples.used,
        measured=prod(ds[fields[0]].shape),
        blocks=len(regression.counts),
        status=UNSUPPORTED,
    )
    table = _table(regression, [chosen, *others], fields)
    if not finding.terms:
        return Outcome(finding, [nothing_supported(finding)], table)
    noise, unresolved = _derivative_quality(ds, samples, finding, fields)
    evidence = Evidence(regression, chosen, others, noise, unresolved, second_opinion)
    reasons = doubts(finding, evidence)
    finding = replace(finding, status=NOT_SETTLED if reasons else SETTLED)
    return Outcome(finding, [*reasons, unseen_terms(finding)], table)


def _derivative_quality(
    ds: xr.Dataset, samples: TermSamples, finding: Finding, fields: Sequence[str]
) -> tuple[dict[str, float], dict[str, float]]:
    equation = finding.equation(tuple(fields))
    involved = [name for name in (finding.target, *equation.derivatives) if name in samples.noise]
    noise = {name: samples.noise[name] for name in involved}
    # Smoothed derivatives are limited by noise, which is known; only interpolated ones by truncation.
    exact = [name for name in involved if not samples.schemes[name].startswith("Savitzky-Golay")]
    return noise, {name: unresolved_share(ds, name) for name in exact}


def _table(regression: Regression, candidates: Sequence[Candidate], fields: Sequence[str]) -> pd.DataFrame:
    triangle = regression.gather(regression.blocks)
    unique = {candidate.support: candidate for candidate in reversed(candidates)}
    rows = []
    for candidate in sorted(unique.values(), key=lambda c: (c.criterion, len(c.support), c.support)):
        coefficients = regression.physical(candidate.support, fit(triangle, candidate.support))
        terms = {regression.terms[index]: float(c) for index, c in zip(candidate.support, coefficients, strict=True)}
        chosen = candidate.support == candidates[0].support
        rows.append((terms, candidate.misfit, candidate.criterion, chosen))
    return candidate_table(regression.target, rows, fields)
