"""Choose among equations by what the noise allows: chi-square plus a price for each term."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.regression import Support
from physforge.discovery.weak.ensemble import recurring
from physforge.discovery.weak.information import Information

#: Who proposes equations: elimination by significance, a path of thresholds, a greedy search by the criterion, all
#: equations of few terms, and refits to halves of the data.
SIGNIFICANCE, THRESHOLDS, GREEDY, FEW, HALVES = "significance", "thresholds", "greedy search", "few terms", "halves"

#: Who proposed each equation.
Selectors = dict[Support, set[str]]

#: Equations with more terms are not proposed by paths; a search may still grow to them.
_MOST_TERMS = 12

#: Equations of one size that are proposed when all are gone through, and candidates up to which that is quick.
_BEST, _MOST_CANDIDATES = 2, 100

#: Starts from which a search is made.
_STARTS = 4

#: Equations of each kind of neighbour that are kept in the table.
_KEPT = 10


@dataclass(frozen=True, eq=False)
class Table:
    """Every equation considered for one target, with its misfit.

    Parameters
    ----------
    information : Information
        The data.
    misfits : dict of tuple of int to float
        Chi-square by support.
    selectors : dict of tuple of int to set of str
        Who proposed an equation.
    """

    information: Information
    misfits: dict[Support, float] = field(default_factory=dict)
    selectors: Selectors = field(default_factory=dict)

    @cached_property
    def price(self) -> float:
        """What a term costs: log of the rows (Schwarz), and twice log of the candidates (choice)."""
        return math.log(self.information.rows) + 2.0 * math.log(max(len(self.information.scales), 2))

    def criterion(self, support: Support) -> float:
        """Return misfit plus price."""
        self.judge([support])
        return self.misfits[support] + self.price * len(support)

    def judge(self, supports: Iterable[Support]) -> None:
        """Add equations to the table."""
        new = [support for support in dict.fromkeys(supports) if support not in self.misfits]
        if new:
            self.misfits.update(zip(new, map(float, self.information.misfit(new)), strict=True))

    def propose(self, selector: str, supports: Iterable[Support]) -> None:
        """Add equations to the table, and keep in mind who proposed them."""
        proposed = list(supports)
        self.judge(proposed)
        for support in proposed:
            self.selectors.setdefault(support, set()).add(selector)

    def ranked(self) -> list[Support]:
        """Return all equations, best first."""
        return sorted(self.misfits, key=lambda one: (self.criterion(one), len(one), one))


def search(
    information: Information,
    starts: Iterable[Support] = (),
    selectors: Selectors | None = None,
    rng: np.random.Generator | None = None,
) -> Table:
    """Propose equations in several ways, and improve on the best of them one term at a time.

    Parameters
    ----------
    information : Information
        The data.
    starts : iterable of tuple of int
        Proposals from elsewhere.
    selectors : dict of tuple of int to set of str, optional
        Who proposed equations before; it is added to.
    rng : numpy.random.Generator, optional
        Deals out the halves of the data; without it no refits to halves propose.

    Returns
    -------
    Table
        Proposals of backward elimination by significance, of a path of thresholds, of refits to halves of the
        data, of greedy steps with their neighbours, and the best of all with one or two terms. They compete by
        one criterion, whoever proposed them.
    """
    table = Table(information, selectors={} if selectors is None else selectors)
    least = information.needed
    table.judge(starts)
    table.propose(GREEDY, [least])
    table.propose(SIGNIFICANCE, backward(information))
    table.propose(THRESHOLDS, threshold_path(information))
    table.propose(FEW, few_terms(information, 2))
    if rng is not None:
        table.propose(HALVES, recurring(information, rng))
    left: set[Support] = set()
    for start in [*table.ranked()[:_STARTS], least]:
        best = start
        while best not in left:
            left.add(best)
            better = _best_neighbour(table, best)
            if table.criterion(better) >= table.criterion(best):
                break
            best = better
    return table


def backward(information: Information) -> list[Support]:
    """Drop the least significant term, again and again."""
    support = tuple(range(len(information.scales)))
    found = []
    while len(support) > len(information.needed):
        coefficients, covariance = information.fit(support)
        significance = np.abs(coefficients) / np.sqrt(np.maximum(np.diag(covariance), 1e-300))
        significance[np.isin(support, information.needed)] = np.inf
        weakest = int(np.argmin(significance))
        support = support[:weakest] + support[weakest + 1 :]
        if len(support) <= _MOST_TERMS:
            found.append(support)
    return found


def threshold_path(information: Information) -> list[Support]:
    """Drop every term below a threshold and fit again, for thresholds that grow.

    References
    ----------
    S. L. Brunton, J. L. Proctor and J. N. Kutz, PNAS 113 (2016) 3932-3937.
    """
    support: Support = tuple(range(len(information.scales)))
    found = []

    def sizes_of(support: Support) -> Float:
        """Return the coefficients' sizes; a term that every equation has counts as large."""
        sizes = np.abs(information.fit(support)[0])
        sizes[np.isin(support, information.needed)] = np.inf
        return sizes

    while len(support) > len(information.needed):
        coefficients = sizes_of(support)
        threshold = float(np.min(coefficients)) * (1.0 + 1e-9)
        support = tuple(term for term, size in zip(support, coefficients, strict=True) if size > threshold)
        while support:
            sizes = sizes_of(support)
            kept = tuple(term for term, size in zip(support, sizes, strict=True) if size > threshold)
            if kept == support:
                break
            support = kept
        if support and len(support) <= _MOST_TERMS:
            found.append(support)
    return found


def few_terms(information: Information, most: int) -> list[Support]:
    """Go through all equations of few terms: some help only together, and no step towards them is a gain.

    Parameters
    ----------
    information : Information
        The data.
    most : int
        Terms beside those that are needed, at most.

    Returns
    -------
    list of tuple of int
        The best few of each size; none where there are too many candidates to go through.
    """
    free = [term for term in range(len(information.scales)) if term not in information.needed]
    found: list[Support] = []
    if len(free) > _MOST_CANDIDATES:
        return found
    for size in range(min(most, len(free))):
        bases = np.array([(*information.needed, *one) for one in itertools.combinations(free, size)], dtype=np.intp)
        _, misfits = information.misfit_with_one_more(bases)
        # Each equation is met from every one of its terms.
        count = min(_BEST * (size + 1), misfits.size)
        best = np.argpartition(misfits, count - 1, axis=None)[:count]
        for place in best[np.argsort(misfits.reshape(-1)[best], kind="stable")]:
            row, term = divmod(int(place), misfits.shape[1])
            if np.isfinite(misfits[row, term]):
                found.append(tuple(sorted((*map(int, bases[row]), term))))
    return list(dict.fromkeys(found))


def probabilities(table: Table) -> dict[Support, float]:
    """Return the probability of each equation considered, as Schwarz's criterion approximates it."""
    ranked = table.ranked()
    scores = np.array([table.criterion(support) for support in ranked])
    weights: Float = np.exp(-0.5 * (scores - scores[0]))
    return dict(zip(ranked, map(float, weights / weights.sum()), strict=True))


def _best_neighbour(table: Table, support: Support) -> Support:
    """Return the best equation with one term more, one fewer or one exchanged; the table keeps the best few."""
    found = []
    for one, misfit in _neighbours(table.information, support):
        table.misfits.setdefault(one, misfit)
        table.selectors.setdefault(one, set()).add(GREEDY)
        found.append(one)
    return min(found, key=lambda one: (table.criterion(one), one), default=support)


def _neighbours(information: Information, support: Support) -> Iterator[tuple[Support, float]]:
    """Go through the best equations of each kind of neighbour, with their misfits."""
    present = np.array(support, dtype=np.intp)
    free = [place for place, term in enumerate(support) if term not in information.needed]
    fewer = np.array([np.delete(present, place) for place in free], dtype=np.intp).reshape(
        len(free), max(len(support) - 1, 0)
    )
    misfits, exchanged = information.misfit_with_one_more(fewer)
    for row in np.argsort(misfits, kind="stable")[:_KEPT]:
        yield tuple(map(int, fewer[row])), float(misfits[row])
    for bases, others in (
        (fewer, exchanged),
        (present[None, :], information.misfit_with_one_more(present[None, :])[1]),
    ):
        others[:, present] = np.inf
        for place in np.argsort(others, axis=None, kind="stable")[:_KEPT]:
            row, term = divmod(int(place), others.shape[1])
            if np.isfinite(others[row, term]):
                yield tuple(sorted((*map(int, bases[row]), term))), float(others[row, term])
