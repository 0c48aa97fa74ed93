"""Look for a different equation that explains the data as well."""

from __future__ import annotations

from physforge.discovery.method import Proposer
from physforge.discovery.regression import Indices, Regression, Support
from physforge.discovery.selection import Candidate, find


def find_rivals(regression: Regression, method: Proposer, support: Support, folds: Indices) -> list[Candidate]:
    """Take each term of an equation away from the library and discover again.

    Where candidates depend on each other, as on a single travelling wave, quite
    different equations hold at once; the path to one of them never shows the others.

    Parameters
    ----------
    regression : Regression
        The data.
    method : Proposer
        How equations are proposed.
    support : tuple of int
        The equation to challenge.
    folds : numpy.ndarray of int
        The parts of the cross-validation, from `deal_folds`.

    Returns
    -------
    list of Candidate
        In terms of `regression`; every one lacks some term of `support`, and none that is needed.
    """
    rivals: list[Candidate] = []
    if len(regression.terms) == 1:
        return rivals
    for term in (one for one in support if one not in regression.needed):
        rest = regression.without(term)
        for candidate in find(rest, method, rest.blocks, folds):
            restored = tuple(index + (index >= term) for index in candidate.support)
            rivals.append(Candidate(restored, candidate.misfit))
    return rivals
