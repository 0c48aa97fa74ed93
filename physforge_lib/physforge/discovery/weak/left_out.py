"""Fit equations in the weak form without a stretch of the data, and try them on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.knowledge import Knowledge
from physforge.discovery.method import Question, Supports
from physforge.discovery.regression import Support
from physforge.discovery.runs import stretches
from physforge.discovery.weak.candidates import Candidates
from physforge.discovery.weak.information import Information
from physforge.discovery.weak.integration import integrated_runs
from physforge.discovery.weak.moments import Moments
from physforge.discovery.weak.prepare import FEWEST_SAMPLES
from physforge.discovery.weak.resolution import unresolved
from physforge.discovery.weak.spread import Target
from physforge.discovery.weak.terms import menu_of


def left_out(
    question: Question,
    supports: Supports,
    count: int,
    half_widths: Mapping[str, float],
    rows: int,
    model_error: float,
) -> dict[str, Float]:
    """Fit equations to all but a stretch of the data, and try them on it.

    Parameters
    ----------
    question : Question
        The data, the candidates, and what is known.
    supports : mapping of str to sequence of sequence of str
        By target, the terms of each equation.
    count : int
        Stretches wanted.
    half_widths : mapping of str to float
        Reach of test functions, where it is given.
    rows : int
        Test functions aimed at, over all stretches.
    model_error : float
        Error of the model itself, as a share of the target's rms.

    Returns
    -------
    dict of str to numpy.ndarray of shape (equations, stretches)
        By target, chi-square on each stretch over its degrees of freedom. No test function reaches from
        one stretch into another.

    Raises
    ------
    DiscoveryError
        If the stretches are too short.
    """
    menu = menu_of(question)
    groups = stretches(question.runs, count, FEWEST_SAMPLES)
    parted = replace(question, runs=tuple(run for group in groups for run in group))
    sources, parts = integrated_runs(parted, menu, half_widths, rows)
    # What the sampling leaves open is no fault of an equation.
    open_shares = [unresolved(*pair, len(question.targets)) for pair in zip(sources, parts, strict=True)]
    floor = max(model_error, *open_shares)
    fold = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    names = [name for name, _ in menu.terms]
    mixtures = [mixture for _, mixture in menu.terms]
    told = {target: Knowledge.of_target(question, target, names) for target in question.targets}
    found: dict[str, list[list[float]]] = {target: [] for target in question.targets}
    for left in range(len(groups)):
        kept, tried = (
            Moments(tuple(one for place in np.flatnonzero(chosen) for one in parts[place]), floor)
            for chosen in (fold != left, fold == left)
        )
        for place, target in enumerate(question.targets):
            fixed, bounds, known = told[target].fixed, told[target].bounds, told[target].known
            terms = told[target].sought(len(names))
            wanted = [tuple(sorted(terms.index(names.index(name)) for name in one)) for one in supports[target]]
            fitted = _fitted(Candidates(kept, mixtures, fixed, bounds), place, known, terms, wanted)
            found[target].append(_tried(Candidates(tried, mixtures), place, known, terms, fitted))
    return {target: np.array(scores).T for target, scores in found.items()}


def _fitted(
    kept: Candidates, place: int, known: Mapping[int, float], terms: Sequence[int], supports: Sequence[Support]
) -> list[Float]:
    """Fit equations by generalised least squares; return the coefficients of all terms, in the units of the data."""
    target = kept.target(place, known)
    plain = kept.least_squares(target, terms)
    found = []
    for support in supports:
        information: Information = plain
        for weighted in (kept.ordinary, kept.generalised):
            information = weighted(target, terms, _spread_out(information, support))
        found.append(_spread_out(information, support) * information.target_scale / information.scales)
    return found


def _spread_out(information: Information, support: Support) -> Float:
    guess = np.zeros(len(information.scales))
    guess[list(support)] = information.fit(support)[0]
    return guess


def _tried(
    tried: Candidates, place: int, known: Mapping[int, float], terms: Sequence[int], fitted: Sequence[Float]
) -> list[float]:
    """Return the misfit of each equation as it is, with the noise that it implies, over its degrees of freedom."""
    target: Target = tried.target(place, known)
    units = tried.moments.scales[place] / tried.scales[list(terms)]
    found = []
    for coefficients in fitted:
        scaled = coefficients / units
        information = tried.ordinary(target, terms, scaled)
        misfit = information.total - scaled @ (2.0 * information.score - information.matrix @ scaled)
        found.append(float(misfit) / information.freedom(0))
    return found
