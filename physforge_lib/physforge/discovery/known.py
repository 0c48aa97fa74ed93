"""What the scientist knows of an equation beside the data, sorted by target and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from physforge.equations.term import canonical_term
from physforge.errors import DiscoveryError

#: Lowest and highest value of a coefficient, infinite where it is open.
Bounds = tuple[float, float]

#: Candidates that a message lists, at most.
_LISTED = 12


def known_coefficients(
    known: Mapping[str, float] | Mapping[str, Mapping[str, float]] | None, targets: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Sort known coefficients by target.

    Parameters
    ----------
    known : mapping, optional
        Coefficients by term where there is one target, or such mappings by target.
    targets : sequence of str
        What is to be explained.

    Returns
    -------
    dict of str to dict of str to float
        For every target.

    Raises
    ------
    DiscoveryError
        If it is not clear which target is meant, or a coefficient is no finite number.
    """
    found = {
        target: {term: float(value) for term, value in terms.items()}
        for target, terms in _by_target(known or {}, targets, "known").items()
    }
    for terms in found.values():
        for term, value in terms.items():
            if not math.isfinite(value):
                raise DiscoveryError(f"The known coefficient of {term!r} is {value}; give a number.")
    return found


def fixed_terms(
    fixed: Sequence[str] | Mapping[str, Sequence[str]] | None, targets: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Sort the terms that are in every equation by target.

    Parameters
    ----------
    fixed : sequence of str or mapping of str to sequence of str, optional
        Terms where there is one target, or such sequences by target.
    targets : sequence of str
        What is to be explained.

    Returns
    -------
    dict of str to tuple of str
        For every target.

    Raises
    ------
    DiscoveryError
        If it is not clear which target is meant.
    """
    if isinstance(fixed, Mapping):
        for target in fixed:
            _check_target(target, targets, "fixed")
        return {target: _listed(fixed.get(target, ())) for target in targets}
    plain = _by_target(dict.fromkeys(_listed(fixed or ())), targets, "fixed")
    return {target: tuple(terms) for target, terms in plain.items()}


def coefficient_bounds(bounds: Mapping[str, Any] | None, targets: Sequence[str]) -> dict[str, dict[str, Bounds]]:
    """Sort bounds of coefficients by target.

    Parameters
    ----------
    bounds : mapping, optional
        Lowest and highest coefficient by term, None where it is open; or such mappings by
        target.
    targets : sequence of str
        What is to be explained.

    Returns
    -------
    dict of str to dict of str to tuple of float
        For every target.

    Raises
    ------
    DiscoveryError
        If it is not clear which target is meant, bounds are no pair of numbers, or they
        leave nothing between them.
    """
    found = _by_target(bounds or {}, targets, "bounds")
    return {target: {term: _pair(term, one) for term, one in terms.items()} for target, terms in found.items()}


def place_of(option: str, text: str, names: Sequence[str], fields: Sequence[str]) -> tuple[int, float]:
    """Find a term among the candidates, however it is written.

    Parameters
    ----------
    option : str
        Where it is named, for the message.
    text : str
        For example ``"u_x*u"`` or ``"(u**2)_x"``.
    names : sequence of str
        The candidates, as they are reported.
    fields : sequence of str
        Names of the fields.

    Returns
    -------
    place : int
        In `names`.
    times : float
        The term written is this many times the candidate: 2 for ``(u**2)_x`` and ``u*u_x``, 0.5 the other way round.

    Raises
    ------
    DiscoveryError
        If there is no such candidate.
    """
    expanded = canonical_term(text, fields=fields)
    name, times = expanded[0] if len(expanded) == 1 and text not in names else (text, 1.0)
    if name not in names:
        # A candidate such as (u**2)_x may be known by what it expands to.
        for one in names:
            meant = canonical_term(one, fields=fields)
            if len(meant) == 1 and meant[0][0] == name:
                return list(names).index(one), times / meant[0][1]
    if name not in names:
        shown = ", ".join(names[:_LISTED]) + (", ..." if len(names) > _LISTED else "")
        raise DiscoveryError(
            f"{option} names {text!r}, but no candidate is of that name; there are {shown}. Add it with "
            f"CandidateLibrary(terms=({text!r},)), and take it out of exclude=."
        )
    return names.index(name), times


def _by_target(given: Mapping[str, Any], targets: Sequence[str], option: str) -> dict[str, dict[str, Any]]:
    """Sort entries that are given for the one target, or for each."""
    found: dict[str, dict[str, Any]] = {target: {} for target in targets}
    for name, value in given.items():
        if isinstance(value, Mapping):
            _check_target(name, targets, option)
            found[name] |= value
        elif len(targets) > 1:
            raise DiscoveryError(
                f"There are {len(targets)} targets; say of which {name!r} is: {option}={{{targets[0]!r}: ...}}."
            )
        else:
            found[targets[0]][name] = value
    return found


def _check_target(name: str, targets: Sequence[str], option: str) -> None:
    if name not in targets:
        raise DiscoveryError(f"{option} names {name!r}, which is no target; there are {', '.join(targets)}.")


def _listed(terms: str | Sequence[str]) -> tuple[str, ...]:
    return (terms,) if isinstance(terms, str) else tuple(terms)


def _pair(term: str, given: Any) -> Bounds:
    try:
        low, high = given
        pair = (-math.inf if low is None else float(low), math.inf if high is None else float(high))
    except (TypeError, ValueError) as error:
        raise DiscoveryError(
            f"The bounds of {term!r} are {given!r}; give the lowest and the highest value, with None where it is open: "
            f"bounds={{{term!r}: (0, None)}}."
        ) from error
    if not pair[0] < pair[1]:
        raise DiscoveryError(
            f"The bounds of {term!r} leave no coefficient: {low} to {high}. Give the lower one first; a coefficient "
            "that is known goes into known=."
        )
    return pair
