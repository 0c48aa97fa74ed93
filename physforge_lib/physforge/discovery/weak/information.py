"""What the data tell of the coefficients, as the sufficient statistics of a linear regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.regression import Indices


@dataclass(frozen=True, eq=False)
class Information:
    """A linear regression in its sufficient statistics: they add over runs and chunks.

    Columns and target are scaled; see `scales`.

    Parameters
    ----------
    matrix : numpy.ndarray of shape (p, p)
        Information on the coefficients (the inverse of their covariance, if all terms take part).
    score : numpy.ndarray of shape (p,)
        `matrix` times the estimate.
    total : float
        Misfit without any term, a chi-square with p degrees of freedom if there is nothing but noise.
    scales : numpy.ndarray of shape (p,)
        Physical coefficients are scaled ones times the target's scale over these.
    target_scale : float
        Of the target.
    rows : int
        Test functions behind it.
    log_volume : float, default 0
        Log-determinant of the moments' covariance: a misfit counts beside the size of the noise that
        it is measured by.
    """

    matrix: Float
    score: Float
    total: float
    scales: Float
    target_scale: float
    rows: int
    log_volume: float = 0.0

    def misfit(self, supports: Sequence[tuple[int, ...]]) -> Float:
        """Return the misfit of equations with some terms: chi-square with p less their number.

        Parameters
        ----------
        supports : sequence of tuple of int
            Terms of each.

        Returns
        -------
        numpy.ndarray of shape (len(supports),)
        """
        result = np.full(len(supports), self.total)
        for size in {len(support) for support in supports} - {0}:
            where = [index for index, support in enumerate(supports) if len(support) == size]
            result[where] = self.misfit_of(np.array([supports[index] for index in where]))
        return result

    def misfit_of(self, chosen: Indices) -> Float:
        """Return the misfit of many equations of one size.

        Parameters
        ----------
        chosen : numpy.ndarray of int, shape (n, size)
            Terms of each.

        Returns
        -------
        numpy.ndarray of shape (n,)
        """
        matrices = self.matrix[chosen[:, :, None], chosen[:, None, :]]
        scores = self.score[chosen]
        # A tiny ridge keeps exactly dependent and vanishing terms solvable; they gain nothing by it.
        diagonal = np.maximum(1e-12 * np.einsum("sii->si", matrices), 1e-300)
        ridge = diagonal[:, :, None] * np.eye(chosen.shape[1])
        solved = np.linalg.solve(matrices + ridge, scores[:, :, None])[:, :, 0]
        return np.asarray(self.total - np.sum(scores * solved, axis=1), dtype=np.float64)

    def fit(self, support: tuple[int, ...]) -> tuple[Float, Float]:
        """Fit the terms of one equation.

        Parameters
        ----------
        support : tuple of int
            Its terms.

        Returns
        -------
        coefficients : numpy.ndarray of shape (k,)
            Scaled.
        covariance : numpy.ndarray of shape (k, k)
            Of them.
        """
        chosen = list(support)
        covariance = np.linalg.pinv(self.matrix[np.ix_(chosen, chosen)], hermitian=True)
        return covariance @ self.score[chosen], np.asarray(covariance, dtype=np.float64)

    def limits(self, support: tuple[int, ...]) -> Float:
        """Return the sd that the scaled coefficient of each further term would have, shape (p,)."""
        found = np.full(len(self.scales), np.inf)
        chosen = list(support)
        inverse = np.linalg.pinv(self.matrix[np.ix_(chosen, chosen)], hermitian=True)
        for term in range(len(self.scales)):
            if term in support:
                continue
            beside = self.matrix[term, chosen]
            left = self.matrix[term, term] - float(beside @ inverse @ beside)
            if left > 1e-12 * self.matrix[term, term]:
                found[term] = 1.0 / np.sqrt(left)
        return found
