"""Is the form of an equation settled? Each doubt is a sentence that names its figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from physforge.discovery.finding import Finding
from physforge.discovery.regression import Regression
from physforge.discovery.selection import PRICE_OF_A_TERM, RESOLUTION, Candidate

SETTLED = "settled"
NOT_SETTLED = "not settled"
UNSUPPORTED = "no equation supported"

#: Share of resamples in which a settled form comes back, at least.
STEADY_RECURRENCE = 0.9

#: Held-out error that a settled form leaves, at most, as a share of the target.
SMALL_MISFIT = 0.1

#: Samples for each candidate term, at least.
SAMPLES_PER_CANDIDATE = 10

#: Noise or truncation error of a derivative, at most, as a share of it.
GOOD_DERIVATIVE = 0.1

#: Difference of log misfits below which two equations explain the data alike.
ALIKE = 0.05

#: A rival may have this many terms more than the equation it challenges.
_EXTRA_TERMS = 2


@dataclass(frozen=True)
class Evidence:
    """What the verdict on one target rests on.

    Parameters
    ----------
    regression : Regression
        The data.
    chosen : Candidate
        The equation in question.
    others : sequence of Candidate
        Every other equation considered.
    noise : mapping of str to float
        Noise of the derivatives involved, as shares.
    unresolved : mapping of str to float
        Truncation error of the derivatives involved, as shares.
    second_opinion : tuple of str, optional
        Terms beside known ones that derivatives smoothed in another way lead to.
    """

    regression: Regression
    chosen: Candidate
    others: Sequence[Candidate]
    noise: Mapping[str, float] = field(default_factory=dict)
    unresolved: Mapping[str, float] = field(default_factory=dict)
    second_opinion: tuple[str, ...] | None = None


def doubts(finding: Finding, evidence: Evidence) -> list[str]:
    """List the reasons why the form of an equation is not settled.

    Parameters
    ----------
    finding : Finding
        The equation with its figures.
    evidence : Evidence
        What else is known.

    Returns
    -------
    list of str
        One sentence for each; empty where the form is settled.
    """
    return [
        *_few_samples(finding, evidence.regression),
        *_unsteady(finding),
        *_poor_fit(finding),
        *_rivals(finding, evidence),
        *_other_opinion(finding, evidence),
        *_zero_within_error(finding, evidence.regression),
        *_poor_derivatives(finding, evidence),
    ]


def nothing_supported(finding: Finding) -> str:
    """Say that no candidate equation predicts the target.

    Parameters
    ----------
    finding : Finding
        With no terms.

    Returns
    -------
    str
        One sentence, with the cure.
    """
    return (
        f"{finding.target}: no candidate equation predicts held-out data better than none at all. The data may be "
        "mostly noise, or the terms of the law may be missing; try another library=CandidateLibrary(...)."
    )


def unseen_terms(finding: Finding) -> str:
    """Say how large a term could have escaped.

    Parameters
    ----------
    finding : Finding
        With terms.

    Returns
    -------
    str
        One sentence.
    """
    # A term independent of the rest lowers the misfit by its price when its share of the
    # target is this much of the misfit that remains without it.
    share = max(RESOLUTION, math.sqrt(1.0 - math.exp(-2.0 * PRICE_OF_A_TERM)) * finding.unexplained)
    return f"{finding.target}: a further term with less than about {share:.1%} of its rms would not have been seen."


def _few_samples(finding: Finding, regression: Regression) -> list[str]:
    candidates = len(regression.terms)
    if finding.samples >= SAMPLES_PER_CANDIDATE * candidates:
        return []
    return [
        f"{finding.target}: {finding.measured} points cannot settle the form; {finding.samples} were used to choose "
        f"among {candidates} candidate terms, {finding.samples / candidates:.1f} for each. Measure more."
    ]


def _unsteady(finding: Finding) -> list[str]:
    if finding.probability >= STEADY_RECURRENCE:
        return []
    frequent = [name for name, share in finding.inclusion.items() if share >= 0.5]
    return [
        f"{finding.target}: exactly these terms recur in {finding.probability:.0%} of {finding.resamples} "
        f"resamples of {finding.blocks} blocks; in most of them are {', '.join(frequent) or 'none of the candidates'}."
    ]


def _poor_fit(finding: Finding) -> list[str]:
    if finding.unexplained <= SMALL_MISFIT:
        return []
    return [
        f"{finding.target}: {finding.unexplained:.0%} of its rms is left unexplained on held-out data, by noise in the "
        "derivatives or by terms that are missing."
    ]


def _rivals(finding: Finding, evidence: Evidence) -> list[str]:
    chosen = evidence.chosen
    rivals = [
        other
        for other in evidence.others
        if _challenges(set(chosen.support), other) and _explains_as_well(chosen, other)
    ]
    if not rivals:
        return []
    best = min(rivals, key=lambda other: (other.criterion, other.support))
    names = " + ".join(evidence.regression.terms[index] for index in best.support) or "0"
    return [
        f"{finding.target}: an equation with the terms {names} does about as well on held-out data "
        f"({best.misfit:.2%} unexplained against {chosen.misfit:.2%}); data from another initial state or regime "
        "would tell them apart."
    ]


def _challenges(chosen: set[int], other: Candidate) -> bool:
    # An equation that only adds terms is a rival if it fits better by more than chance, which
    # `_explains_as_well` asks for; one that swaps terms is a rival if it fits alike.
    return set(other.support) != chosen and len(other.support) <= len(chosen) + _EXTRA_TERMS


def _explains_as_well(chosen: Candidate, other: Candidate) -> bool:
    gain = chosen.log_misfit - other.log_misfit
    if set(other.support) > set(chosen.support):
        return gain > ALIKE
    return gain > -ALIKE


def _other_opinion(finding: Finding, evidence: Evidence) -> list[str]:
    terms = evidence.second_opinion
    if terms is None or set(terms) == {evidence.regression.terms[index] for index in evidence.chosen.support}:
        return []
    return [
        f"{finding.target}: with the data smoothed by polynomials, the terms come out as {' + '.join(terms) or 'none'}."
    ]


def _zero_within_error(finding: Finding, regression: Regression) -> list[str]:
    low, high = finding.intervals(0.95).T
    sought = set(regression.terms) - {regression.terms[index] for index in regression.needed}
    ends = zip(finding.terms, low, high, strict=True)
    uncertain = [name for name, a, b in ends if a <= 0.0 <= b and name in sought]
    if not uncertain:
        return []
    return [f"{finding.target}: the 95 % interval of {', '.join(uncertain)} includes zero."]


def _poor_derivatives(finding: Finding, evidence: Evidence) -> list[str]:
    noisy = {name: share for name, share in evidence.noise.items() if share > GOOD_DERIVATIVE}
    rough = {name: share for name, share in evidence.unresolved.items() if share > GOOD_DERIVATIVE}
    sentences = []
    if noisy:
        sentences.append(
            f"{finding.target}: noise makes up {_shares(noisy)} (rms); coefficients of noisy terms come out too small, "
            "and the wrong terms may be chosen."
        )
    if rough:
        sentences.append(
            f"{finding.target}: the samples do not resolve the field: another scheme changes {_shares(rough)} (rms); "
            "measure on a finer grid."
        )
    return sentences


def _shares(shares: Mapping[str, float]) -> str:
    worst = sorted(shares.items(), key=lambda item: -item[1])
    return ", ".join(f"{share:.0%} of {name}" if np.isfinite(share) else f"all of {name}" for name, share in worst)
