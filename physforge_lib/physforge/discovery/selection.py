"""Choose among proposed equations: error on held-out blocks against complexity."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.method import Proposer
from physforge.discovery.regression import Indices, Regression, Support, squared_misfits

#: Share of the target below which nothing is explained any further. Derivatives of
#: sampled data are seldom better; without it, terms would be fitted to truncation error.
RESOLUTION = 1e-3

#: A term must lower the logarithm of the held-out misfit by this much: by a fifth.
PRICE_OF_A_TERM = 0.2

#: Number of parts in the cross-validation.
FOLDS = 9


@dataclass(frozen=True)
class Candidate:
    """One equation that was considered.

    Parameters
    ----------
    support : tuple of int
        Its terms.
    misfit : float
        Root mean square error on held-out blocks, as a share of the target's.
    """

    support: Support
    misfit: float

    @property
    def log_misfit(self) -> float:
        """Logarithm of the misfit, level below the resolution."""
        return math.log(math.hypot(self.misfit, RESOLUTION))

    @property
    def criterion(self) -> float:
        """What is minimised: log misfit plus the price of the terms."""
        return self.log_misfit + PRICE_OF_A_TERM * len(self.support)


def deal_folds(regression: Regression, rng: np.random.Generator) -> Indices:
    """Deal the blocks out to the parts of a cross-validation.

    Parameters
    ----------
    regression : Regression
        The data.
    rng : numpy.random.Generator
        Shuffles.

    Returns
    -------
    numpy.ndarray of int, shape (blocks,)
        Number of each block's part; parts are equal within one block.
    """
    folds: Indices = rng.permutation(len(regression.counts)) % FOLDS
    return folds


def judge(regression: Regression, supports: Iterable[Support], blocks: Indices, folds: Indices) -> list[Candidate]:
    """Measure the error of equations on blocks that were not used to fit them.

    Parameters
    ----------
    regression : Regression
        The data.
    supports : iterable of tuple of int
        What to judge.
    blocks : numpy.ndarray of int
        Blocks to use. One that is named twice counts twice, and is never held out
        and fitted at once.
    folds : numpy.ndarray of int
        Part of each of the regression's blocks, from `deal_folds`.

    Returns
    -------
    list of Candidate
        Best first; of equal ones the shorter.
    """
    wanted = list(dict.fromkeys(supports))
    squares = np.zeros(len(wanted))
    for fold in range(FOLDS):
        held, kept = blocks[folds[blocks] == fold], blocks[folds[blocks] != fold]
        if not len(held) or not len(kept):
            continue
        share = regression.counts[held].sum()
        trained, tested = regression.gather(kept), regression.gather(held)
        squares += share * squared_misfits(trained, tested, wanted, regression.bounds)
    misfits: Float = np.sqrt(squares / regression.counts[blocks].sum())
    return _ranked(Candidate(s, float(m)) for s, m in zip(wanted, misfits, strict=True))


def search(regression: Regression, supports: Iterable[Support], blocks: Indices, folds: Indices) -> list[Candidate]:
    """Judge proposed equations and improve on the best, one term at a time.

    The best is compared with every equation that has one term more, one fewer, or one
    exchanged, until none of these is better.

    Parameters
    ----------
    regression : Regression
        The data.
    supports : iterable of tuple of int
        What was proposed; the equation of the needed terms alone is always added.
    blocks, folds : numpy.ndarray of int
        As for `judge`.

    Returns
    -------
    list of Candidate
        Best first: all proposed, and the neighbours of the best.
    """
    candidates = judge(regression, [regression.needed, *supports], blocks, folds)
    while True:
        best, known = candidates[0], {candidate.support for candidate in candidates}
        neighbours = _neighbours(best.support, len(regression.terms), regression.needed)
        new = [support for support in neighbours if support not in known]
        candidates = _ranked([*candidates, *judge(regression, new, blocks, folds)])
        if candidates[0] is best:
            return candidates


def find(regression: Regression, method: Proposer, blocks: Indices, folds: Indices) -> list[Candidate]:
    """Let a method propose equations, judge them, and improve on the best if the method wants that.

    Parameters
    ----------
    regression : Regression
        The data.
    method : Proposer
        Proposes.
    blocks, folds : numpy.ndarray of int
        As for `judge`.

    Returns
    -------
    list of Candidate
        Best first.
    """
    proposed = proposals(method, regression.gather(blocks), regression.needed)
    if method.refine:
        return search(regression, proposed, blocks, folds)
    return judge(regression, [regression.needed, *proposed], blocks, folds)


def detection_limits(triangle: Float, chosen: Candidate) -> Float:
    """Return how large the coefficient of a term must be to be worth its price.

    Parameters
    ----------
    triangle : numpy.ndarray of shape (m, p + 1)
        Of all samples, as `Regression.gather` gives.
    chosen : Candidate
        The equation beside which the term would stand.

    Returns
    -------
    numpy.ndarray of shape (p,)
        Scaled coefficients; infinite for the terms of the equation, and for those that
        depend on them.
    """
    # Such a share of the misfit without it is what a term explains that lowers the misfit by its price.
    seen = max(RESOLUTION, math.sqrt(1.0 - math.exp(-2.0 * PRICE_OF_A_TERM)) * chosen.misfit)
    present, terms = list(chosen.support), triangle[:, :-1]
    basis = np.linalg.qr(terms[:, present])[0]
    own = np.linalg.norm(terms - basis @ (basis.T @ terms), axis=0)
    own[present] = 0.0
    own[own < RESOLUTION * np.linalg.norm(terms, axis=0)] = 0.0
    limits = np.full(terms.shape[1], np.inf)
    np.divide(seen, own, out=limits, where=own > 0.0)
    return limits


def proposals(method: Proposer, triangle: Float, needed: Support) -> list[Support]:
    """Let a method propose what stands beside needed terms, which are fitted first and then left alone.

    Parameters
    ----------
    method : Proposer
        Proposes.
    triangle : numpy.ndarray of shape (m, p + 1)
        As `Regression.gather` gives.
    needed : tuple of int
        Terms that every equation has.

    Returns
    -------
    list of tuple of int
        All with the needed terms.
    """
    if not needed:
        return method.propose(triangle)
    rest = [index for index in range(triangle.shape[1] - 1) if index not in needed]
    basis = np.linalg.qr(triangle[:, list(needed)])[0]
    beside = triangle[:, [*rest, -1]]
    found = method.propose(beside - basis @ (basis.T @ beside)) if rest else []
    return [tuple(sorted([*needed, *(rest[index] for index in support)])) for support in found]


def _neighbours(support: Support, terms: int, needed: Support) -> list[Support]:
    present, absent = set(support), [term for term in range(terms) if term not in support]
    free = [term for term in support if term not in needed]
    changed = [present - {old} for old in free]
    changed += [present | {new} for new in absent]
    changed += [(present - {old}) | {new} for old in free for new in absent]
    return [tuple(sorted(one)) for one in changed]


def _ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda c: (c.criterion, len(c.support), c.support))
