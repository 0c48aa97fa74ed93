"""Discover again from derivatives that were smoothed in another way."""

from __future__ import annotations

import numpy as np

from physforge.derivatives import SavitzkyGolay
from physforge.discovery.knowledge import Knowledge
from physforge.discovery.method import Proposer, Question
from physforge.discovery.samples import TermSamples, gather_samples
from physforge.discovery.selection import deal_folds, find
from physforge.errors import DerivativeError

#: Degree of the polynomials of the second smoothing.
_OTHER_DEGREE = 6

#: How the descriptions of schemes begin that smooth instead of interpolating.
_SMOOTHING = ("Gaussian process", "Savitzky-Golay")


def is_smoothed(scheme: str) -> bool:
    """Say whether a derivative comes from smoothed data.

    Parameters
    ----------
    scheme : str
        As ``attrs["method"]`` of the derivative describes it.

    Returns
    -------
    bool
        Such a derivative is limited by noise, and an interpolated one by truncation.
    """
    return scheme.startswith(_SMOOTHING)


def terms_by_other_derivatives(
    question: Question, samples: TermSamples, method: Proposer
) -> list[tuple[str, ...] | None]:
    """Return the terms that other derivatives of the same data lead to.

    Smoothing has a bias that resampling cannot show, since every resample shares it. A
    form that depends on how the data were smoothed is not a property of the data.

    Parameters
    ----------
    question : Question
        The data, and what is known.
    samples : TermSamples
        What the first derivatives gave.
    method : Proposer
        How equations are proposed.

    Returns
    -------
    list of tuple of str or None
        Terms beside known ones for each target; None where nothing was smoothed, or the series is too
        short for a second way.
    """
    nothing: list[tuple[str, ...] | None] = [None] * len(question.targets)
    if not any(is_smoothed(scheme) for scheme in samples.schemes.values()):
        return nothing
    try:
        other = gather_samples(
            question.runs,
            question.targets,
            question.library,
            question.fields,
            question.dims,
            method=SavitzkyGolay(polynomial=_OTHER_DEGREE),
        )
    except DerivativeError:
        return nothing
    terms: list[tuple[str, ...] | None] = []
    for whole in other.regressions:
        told = Knowledge.of_target(question, whole.target, whole.terms)
        regression = whole.knowing(told.known, told.fixed, told.bounds)
        # Any dealing of the folds will do; a fixed one keeps the answer independent of order.
        folds = deal_folds(regression, np.random.default_rng(0))
        best = find(regression, method, regression.blocks, folds)[0]
        terms.append(tuple(regression.terms[index] for index in best.support))
    return terms
