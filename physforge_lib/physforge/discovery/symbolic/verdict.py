"""Is the form that a search came to settled? Each doubt is a sentence that names its figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from physforge.discovery.finding import Finding
from physforge.discovery.symbolic.choice import Candidate, Comparison
from physforge.discovery.symbolic.form import Form
from physforge.discovery.verdict import (
    ALIKE,
    GOOD_DERIVATIVE,
    SAMPLES_PER_CANDIDATE,
    SMALL_MISFIT,
    STEADY_RECURRENCE,
)

#: Difference of twice the log likelihood below which a rival is not excluded (very strong
#: evidence, after Kass and Raftery 1995).
_STRONG = 10.0

#: Share of the target, beyond what noise explains, that a settled form may leave.
_EXCESS = 0.02

#: Searches that a settled form was found by, at least.
_AGREED = 2

#: Fewest blocks of samples.
_FEWEST_BLOCKS = 12


@dataclass(frozen=True)
class Evidence:
    """What the verdict on one target rests on.

    Parameters
    ----------
    chosen : Candidate
        The equation in question.
    comparison : Comparison
        Every form compared.
    texts : mapping of Form to str
        How forms are written.
    excess : float
        Share of the target that is left beyond what noise explains.
    noise : mapping of str to float
        Share of noise in the derivatives involved.
    searches, agreed : int
        How many searches were made, and how many came to this form.
    warnings : sequence of str
        What `differentiate` warned of, and what was left out.
    """

    chosen: Candidate
    comparison: Comparison
    texts: Mapping[Form, str]
    excess: float
    noise: Mapping[str, float]
    searches: int
    agreed: int
    warnings: Sequence[str]


def doubts(finding: Finding, evidence: Evidence) -> list[str]:
    """List the reasons why a form is not settled.

    Parameters
    ----------
    finding : Finding
        The equation with its figures.
    evidence : Evidence
        What else is known.

    Returns
    -------
    list of str
        One sentence for each, without the target; empty where the form is settled.
    """
    return [
        *_few(finding),
        *_unsteady(finding),
        *_poor_fit(finding, evidence),
        *_rival_forms(finding, evidence),
        *_found_once(evidence),
        *_zero_within_error(finding),
        *_poor_derivatives(evidence),
    ]


def challenged(polynomial: str | None, other: str | None) -> list[str]:
    """List the reasons that further work brought to light.

    Parameters
    ----------
    polynomial : str, optional
        A polynomial equation without some of the terms that does about as well.
    other : str, optional
        The right side that derivatives smoothed in another way lead to, if it is another one.

    Returns
    -------
    list of str
        One sentence for each, without the target.
    """
    found = []
    if polynomial:
        found.append(
            f"{polynomial} does about as well on held-out data; data from another initial state or regime would tell "
            "them apart."
        )
    if other:
        found.append(f"with the data smoothed by polynomials, the best form is {other}.")
    return found


def nothing_supported(target: str) -> str:
    """Say that no expression predicts the target.

    Parameters
    ----------
    target : str
        Its name.

    Returns
    -------
    str
        One sentence, with the cure.
    """
    return (
        f"{target}: no expression predicts held-out data well enough to be worth its length. The data may be mostly "
        "noise, or what the law depends on may be missing; give variables=(...) or functions=(...)."
    )


def _few(finding: Finding) -> list[str]:
    numbers = len(finding.estimates)
    if finding.samples >= SAMPLES_PER_CANDIDATE * numbers and finding.blocks >= _FEWEST_BLOCKS:
        return []
    return [
        f"{finding.measured} points cannot settle the form; {finding.samples} in {finding.blocks} blocks were used for "
        f"an expression with {numbers} numbers. Measure more."
    ]


def _unsteady(finding: Finding) -> list[str]:
    if finding.probability >= STEADY_RECURRENCE:
        return []
    return [
        f"this form is the best in {finding.probability:.0%} of {finding.resamples} resamples of {finding.blocks} "
        "blocks only."
    ]


def _poor_fit(finding: Finding, evidence: Evidence) -> list[str]:
    found = []
    if finding.unexplained > SMALL_MISFIT:
        found.append(
            f"{finding.unexplained:.0%} of its rms is left unexplained on held-out data, by noise in the derivatives "
            "or by something that is missing."
        )
    if evidence.excess > _EXCESS:
        found.append(
            f"{evidence.excess:.1%} of its rms is left beyond what the noise of the derivatives explains; the form "
            "is an approximation, or something is missing."
        )
    return found


def _rival_forms(finding: Finding, evidence: Evidence) -> list[str]:
    chosen = evidence.chosen
    rivals = [one for one in evidence.comparison.candidates if one is not chosen and _rivals(one, chosen, finding)]
    if not rivals:
        return []
    best = min(rivals, key=lambda one: (one.criterion, one.complexity))
    return [
        f"{evidence.texts[best.form]} does about as well on held-out data ({best.misfit:.2%} unexplained against "
        f"{chosen.misfit:.2%}); data from another initial state or regime would tell them apart."
    ]


def _rivals(other: Candidate, chosen: Candidate, finding: Finding) -> bool:
    gain = chosen.level - other.level
    close = 2.0 * finding.blocks * (other.criterion - chosen.criterion) < _STRONG
    if len(other.form.names) > len(chosen.form.names) or set(chosen.form.terms) <= set(other.form.terms):
        # More numbers can always do as well; they count once they do better than by chance.
        return close and gain > ALIKE
    # With as few numbers and as good a fit, the length of a form settles nothing.
    return close or (gain > -ALIKE and other.complexity <= 2 * chosen.complexity)


def _found_once(evidence: Evidence) -> list[str]:
    if evidence.agreed >= _AGREED:
        return []
    return [f"{evidence.agreed} of {evidence.searches} searches came to this form; allow more evaluations or searches."]


def _zero_within_error(finding: Finding) -> list[str]:
    low, high = finding.intervals(0.95).T
    uncertain = [name for name, a, b in zip(finding.names, low, high, strict=True) if a <= 0.0 <= b]
    return [f"the 95 % interval of {', '.join(uncertain)} includes zero."] if uncertain else []


def _poor_derivatives(evidence: Evidence) -> list[str]:
    noisy = sorted(((share, name) for name, share in evidence.noise.items() if share > GOOD_DERIVATIVE), reverse=True)
    found = [sentence if sentence.endswith(".") else f"{sentence}." for sentence in evidence.warnings]
    if noisy:
        listed = ", ".join(f"{share:.0%} of {name}" for share, name in noisy)
        found.append(f"noise makes up {listed} (rms); numbers come out biased, and the wrong form may be chosen.")
    return found
