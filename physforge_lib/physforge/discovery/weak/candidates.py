"""Candidate terms as sums of columns, with what is known of their coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.weak.information import Information
from physforge.discovery.weak.moments import Moments
from physforge.discovery.weak.spread import Target

#: Columns of a term with their factors: ``x*u_x`` is ``(x*u)_x`` less ``u``.
Mixture = tuple[tuple[int, float], ...]


@dataclass(frozen=True, eq=False)
class Candidates:
    """The moments of terms that are sums of columns; otherwise alike `Moments`.

    Parameters
    ----------
    moments : Moments
        Of the columns.
    mixtures : sequence of tuple of (int, float)
        For each term its columns, with factors in physical units.
    needed : frozenset of int, default empty
        Terms that every equation has.
    bounds : mapping of int to tuple of float, default {}
        Lowest and highest coefficient of some terms, in physical units.
    """

    moments: Moments
    mixtures: Sequence[Mixture]
    needed: frozenset[int] = frozenset()
    bounds: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    @cached_property
    def scales(self) -> Float:
        """Root mean square of each term over all rows."""
        squares = np.zeros(len(self.mixtures))
        for rows in self.moments.runs:
            for index, mixture in enumerate(self.mixtures):
                squares[index] += np.sum(sum(factor * rows.values[:, column] for column, factor in mixture) ** 2)
        scales: Float = np.sqrt(squares / self.moments.count)
        scales[scales == 0.0] = 1.0
        return scales

    def target(self, column: int, known: Mapping[int, float]) -> Target:
        """Return what is to be explained, less the terms whose physical coefficients are known."""
        scales = self.moments.scales
        shares: dict[int, float] = {}
        for term, value in known.items():
            for one, factor in self.mixtures[term]:
                shares[one] = shares.get(one, 0.0) + value * factor * float(scales[one] / scales[column])
        return Target(column, tuple(shares.items()))

    def least_squares(self, target: Target, terms: Sequence[int]) -> Information:
        """Return the information as if all rows had the same independent error; see `Moments.least_squares`."""
        columns, mixture = self._mixture(terms)
        return self._told(self.moments.least_squares(target, columns), mixture, terms)

    def ordinary(self, target: Target, terms: Sequence[int], guess: Float) -> Information:
        """Use the columns as instruments; see `Moments.ordinary`."""
        columns, mixture = self._mixture(terms)
        return self._told(self.moments.ordinary(target, columns, mixture @ guess), mixture, terms)

    def generalised(self, target: Target, terms: Sequence[int], guess: Float) -> Information:
        """Use the columns over the covariance of the rows as instruments; see `Moments.generalised`."""
        columns, mixture = self._mixture(terms)
        return self._told(self.moments.generalised(target, columns, mixture @ guess), mixture, terms)

    def _mixture(self, terms: Sequence[int]) -> tuple[list[int], Float]:
        """Return the columns of some terms, and the scaled coefficients of columns for one of a term."""
        columns = sorted({column for term in terms for column, _ in self.mixtures[term]})
        mixture = np.zeros((len(columns), len(terms)))
        for place, term in enumerate(terms):
            for column, factor in self.mixtures[term]:
                share = factor * self.moments.scales[column] / self.scales[term]
                mixture[columns.index(column), place] += share
        return columns, mixture

    def _told(self, information: Information, mixture: Float, terms: Sequence[int]) -> Information:
        """Turn information on columns into that on terms, with what is known of these."""
        scales = self.scales[list(terms)]
        bounds = None
        if any(term in self.bounds for term in terms):
            free = (-np.inf, np.inf)
            bounds = np.array([self.bounds.get(term, free) for term in terms])
            bounds = bounds * (scales / information.target_scale)[:, None]
        return replace(
            information,
            matrix=mixture.T @ information.matrix @ mixture,
            score=mixture.T @ information.score,
            scales=scales,
            scores=None if information.scores is None else information.scores @ mixture,
            moments=len(mixture),
            needed=tuple(place for place, term in enumerate(terms) if term in self.needed),
            bounds=bounds,
        )
