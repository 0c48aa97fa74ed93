"""Moments: products of the columns of a weak form with instruments, and the noise in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from string import ascii_lowercase

import numpy as np
from scipy.linalg import cholesky, lapack

from physforge.derivatives.axis import Float
from physforge.discovery.weak.information import Information
from physforge.discovery.weak.rows import Orders, Rows
from physforge.discovery.weak.spread import Spread, Target, added_by_noise, applied, kronecker, residual_covariance

#: Independent error that is allowed for in each row, as a share of its variance: so that nothing
#: rests on combinations of rows in which noise of one size everywhere would cancel.
_ALLOWANCE = 0.03

#: Share of the information on a combination of terms that may be noise and is taken off.
_MOST_TAKEN_OFF = 0.5

#: Share of the variance of a combination of moments that errors of the instruments take away, at most: what they
#: do together with those of the residual is known on average only.
_MOST_NARROWED = 0.5

#: Eigenvalues of a correlation matrix below this share of the largest are round-off.
_ROUND_OFF = 1e-9


@dataclass(frozen=True, eq=False)
class Moments:
    """Products of the columns of several runs with each other, and what noise does to them.

    Parameters
    ----------
    runs : tuple of Rows
        The weak form of each run.
    floor : float
        Error of the model itself, as a share of the target's rms.
    """

    runs: tuple[Rows, ...]
    floor: float

    @cached_property
    def scales(self) -> Float:
        """Root mean square of each column, over all runs."""
        squares = sum(np.sum(one.values**2, axis=0) for one in self.runs)
        scales: Float = np.sqrt(np.asarray(squares) / self.count)
        scales[scales == 0.0] = 1.0
        return scales

    @property
    def count(self) -> int:
        """Rows in all."""
        return sum(len(one.values) for one in self.runs)

    @cached_property
    def _products(self) -> Float:
        """Products of the scaled columns, less what noise adds to them on average."""
        total = np.zeros((len(self.scales),) * 2)
        for rows in self.runs:
            scaled = rows.values / self.scales
            total += scaled.T @ scaled - added_by_noise(rows, self.scales, partial(_diagonal, rows))
        return total

    @cached_property
    def _spreads(self) -> list[Spread]:
        return [Spread(rows, self.scales) for rows in self.runs]

    @cached_property
    def _model_error(self) -> Float:
        total = np.zeros((len(self.scales),) * 2)
        for rows in self.runs:
            scaled = rows.values / self.scales
            total += scaled.T @ applied(_correlations(rows), scaled)
        return total

    def least_squares(self, target: Target, terms: Sequence[int]) -> Information:
        """Return the information as if all rows had the same independent error.

        Parameters
        ----------
        target : Target
            What is explained.
        terms : sequence of int
            Columns that may explain it.

        Returns
        -------
        Information
            Its misfit is a sum of squares of the scaled target.
        """
        chosen = target.selection(terms, len(self.scales))
        products = chosen @ self._products @ chosen.T
        return Information(
            products[:-1, :-1],
            products[:-1, -1],
            float(products[-1, -1]),
            self.scales[list(terms)],
            float(self.scales[target.column]),
            self.count,
        )

    def ordinary(self, target: Target, terms: Sequence[int], guess: Float) -> Information:
        """Use the columns as instruments, weighted for the noise that an equation has.

        Parameters
        ----------
        target : Target
            What is explained.
        terms : sequence of int
            Columns that may explain it.
        guess : numpy.ndarray of shape (len(terms),)
            Scaled coefficients of the equation.

        Returns
        -------
        Information
            Efficient among combinations of these instruments.
        """
        spread = self._sure(target, terms, guess)
        crossed = self._crossed(target, terms, guess)
        return self._weighted(_Noise(self._products, spread, crossed, self._spreads), target, terms, guess)

    def generalised(self, target: Target, terms: Sequence[int], guess: Float) -> Information:
        """Use as instruments the columns divided by the covariance of the rows.

        Parameters
        ----------
        target : Target
            What is explained.
        terms : sequence of int
            Columns that may explain it.
        guess : numpy.ndarray of shape (len(terms),)
            Scaled coefficients of the equation.

        Returns
        -------
        Information
            That of generalised least squares.
        """
        size = (len(self.scales),) * 2
        products, spread, spreads = np.zeros(size), np.zeros(size), []
        present = target.residual(terms, guess)
        for rows in self.runs:
            factor, sd = self._factor(rows, target, terms, guess)
            weights = _inverse(factor)
            weights /= sd[:, None]
            weights /= sd
            scaled = rows.values / self.scales
            instruments = weights @ scaled
            products += scaled.T @ instruments - added_by_noise(rows, self.scales, _RowSums(rows, weights))
            spreads.append(Spread(rows, self.scales, instruments))
            spread += self._floor(target) * instruments.T @ applied(_correlations(rows), instruments)
            spread += spreads[-1].with_sure_instruments(present)
        # What errors of the instruments add is taken in proportion to what they add with the columns themselves.
        larger = np.sqrt(np.diag(spread) / np.maximum(np.diag(self._sure(target, terms, guess)), 1e-300))
        crossed = self._crossed(target, terms, guess) * np.outer(larger, larger)
        return self._weighted(_Noise(products, spread, crossed, spreads), target, terms, guess, scored=True)

    def _sure(self, target: Target, terms: Sequence[int], guess: Float) -> Float:
        """Return the covariance of the moments, with the columns as instruments that have no errors."""
        spread = self._floor(target) * self._model_error
        for one in self._spreads:
            spread = spread + one.with_sure_instruments(target.residual(terms, guess))
        return np.asarray(spread, dtype=np.float64)

    def _crossed(self, target: Target, terms: Sequence[int], guess: Float) -> Float:
        present = target.residual(terms, guess)
        return sum((one.crossed(present) for one in self._spreads), np.zeros((len(self.scales),) * 2))

    def _factor(self, rows: Rows, target: Target, terms: Sequence[int], guess: Float) -> tuple[Float, Float]:
        """Return the triangular factor of the residual's correlations, and its sd."""
        covariance = residual_covariance(rows, target.residual(terms, guess), self.scales)
        model = kronecker(_correlations(rows))
        model *= self._floor(target)
        covariance += model
        sd = np.sqrt(np.diag(covariance))
        sd[sd == 0.0] = 1.0
        covariance /= sd[:, None]
        covariance /= sd
        covariance[np.diag_indices(len(sd))] += _ALLOWANCE
        # Symmetric, so that its transpose is as good, which needs no copy.
        return cholesky(covariance.T, lower=True, check_finite=False, overwrite_a=True), sd

    def _floor(self, target: Target) -> float:
        column = target.column
        squares = sum(float(np.sum(one.values[:, column] ** 2)) for one in self.runs)
        return float(self.floor**2 * squares / (self.count * self.scales[column] ** 2))

    def _weighted(
        self, noise: _Noise, target: Target, terms: Sequence[int], guess: Float, *, scored: bool = False
    ) -> Information:
        """Weight the moments by the inverse of their covariance, and take off what their noise adds."""
        chosen = list(terms)
        white = noise.whitening(chosen)
        selection = target.selection(terms, len(self.scales))
        moments = white @ noise.products[chosen] @ selection.T
        whitening = np.zeros((len(chosen), len(self.scales)))
        whitening[:, chosen] = white * noise.wider[chosen]
        added = sum((one.weighted(whitening) for one in noise.spreads), np.zeros_like(noise.products))
        quadratic = moments.T @ moments
        added = _bearable(quadratic, selection @ added @ selection.T)
        corrected = quadratic - added
        # The misfit of the guess stays what it is: a chi-square.
        residual = np.append(-guess, 1.0)
        return Information(
            corrected[:-1, :-1],
            corrected[:-1, -1],
            float(corrected[-1, -1] + residual @ added @ residual),
            self.scales[chosen],
            float(self.scales[target.column]),
            self.count,
            scores=noise.scores(selection.T @ residual, white.T @ moments[:, :-1], chosen) if scored else None,
        )


@dataclass(frozen=True, eq=False)
class _Noise:
    """Moments with what noise does to them.

    Parameters
    ----------
    products : numpy.ndarray of shape (columns, columns)
        Of the instruments with the columns, less what noise adds on average.
    spread, crossed : numpy.ndarray of shape (columns, columns)
        Covariance of the residual's products with the instruments as they are, and what the
        errors of the instruments add.
    spreads : sequence of Spread
        Of each run.
    """

    products: Float
    spread: Float
    crossed: Float
    spreads: Sequence[Spread]

    @property
    def wider(self) -> Float:
        """By how much the errors of the instruments widen each moment, shape (columns,)."""
        sure = np.diag(self.spread)
        # A variance that is estimated without noise may come out negative; then nothing is known of its share.
        more = np.maximum(np.diag(self.crossed), 0.0) / np.where(sure > 0.0, sure, np.inf)
        return np.asarray(np.sqrt(1.0 + more), dtype=np.float64)

    def scores(self, residual: Float, weights: Float, chosen: Sequence[int]) -> Float:
        """Return the residual of each row times its weighted instruments, shape (rows, p)."""
        return np.concatenate(
            [one.used[:, chosen] @ weights * (one.rows.values / one.scales @ residual)[:, None] for one in self.spreads]
        )

    def whitening(self, chosen: Sequence[int]) -> Float:
        """Return what makes some moments independent and of unit variance."""
        part = np.ix_(chosen, chosen)
        size = np.sqrt(np.maximum(np.diag(self.spread)[chosen], 0.0))
        size[size == 0.0] = 1.0
        values, vectors = np.linalg.eigh(_symmetric(self.spread[part] / np.outer(size, size)))
        root = np.sqrt(np.maximum(values, max(_ROUND_OFF * values[-1], 1e-300)))
        white = (vectors / root).T / size
        more, turn = np.linalg.eigh(_symmetric(white @ self.crossed[part] @ white.T))
        return np.asarray((turn / np.sqrt(1.0 + np.maximum(more, -_MOST_NARROWED))).T @ white, dtype=np.float64)


def _inverse(lower: Float) -> Float:
    """Return the inverse of a matrix of which the triangular factor is given."""
    inverse = np.asarray(lapack.dpotri(lower, lower=1, overwrite_c=1)[0], dtype=np.float64)
    for row in range(1, len(inverse)):
        inverse[:row, row] = inverse[row, :row]
    return inverse


def _symmetric(matrix: Float) -> Float:
    return np.asarray(0.5 * (matrix + matrix.T), dtype=np.float64)


def _bearable(quadratic: Float, noise: Float) -> Float:
    """Reduce the noise that is taken off where it would leave a combination of terms without information."""
    from scipy.linalg import eigh

    size = np.sqrt(np.maximum(np.diag(quadratic)[:-1], 1e-300))
    scale = np.append(size, 1.0)
    scaled, shares = quadratic / np.outer(scale, scale), noise / np.outer(scale, scale)
    base = scaled[:-1, :-1] + _ROUND_OFF * np.eye(len(size))
    values, vectors = eigh(shares[:-1, :-1], base)
    reduced = np.minimum(1.0, _MOST_TAKEN_OFF / np.maximum(values, 1e-300))
    # The vectors are orthonormal with the information as scalar product.
    reducing = base @ vectors @ (reduced[:, None] * vectors.T)
    shares[:-1, :] = reducing @ shares[:-1, :]
    shares[:-1, :-1] = 0.5 * (shares[:-1, :-1] + shares[:-1, :-1].T)
    shares[-1, :-1] = shares[:-1, -1]
    return np.asarray(shares * np.outer(scale, scale), dtype=np.float64)


def _diagonal(rows: Rows, first: Orders, second: Orders) -> Float:
    diagonal = np.ones(1)
    for one in rows.overlap(first, second):
        diagonal = np.outer(diagonal, np.diag(one)).reshape(-1)
    return diagonal


@dataclass(frozen=True, eq=False)
class _RowSums:
    """Sums over the rows of weights times overlaps, one axis after the other."""

    rows: Rows
    weights: Float
    _partial: dict[Orders, Float] = field(default_factory=dict)

    def __call__(self, first: Orders, second: Orders) -> Float:
        """Return for each row the sum over all rows, for the orders of two derivatives."""
        return self._reduced(first, second, len(first)).reshape(-1)

    def _reduced(self, first: Orders, second: Orders, axes: int) -> Float:
        counts = [len(one) for one in self.rows.functions]
        if axes == 0:
            return self.weights.reshape(*counts, *counts)
        key = (*first[:axes], *second[:axes])
        if key not in self._partial:
            inner = self._reduced(first, second, axes - 1)
            overlap = self.rows.functions[axes - 1].overlap(first[axes - 1], second[axes - 1])
            # The rows' own axes come first; of the others the next one is summed over.
            letters = ascii_lowercase[: inner.ndim]
            own, other = letters[axes - 1], letters[len(counts)]
            rule = f"{letters},{own}{other}->{letters.replace(other, '')}"
            self._partial[key] = np.einsum(rule, inner, overlap)
        return self._partial[key]


def _correlations(rows: Rows) -> list[Float]:
    """Return how much test functions overlap, as correlations along each axis."""
    found = []
    for one in rows.functions:
        overlap = one.overlap(0, 0)
        length = np.sqrt(np.diag(overlap))
        found.append(overlap / np.outer(length, length))
    return found
