"""Equations that come back on halves of the data: which terms stand, whatever stretch is looked at."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.regression import Support
from physforge.discovery.weak.information import Information

#: Complementary pairs of halves, as Shah and Samworth recommend.
PAIRS = 50

#: Blocks of neighbouring rows that the halves are made of; rows of one block share their errors.
_BLOCKS = 20

#: Equations that recur most are proposed, at most so many.
_RECURRING = 5

#: Terms of an equation that is proposed, at most, and those from which the halves choose.
_MOST_TERMS, _MOST_CANDIDATES = 12, 60

#: Least eigenvalue of the correlations of terms that depend on each other.
_LEAST = 1e-9


def recurring(information: Information, rng: np.random.Generator) -> list[Support]:
    """Fit and choose on halves of the data, and propose what recurs.

    Parameters
    ----------
    information : Information
        With its `Information.scores`, from which the halves are made.
    rng : numpy.random.Generator
        Deals blocks of rows out to halves.

    Returns
    -------
    list of tuple of int
        The equations that halves chose most often, and for each frequency the terms that were
        chosen at least as often.

    Notes
    -----
    A half keeps the weights and the information matrix of the whole, by half, and has the normal equations of its
    own rows: what they add to the score beyond the other half moves its coefficients. On each half terms are dropped
    by significance, and the number of them is chosen as it is for all data.

    References
    ----------
    R. D. Shah and R. J. Samworth, Variable selection with error control: another look at stability selection, Journal
    of the Royal Statistical Society B 75 (2013) 55-80; U. Fasel, J. N. Kutz, B. W. Brunton and S. L. Brunton,
    Ensemble-SINDy, Proceedings of the Royal Society A 478 (2022) 20210904.
    """
    if information.scores is None or not len(information.scales):
        return []
    chosen = _significant(information)
    kept = _chosen_on_halves(information, chosen, _deviations(information.scores[:, chosen], rng))
    supports = Counter(tuple(chosen[place] for place in np.flatnonzero(one)) for one in kept)
    found = [support for support, _ in supports.most_common(_RECURRING)]
    frequency = kept.mean(axis=0)
    levels = sorted(set(frequency[frequency > 0.0]), reverse=True)
    found += [tuple(chosen[place] for place in np.flatnonzero(frequency >= least)) for least in levels]
    return [support for support in dict.fromkeys(found) if len(support) <= _MOST_TERMS]


def _significant(information: Information) -> list[int]:
    """Return the terms that halves choose among: all, or of many the most significant."""
    every = range(len(information.scales))
    if len(every) <= _MOST_CANDIDATES:
        return list(every)
    estimates, covariance = information.fit(tuple(every))
    significance = np.abs(estimates) / np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    return sorted({*np.argsort(-significance)[:_MOST_CANDIDATES].tolist(), *information.needed})


def _deviations(scores: Float, rng: np.random.Generator) -> Float:
    """Return what each half adds to the score beyond its complement, shape (2 * `PAIRS`, terms)."""
    edges = np.unique(np.linspace(0, len(scores), _BLOCKS + 1).astype(np.intp)[:-1])
    blocks = np.add.reduceat(scores, edges, axis=0)
    signs = np.tile(np.where(np.arange(len(edges)) < len(edges) / 2, 1.0, -1.0), (PAIRS, 1))
    drawn = rng.permuted(signs, axis=1) @ blocks
    return np.concatenate([drawn, -drawn])


def _chosen_on_halves(information: Information, chosen: Sequence[int], deviations: Float) -> np.ndarray:
    """Drop the least significant term on each half, again and again; return which terms the best equation has.

    All halves are swept at once: dropping a term is an update of rank one of what is left.
    """
    matrix = information.matrix[np.ix_(chosen, chosen)]
    size = np.sqrt(np.maximum(np.abs(np.diag(matrix)), 1e-300))
    # Less what noise adds, a matrix may have eigenvalues that are not positive.
    values, vectors = np.linalg.eigh(matrix / np.outer(size, size))
    inverse = (vectors / np.maximum(values, _LEAST)) @ vectors.T
    halves, terms = deviations.shape
    covariance = np.tile(0.5 * (inverse + inverse.T), (halves, 1, 1))
    estimates = (information.score[chosen] + deviations) / size @ covariance[0]
    needed = np.isin(chosen, information.needed)
    # A half has half of the information, and half of the rows.
    price = 2.0 * (math.log(max(information.rows / 2.0, 2.0)) + 2.0 * math.log(max(len(information.scales), 2)))
    alive = np.ones((halves, terms), dtype=bool)
    best, risen, lowest = alive.copy(), np.zeros(halves), np.full(halves, price * terms)
    every = np.arange(halves)
    for left in range(terms - 1, int(needed.sum()) - 1, -1):
        # Of scaled terms, none is less than one but by round-off, or because it is dropped.
        variance = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.5)
        loss = np.where(alive & ~needed, estimates**2 / variance, np.inf)
        weakest = np.argmin(loss, axis=1)
        risen += loss[every, weakest]
        column = covariance[every, :, weakest] / variance[every, weakest][:, None]
        estimates = estimates - column * estimates[every, weakest][:, None]
        covariance = covariance - column[:, :, None] * covariance[every, weakest][:, None, :]
        alive[every, weakest] = False
        better = risen + price * left <= lowest
        lowest = np.where(better, risen + price * left, lowest)
        best[better] = alive[better]
    return best
