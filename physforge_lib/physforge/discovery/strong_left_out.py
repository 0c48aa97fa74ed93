"""Fit equations in the strong form without a stretch of the data, and try them on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.knowledge import Knowledge
from physforge.discovery.method import Question, Supports
from physforge.discovery.regression import Regression, Support, fit
from physforge.discovery.samples import gather_samples
from physforge.discovery.selection import RESOLUTION
from physforge.errors import DiscoveryError

#: Fewest samples in time of a stretch.
_SHORTEST = 5


def left_out(question: Question, supports: Supports, count: int) -> dict[str, Float]:
    """Fit equations to all but a stretch of the data, and try them on it.

    Parameters
    ----------
    question : Question
        The data, the candidates, and what is known.
    supports : mapping of str to sequence of sequence of str
        By target, the terms of each equation.
    count : int
        Stretches wanted.

    Returns
    -------
    dict of str to numpy.ndarray of shape (equations, stretches)
        By target, the mean square of what is left on each stretch, over that of the noise in the derivatives
        and terms and of what derivatives can resolve. Derivatives are taken before the data are parted.

    Raises
    ------
    DiscoveryError
        If the series is too short.
    """
    runs = question.runs
    parts = 1 if len(runs) > 1 else min(count, runs[0].sizes["t"] // _SHORTEST)
    if len(runs) == 1 and parts < 2:
        raise DiscoveryError(
            f"{runs[0].sizes['t']} samples in time cannot be parted into stretches of {_SHORTEST}, one of which is "
            "left out; measure longer, or give several runs."
        )
    samples = gather_samples(runs, question.targets, question.library, question.fields, question.dims, stretches=parts)
    found = {}
    for whole in samples.regressions:
        told = Knowledge.of_target(question, whole.target, whole.terms)
        regression = whole.knowing(told.known, told.fixed, told.bounds)
        known = {
            whole.terms[term]: value * whole.scales[term] / whole.target_scale for term, value in told.known.items()
        }
        wanted = [tuple(sorted(regression.terms.index(name) for name in one)) for one in supports[whole.target]]
        groups = np.array_split(regression.blocks, min(count, len(regression.blocks)))
        scores = np.empty((len(wanted), len(groups)))
        for fold, group in enumerate(groups):
            train, test = regression.gather(np.setdiff1d(regression.blocks, group)), regression.gather(group)
            for row, support in enumerate(wanted):
                scores[row, fold] = _score(regression, support, train, test, known, samples.noise)
        found[whole.target] = scores
    return found


def _score(
    regression: Regression,
    support: Support,
    train: Float,
    test: Float,
    known: Mapping[str, float],
    noise: Mapping[str, float],
) -> float:
    coefficients = fit(train, support, regression.bounds)
    left = float(np.sum((test[:, list(support)] @ coefficients - test[:, -1]) ** 2))
    shares = {regression.terms[term]: float(value) for term, value in zip(support, coefficients, strict=True)}
    allowed = noise[regression.target] ** 2 + RESOLUTION**2
    allowed += sum((value * noise[term]) ** 2 for term, value in {**shares, **known}.items())
    return left / allowed
