"""Is an equation from the weak form settled? Each doubt is a sentence that names its figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from physforge.discovery.weak.choice import EXTRA_TERMS, POSSIBLE, chance_of
from physforge.discovery.weak.source import Source
from physforge.discovery.weak.spectrum import colour

#: Probability that a settled equation has, at least.
SURE = 0.9

#: Probability of no equation at all from which none is supported.
NONE_POSSIBLE = 0.01

#: Probability of a misfit by chance below which the noise does not explain it.
_BY_CHANCE = 1e-3

#: Probability from which a runner-up is named.
_WORTH_NAMING = 0.01

#: Limits that are named in the sentence about unseen terms.
_NAMED = 4


@dataclass(frozen=True, eq=False)
class Seen:
    """What the choice for one target shows.

    Parameters
    ----------
    target : str
        Left side.
    terms : tuple of str
        Of the chosen equation.
    misfit : float
        Its chi-square.
    freedom : int
        Degrees of freedom of that.
    ranked : sequence of (tuple of str, float)
        Equations with their probabilities, best first.
    agreed : bool
        Whether the equation was chosen with its own noise.
    limits : mapping of str to float
        For each term left out, the coefficient that would have been seen.
    least_share : float
        Smallest share of the target's rms that would have been seen.
    """

    target: str
    terms: tuple[str, ...]
    misfit: float
    freedom: int
    ranked: Sequence[tuple[tuple[str, ...], float]]
    agreed: bool
    limits: Mapping[str, float]
    least_share: float


def doubts(seen: Seen) -> list[str]:
    """List the reasons why the form of an equation is not settled.

    Parameters
    ----------
    seen : Seen
        The choice.

    Returns
    -------
    list of str
        One sentence for each; empty where the form is settled.
    """
    return [*_improbable(seen), *_misfit(seen), *_disagreement(seen)]


def coloured_noise(sources: Sequence[Source], fields: Sequence[str]) -> list[str]:
    """Say where the noise of a field is not white, as all figures assume.

    Parameters
    ----------
    sources : sequence of Source
        The data of each run.
    fields : sequence of str
        Names of the fields.

    Returns
    -------
    list of str
        A sentence for each field and axis, once over all runs.
    """
    said: dict[tuple[str, str], str] = {}
    for source in sources:
        for name, values, sd in zip(fields, source.fields, source.sds, strict=True):
            for index, axis in enumerate(source.axes):
                ratio = colour(values, sd, index, axis)
                if ratio is not None:
                    said.setdefault(
                        (name, axis.name),
                        f"the noise of {name} is not white along {axis.name}: its power at lower frequencies is "
                        f"{ratio:.2g} times that at higher ones. The intervals are then wrong, and terms may be.",
                    )
    return list(said.values())


def nothing_supported(seen: Seen) -> str:
    """Say that no equation is supported, and what could have been seen."""
    (best, share), none = seen.ranked[0], dict(seen.ranked)[()]
    reason = (
        f"the best, with the terms {' + '.join(best)}, is {share / none:.2g} times as probable as none, out of many"
        if best
        else "no candidate explains more of it than noise would"
    )
    return (
        f"{seen.target}: no equation is supported: {reason}. A term with {seen.least_share:.0%} of its rms would have "
        "been seen. Measure longer or with less noise, or try another library=CandidateLibrary(...)."
    )


def rivalry(seen: Seen, rivals: Sequence[tuple[tuple[str, ...], float]]) -> list[str]:
    """Say whether a different equation, of about as many terms, cannot be excluded.

    Parameters
    ----------
    seen : Seen
        The choice.
    rivals : sequence of (tuple of str, float)
        Equations that lack some term of the chosen one, with the probability of a misfit as large.

    Returns
    -------
    list of str
        One sentence on the likeliest rival, or nothing.
    """
    possible = [(chance, terms) for terms, chance in rivals if len(terms) <= len(seen.terms) + EXTRA_TERMS]
    chance, terms = max(possible, default=(0.0, ()))
    if chance < POSSIBLE or not terms:
        return []
    return [
        f"{seen.target}: an equation with the terms {' + '.join(terms)} fits within the noise too (a misfit as large "
        f"has a probability of {chance:.0%}); data from another initial state, or with less noise, would tell."
    ]


def limits_in_words(seen: Seen) -> list[str]:
    """Say how large the terms could be that were not seen."""
    if not seen.limits:
        return []
    smallest = sorted(seen.limits, key=lambda name: (len(name), name))[:_NAMED]
    words = ", ".join(f"{seen.limits[name]:.2g} for {'a constant' if name == '1' else name}" for name in smallest)
    return [
        f"{seen.target}: a further term would not have been seen with a coefficient below {words}; "
        "r.detection_limits has all limits."
    ]


def _improbable(seen: Seen) -> list[str]:
    (_, probability), *others = seen.ranked
    if probability >= SURE:
        return []
    named = [f"{' + '.join(terms) or '0'} ({share:.0%})" for terms, share in others[:2] if share >= _WORTH_NAMING]
    after = f"next come {' and '.join(named)}" if named else "many others share the rest"
    return [f"{seen.target}: the probability of exactly these terms is {probability:.0%}; {after}."]


def _misfit(seen: Seen) -> list[str]:
    if not seen.freedom:
        return [
            f"{seen.target}: every candidate is in the equation, so that nothing is left to test it with; give more "
            "candidates with library=CandidateLibrary(...)."
        ]
    if chance_of(seen.misfit, seen.freedom) >= _BY_CHANCE:
        return []
    return [
        f"{seen.target}: the noise does not explain what is left over (chi-square {seen.misfit:.0f} for {seen.freedom} "
        "degrees of freedom): terms are missing from the library, or the noise is not white and Gaussian."
    ]


def _disagreement(seen: Seen) -> list[str]:
    if seen.agreed:
        return []
    return [f"{seen.target}: the choice does not come to rest: the noise of each equation speaks for another one."]
