"""Repeat a discovery on resampled blocks: does the same equation come back?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.method import Proposer
from physforge.discovery.regression import Regression, Support, fit
from physforge.discovery.selection import deal_folds, find
from physforge.progress import track

#: Number of resamples: a frequency is known to about 0.07, in two seconds.
RESAMPLES = 50


@dataclass(frozen=True, eq=False)
class Stability:
    """What resampling shows.

    Parameters
    ----------
    chosen : tuple of tuple of int
        The support that each resample chose.
    coefficients : numpy.ndarray of shape (resamples, terms)
        Scaled coefficients of the equation in question, fitted to each resample without bounds.
    """

    chosen: tuple[Support, ...]
    coefficients: Float

    def recurrence(self, support: Support) -> float:
        """Return the share of resamples that chose exactly `support`."""
        return self.chosen.count(support) / len(self.chosen)

    def inclusion(self, terms: int) -> Float:
        """Return the share of resamples that chose each of the `terms` candidates."""
        counts = Counter(term for support in self.chosen for term in support)
        return np.array([counts[term] / len(self.chosen) for term in range(terms)])


def resample(regression: Regression, method: Proposer, support: Support, rng: np.random.Generator) -> Stability:
    """Draw blocks with replacement, and discover again from each draw.

    Parameters
    ----------
    regression : Regression
        The data.
    method : Proposer
        How equations are proposed.
    support : tuple of int
        The equation whose coefficients are fitted to each draw.
    rng : numpy.random.Generator
        Draws.

    Returns
    -------
    Stability
        Of `RESAMPLES` draws.

    References
    ----------
    H. R. Kunsch, The jackknife and the bootstrap for general stationary observations,
    Annals of Statistics 17 (1989) 1217-1241.
    """
    chosen: list[Support] = []
    coefficients = np.zeros((RESAMPLES, len(support)))
    for index in track(range(RESAMPLES), f"Resampling {regression.target}"):
        blocks = np.sort(rng.choice(regression.blocks, len(regression.blocks)))
        triangle = regression.gather(blocks)
        chosen.append(find(regression, method, blocks, deal_folds(regression, rng))[0].support)
        coefficients[index] = fit(triangle, support)
    return Stability(tuple(chosen), coefficients)
