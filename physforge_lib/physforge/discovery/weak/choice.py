"""From moments to a table of equations: guesses, the noise that each implies, and the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from physforge.derivatives.axis import Float
from physforge.discovery.regression import Support
from physforge.discovery.weak.candidates import Candidates
from physforge.discovery.weak.information import Information
from physforge.discovery.weak.search import (
    FEW,
    SIGNIFICANCE,
    THRESHOLDS,
    Selectors,
    Table,
    backward,
    few_terms,
    search,
    threshold_path,
)
from physforge.discovery.weak.spread import Target

#: Rounds in which the choice and the noise of the residual are brought into agreement.
_ROUNDS = 3

#: Probability of a misfit by chance from which a rival cannot be excluded; it may have this many terms more
#: than the equation.
POSSIBLE, EXTRA_TERMS = 0.05, 1

#: Prices of a term by which an equation with other terms is clearly worse.
_CLEARLY = 2.0

#: Equations of so many terms are all gone through.
_FEW = 3

#: Terms of an equation that are taken away, at most, to look for rivals.
_CHALLENGED = 4


@dataclass(frozen=True, eq=False)
class Choice:
    """The equations considered for one target.

    Parameters
    ----------
    table : Table
        With their misfits, for the noise of the best.
    support : tuple of int
        The best.
    agreed : bool
        Whether the noise of the best was the one that it was chosen with.
    """

    table: Table
    support: Support
    agreed: bool


def choose(moments: Candidates, target: Target, terms: Sequence[int], rng: np.random.Generator | None = None) -> Choice:
    """Choose an equation.

    Parameters
    ----------
    moments : Candidates
        The data.
    target : Target
        What is explained.
    terms : sequence of int
        Candidates.
    rng : numpy.random.Generator, optional
        Deals out halves of the data; without it no refits to halves propose equations.

    Returns
    -------
    Choice
        Supports are places in `terms`.

    Notes
    -----
    The noise of a residual depends on the equation. So every first proposal, from plain
    least squares, is judged with its own; then the best is searched for with the noise
    of the last best, first with the columns as instruments, then by generalised least
    squares.
    """
    selectors: Selectors = {}
    own = _judged(moments, target, terms, len(terms), selectors)
    support = _best(own)
    choice = _refined(moments, target, terms, support, own[support], selectors, rng)
    # Other weights bring other equations to light.
    for one in _best_of_each_size(choice.table):
        if one not in own:
            own[one] = moments.ordinary(target, terms, _guess(choice.table.information, one))
    if _best(own) in (support, choice.support):
        return choice
    return _refined(moments, target, terms, _best(own), own[_best(own)], selectors, rng)


def find_rivals(
    moments: Candidates, target: Target, terms: Sequence[int], choice: Choice
) -> list[tuple[Support, float]]:
    """Take terms of an equation away from the candidates, one at a time, and choose again.

    Where candidates depend on each other, as on a single travelling wave, quite different
    equations hold at once. Each is judged with its own noise, which may be far larger.

    Parameters
    ----------
    moments : Candidates
        The data.
    target : Target
        What is explained.
    terms : sequence of int
        Candidates.
    choice : Choice
        The equation to challenge, whose weakest terms are taken away.

    Returns
    -------
    list of (tuple of int, float)
        Rivals, as places in `terms`, with the probability of a misfit as large.
    """
    estimates, covariance = choice.table.information.fit(choice.support)
    significance = np.abs(estimates) / np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    rivals = []
    free = [place for place, term in enumerate(choice.support) if term not in choice.table.information.needed]
    for place in sorted(free, key=lambda one: significance[one])[:_CHALLENGED]:
        kept = [index for index in range(len(terms)) if index != choice.support[place]]
        if kept:
            remaining = [terms[index] for index in kept]
            own = _judged(moments, target, remaining, len(choice.support) + EXTRA_TERMS, {})
            best = _best(own)
            chance = _chance(own[best], best)
            if chance >= POSSIBLE:
                other = _refined(moments, target, remaining, best, own[best], {})
                best, chance = other.support, _chance(other.table.information, other.support)
            rivals.append((tuple(kept[index] for index in best), chance))
    return rivals


def _chance(information: Information, support: Support) -> float:
    return chance_of(float(information.misfit([support])[0]), information.freedom(len(support)))


def chance_of(misfit: float, freedom: int) -> float:
    """Return the probability of a chi-square as large, by chance alone."""
    return float(chdtrc(freedom, max(misfit, 0.0))) if freedom else 0.0


def _refined(
    moments: Candidates,
    target: Target,
    terms: Sequence[int],
    support: Support,
    information: Information,
    selectors: Selectors,
    rng: np.random.Generator | None = None,
) -> Choice:
    """Search by generalised least squares until the choice agrees with the noise that it implies.

    An equation with further terms is followed only where it is better with the noise of each too, and the
    columns as instruments: else the weights that it implies lead on to ever more terms. One with other terms
    must not be clearly worse there.
    """
    known = [support]
    table = Table(information)
    own = {support: information}
    for _ in range(_ROUNDS):
        information = moments.generalised(target, terms, _guess(information, support))
        table = search(information, known, selectors, rng)
        best = table.ranked()[0]
        if best == support:
            return Choice(table, support, True)
        if not set(best) < set(support):
            for one in (support, best):
                if one not in own:
                    own[one] = moments.ordinary(target, terms, _guess(information, one))
            less, more = (Table(own[one]).criterion(one) for one in (support, best))
            if more > less + (0.0 if set(support) < set(best) else _CLEARLY * table.price):
                return Choice(table, support, False)
        support = best
        known.append(best)
    return Choice(table, support, False)


def _judged(
    moments: Candidates, target: Target, terms: Sequence[int], most: int, selectors: Selectors
) -> dict[Support, Information]:
    """Propose equations of up to so many terms, and judge each with its own noise.

    The first are from plain least squares, the best of few terms among them; more are searched for
    with the noise of the best.
    """
    plain = moments.least_squares(target, terms)
    short = most < len(terms)
    paths = {
        SIGNIFICANCE: backward(plain),
        THRESHOLDS: [] if short else threshold_path(plain),
        FEW: few_terms(plain, _FEW),
    }
    for selector, supports in paths.items():
        for one in supports:
            selectors.setdefault(one, set()).add(selector)
    first = [plain.needed, *(one for supports in paths.values() for one in supports if len(one) <= most)]
    own = {one: moments.ordinary(target, terms, _guess(plain, one)) for one in dict.fromkeys(first)}
    for _ in range(1 if short else _ROUNDS):
        support = _best(own)
        for one in _best_of_each_size(search(own[support], own, selectors)):
            if one not in own and len(one) <= most:
                own[one] = moments.ordinary(target, terms, _guess(own[support], one))
        if _best(own) == support:
            break
    return own


def _best(own: Mapping[Support, Information]) -> Support:
    """Compare equations each with its own noise.

    The size of that noise is no argument: a term that cancels noise of the others, as ``u_xxxx`` smooths
    ``u_xx``, is not better for it, and a law that holds a high derivative is not worse.
    """
    return min(own, key=lambda one: Table(own[one]).criterion(one))


def _best_of_each_size(table: Table) -> list[Support]:
    found: dict[int, Support] = {}
    for one in table.ranked():
        found.setdefault(len(one), one)
    return list(found.values())


def _guess(information: Information, support: Support) -> Float:
    guess = np.zeros(len(information.scales))
    guess[list(support)] = information.fit(support)[0]
    return guess
