"""What the data tell of the coefficients, as the sufficient statistics of a linear regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from physforge.derivatives.axis import Float
from physforge.discovery.regression import Indices, Support

#: Eigenvalues of a correlation matrix below this are round-off.
_ROUND_OFF = 1e-12

#: Diagonal of the triangular factor of a correlation matrix above which its inverse is exact to some ten digits.
_WELL_CONDITIONED = 1e-3


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
    moments : int, default 0
        How many moments are behind it; 0 for one to each term.
    needed : tuple of int, default ()
        Terms that every equation has.
    bounds : numpy.ndarray of shape (p, 2), optional
        Lowest and highest scaled coefficient of each term.
    scores : numpy.ndarray of shape (rows, p), optional
        What the residual of each row, of the equation that gave the noise, adds to `score`.
    """

    matrix: Float
    score: Float
    total: float
    scales: Float
    target_scale: float
    rows: int
    moments: int = 0
    needed: Support = ()
    bounds: Float | None = None
    scores: Float | None = None

    def freedom(self, terms: int) -> int:
        """Return the degrees of freedom of the misfit of an equation with some terms."""
        return (self.moments or len(self.scales)) - terms

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
        misfits = self.total - np.sum(scores * solved, axis=1)
        for index in self._out_of_bounds(chosen, solved):
            inside = self._inside_bounds(matrices[index], solved[index], chosen[index])
            misfits[index] = self.total - inside @ (2.0 * scores[index] - matrices[index] @ inside)
        return np.asarray(misfits, dtype=np.float64)

    def misfit_with_one_more(self, bases: Indices) -> tuple[Float, Float]:
        """Return the misfit of some equations of one size, and of those that have one term more.

        Parameters
        ----------
        bases : numpy.ndarray of int, shape (n, size)
            Terms of each.

        Returns
        -------
        misfits : numpy.ndarray of shape (n,)
            As of `misfit_of`.
        more : numpy.ndarray of shape (n, p)
            For each further term; infinite for those that are present.
        """
        if self.bounds is not None:
            return self.misfit_of(bases), self._one_more_in_bounds(bases)
        matrices = self.matrix[bases[:, :, None], bases[:, None, :]]
        ridge = np.maximum(1e-12 * np.diag(self.matrix), 1e-300)
        matrices = matrices + ridge[bases][:, :, None] * np.eye(bases.shape[1])
        beside = np.concatenate([self.score[bases][:, :, None], self.matrix[bases]], axis=2)
        solved = np.linalg.solve(matrices, beside)
        coefficients, turned = solved[:, :, 0], solved[:, :, 1:]
        misfits = self.total - np.sum(self.score[bases] * coefficients, axis=1)
        # What a term adds follows from what the others leave of it (a step of elimination).
        left = self.score - np.einsum("ns,nsp->np", coefficients, self.matrix[bases])
        own = np.diag(self.matrix) + ridge - np.einsum("nsp,nsp->np", self.matrix[bases], turned)
        found = misfits[:, None] - left**2 / np.where(own == 0.0, np.inf, own)
        np.put_along_axis(found, bases, np.inf, axis=1)
        return misfits, found

    def _one_more_in_bounds(self, bases: Indices) -> Float:
        """Return the misfits of `misfit_with_one_more`, one equation at a time."""
        found = np.full((len(bases), len(self.scales)), np.inf)
        for misfits, base in zip(found, bases, strict=True):
            more = np.setdiff1d(np.arange(len(misfits)), base)
            misfits[more] = self.misfit_of(np.column_stack([np.tile(base, (len(more), 1)), more]))
        return found

    def _out_of_bounds(self, chosen: Indices, coefficients: Float) -> Indices:
        """Return which of several equations have a coefficient outside its bounds."""
        if self.bounds is None:
            return np.zeros(0, dtype=np.intp)
        low, high = self.bounds[chosen, 0], self.bounds[chosen, 1]
        return np.flatnonzero(((coefficients < low) | (coefficients > high)).any(axis=1))

    def _inside_bounds(self, matrix: Float, estimate: Float, chosen: Indices) -> Float:
        """Return the coefficients of the best fit inside the bounds, from those of the best fit of all."""
        from scipy.optimize import lsq_linear

        if self.bounds is None:
            return estimate
        size = np.sqrt(np.maximum(np.abs(np.diag(matrix)), 1e-300))
        values, vectors = np.linalg.eigh(matrix / np.outer(size, size))
        # Less what noise adds, a matrix may have negative eigenvalues; fits are stationary along them.
        root = np.sqrt(np.maximum(np.abs(values), _ROUND_OFF))[:, None] * vectors.T
        low, high = self.bounds[chosen].T * size
        found = lsq_linear(root, root @ (estimate * size), (low, high), method="bvls").x
        return np.asarray(np.clip(found / size, *self.bounds[chosen].T), dtype=np.float64)

    def fit(self, support: tuple[int, ...]) -> tuple[Float, Float]:
        """Fit the terms of one equation.

        Parameters
        ----------
        support : tuple of int
            Its terms.

        Returns
        -------
        coefficients : numpy.ndarray of shape (k,)
            Scaled, inside their bounds.
        covariance : numpy.ndarray of shape (k, k)
            Of them; that without bounds, which is not less.
        """
        chosen = list(support)
        matrix, score = self.matrix[np.ix_(chosen, chosen)], self.score[chosen]
        covariance = _inverse(matrix)
        coefficients = covariance @ score
        if len(self._out_of_bounds(np.array([chosen], dtype=np.intp), coefficients[None, :])):
            coefficients = self._inside_bounds(matrix, coefficients, np.array(chosen, dtype=np.intp))
        return coefficients, np.asarray(covariance, dtype=np.float64)

    def at_bounds(self, support: tuple[int, ...]) -> list[tuple[int, float]]:
        """List the terms of an equation whose coefficients its bounds change.

        Parameters
        ----------
        support : tuple of int
            Its terms.

        Returns
        -------
        list of (int, float)
            Each with the scaled coefficient that it would have without any bounds.
        """
        chosen = list(support)
        free = np.linalg.pinv(self.matrix[np.ix_(chosen, chosen)], hermitian=True) @ self.score[chosen]
        if self.bounds is None or not chosen:
            return []
        low, high = self.bounds[chosen].T
        return [(chosen[one], float(free[one])) for one in np.flatnonzero((free < low) | (free > high))]

    def limits(self, support: tuple[int, ...]) -> Float:
        """Return the sd that the scaled coefficient of each further term would have, shape (p,)."""
        found = np.full(len(self.scales), np.inf)
        chosen = list(support)
        inverse = _inverse(self.matrix[np.ix_(chosen, chosen)])
        for term in range(len(self.scales)):
            if term in support:
                continue
            beside = self.matrix[term, chosen]
            left = self.matrix[term, term] - float(beside @ inverse @ beside)
            if left > 1e-12 * self.matrix[term, term]:
                found[term] = 1.0 / np.sqrt(left)
        return found


def _inverse(matrix: Float) -> Float:
    """Return the inverse of a symmetric matrix; the generalised one if it is singular or not positive."""
    size = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    if len(matrix) and size.all():
        factor, failed = lapack.dpotrf(matrix / np.outer(size, size), lower=1)
        if not failed and np.min(np.diag(factor)) > _WELL_CONDITIONED:
            half = np.tril(lapack.dpotri(factor, lower=1)[0])
            return np.asarray((half + np.tril(half, -1).T) / np.outer(size, size), dtype=np.float64)
    return np.asarray(np.linalg.pinv(matrix, hermitian=True), dtype=np.float64)
