"""What is known of one equation, by the places of its candidates, and what the data say to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.known import Bounds, place_of
from physforge.discovery.method import Question
from physforge.discovery.regression import Support
from physforge.discovery.weak.information import Information
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
            If there is no such candidate, or one is known in ways that contradict each other.
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
        return cls(known, frozenset(fixed - known.keys()), bounds, excluded)


def on_knowledge(
    target: str, names: Sequence[str], information: Information, support: Support, units: Float
) -> tuple[list[str], list[str]]:
    """Say where the data speak against what is known, and what follows from that alone.

    Parameters
    ----------
    target : str
        Left side.
    names : sequence of str
        The candidates.
    information : Information
        The data, with what is known.
    support : tuple of int
        Terms of the equation.
    units : numpy.ndarray of shape (p,)
        Physical coefficients over scaled ones.

    Returns
    -------
    doubts, remarks : list of str
        A sentence each.
    """
    doubts, remarks = [], []
    estimates, covariance = information.fit(support)
    errors = np.sqrt(np.diag(covariance))
    for term, free in information.at_bounds(support):
        place = support.index(term)
        estimate, error = estimates[place] * units[term], errors[place] * units[term]
        sentence = (
            f"{target}: without its bounds the coefficient of {names[term]} would be {free * units[term]:.3g} with a "
            f"standard error of {error:.2g}, not {estimate:.3g}"
        )
        if abs(free - estimates[place]) > _FAR * errors[place]:
            doubts.append(f"{sentence}: the data speak against the bounds.")
        else:
            remarks.append(f"{sentence}.")
    remarks += [
        f"{target}: {names[term]} is in the equation because it was fixed; the data do not show it."
        for place, term in enumerate(support)
        if term in information.needed and abs(estimates[place]) < _FAR * errors[place]
    ]
    return doubts, remarks


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
