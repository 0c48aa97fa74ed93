"""What is known of one equation, by the places of its candidates, and what the data say to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from physforge.discovery.finding import Finding
from physforge.discovery.known import Bounds, place_of
from physforge.discovery.method import Question
from physforge.errors import DiscoveryError

#: Standard errors beyond its bounds from which the data speak against them.
_FAR = 2.0


@dataclass(frozen=True)
class Knowledge:
    """What is known of one equation.

    Parameters
    ----------
    known : mapping of int to float
        Coefficients by place of the candidate.
    fixed : frozenset of int
        Candidates that are in the equation with any coefficient.
    bounds : mapping of int to tuple of float
        Lowest and highest coefficient.
    excluded : mapping of int to str
        Candidates that are ruled out, with the symmetry that they break.
    """

    known: Mapping[int, float]
    fixed: frozenset[int]
    bounds: Mapping[int, Bounds]
    excluded: Mapping[int, str]

    @classmethod
    def of_target(cls, question: Question, target: str, names: Sequence[str]) -> Knowledge:
        """Find the candidates that are known by name.

        Parameters
        ----------
        question : Question
            With what is known.
        target : str
            Which equation.
        names : sequence of str
            The candidates, as they are reported.

        Returns
        -------
        Knowledge
            Bounds that leave out zero make a term a fixed one.

        Raises
        ------
        DiscoveryError
            If there is no such candidate, one is known in ways that contradict each other, or nothing
            is left to be found.
        """
        fields = question.fields
        known, bounds = {}, {}
        for text, value in question.known.get(target, {}).items():
            place, times = place_of("known", text, names, fields)
            known[place] = value * times
        for text, (low, high) in question.bounds.get(target, {}).items():
            place, times = place_of("bounds", text, names, fields)
            one, other = sorted((low * times, high * times))
            bounds[place] = (one, other)
        fixed = {place_of("fixed", text, names, fields)[0] for text in question.fixed.get(target, ())}
        broken = question.excluded.get(target, {})
        excluded = {place: broken[name] for place, name in enumerate(names) if name in broken}
        for place in sorted(fixed | known.keys()):
            _check(names[place], place, known, fixed, bounds, excluded)
        fixed |= {place for place, (low, high) in bounds.items() if low > 0.0 or high < 0.0}
        found = cls(known, frozenset(fixed - known.keys()), bounds, excluded)
        if not found.sought(len(names)):
            raise DiscoveryError(f"All candidates for {target!r} are known or ruled out; there is nothing to discover.")
        return found

    def sought(self, candidates: int) -> list[int]:
        """Return the places of those of so many candidates that are neither known nor ruled out."""
        return [place for place in range(candidates) if place not in self.known and place not in self.excluded]


@dataclass(frozen=True)
class Estimate:
    """The coefficient of a term beside what is known of it.

    Parameters
    ----------
    term : str
        Name.
    value : float
        Inside its bounds.
    error : float
        Standard error, without bounds.
    free : float
        What it would be without any bounds.
    bounds : tuple of float
        Lowest and highest value.
    fixed : bool
        Whether the term is in every equation.
    """

    term: str
    value: float
    error: float
    free: float
    bounds: Bounds
    fixed: bool


def on_knowledge(target: str, estimates: Sequence[Estimate]) -> tuple[list[str], list[str]]:
    """Say where the data speak against what is known, and what follows from that alone.

    Parameters
    ----------
    target : str
        Left side.
    estimates : sequence of Estimate
        For each term of the equation.

    Returns
    -------
    doubts, remarks : list of str
        A sentence each.
    """
    doubts, remarks = [], []
    for one in estimates:
        low, high = one.bounds
        if low <= one.free <= high:
            continue
        sentence = (
            f"{target}: without its bounds the coefficient of {one.term} would be {one.free:.3g} with a "
            f"standard error of {one.error:.2g}, not {one.value:.3g}"
        )
        if abs(one.free - one.value) > _FAR * one.error:
            doubts.append(f"{sentence}: the data speak against the bounds.")
        else:
            remarks.append(f"{sentence}.")
    remarks += [
        f"{target}: {one.term} is in the equation because it was fixed; the data do not show it."
        for one in estimates
        if one.fixed and abs(one.value) < _FAR * one.error
    ]
    return doubts, remarks


def with_known(finding: Finding, known: Mapping[str, float]) -> Finding:
    """Add the terms whose coefficients are known to what was found beside them.

    Parameters
    ----------
    finding : Finding
        Without them.
    known : mapping of str to float
        Coefficients by term.

    Returns
    -------
    Finding
        With these terms last, without error.
    """
    size, more, values = len(finding.covariance), len(known), list(known.values())
    covariance = np.zeros((size + more, size + more))
    covariance[:size, :size] = finding.covariance
    draws = finding.draws
    return replace(
        finding,
        terms=(*finding.terms, *known),
        estimates=np.array([*finding.estimates, *values]),
        covariance=covariance,
        draws=None if draws is None else np.hstack([draws, np.tile(values, (len(draws), 1))]),
    )


def _check(
    name: str,
    place: int,
    known: Mapping[int, float],
    fixed: set[int],
    bounds: Mapping[int, Bounds],
    excluded: Mapping[int, str],
) -> None:
    if place in excluded:
        what = "fixed" if place in fixed else "known"
        raise DiscoveryError(
            f"{what} names {name!r}, which breaks the symmetry {excluded[place]!r}; they contradict each "
            "other, so leave one of them out."
        )
    if place in known and place in fixed:
        raise DiscoveryError(
            f"{name!r} is in fixed= and in known=; a term whose coefficient is known is in the equation anyway."
        )
    low, high = bounds.get(place, (-np.inf, np.inf))
    if place in known and not low <= known[place] <= high:
        raise DiscoveryError(
            f"The known coefficient of {name!r}, {known[place]:g}, is outside its bounds, {low:g} to {high:g}."
        )
