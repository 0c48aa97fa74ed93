"""What independent noise in the samples does to integrals against test functions, and to their products."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.weak.rows import Orders, Rows

#: Columns up to which the covariances of all their pairs are kept.
_FEW = 20

#: Columns of a residual with their scaled coefficients.
Residual = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Target:
    """What is explained: a column, less the terms whose coefficients are known.

    Parameters
    ----------
    column : int
        For example that of ``u_t``.
    known : tuple of (int, float), default ()
        Columns with their scaled coefficients.
    """

    column: int
    known: tuple[tuple[int, float], ...] = ()

    def residual(self, terms: Sequence[int], guess: Float) -> Residual:
        """Return the columns of the residual of an equation, with their weights.

        Parameters
        ----------
        terms : sequence of int
            Columns that may explain the target.
        guess : numpy.ndarray of shape (len(terms),)
            Scaled coefficients.

        Returns
        -------
        sequence of (int, float)
            The target, and every term that is present.
        """
        present = [*self.known, *((term, float(value)) for term, value in zip(terms, guess, strict=True) if value)]
        return [(self.column, 1.0), *((term, -value) for term, value in present)]

    def selection(self, terms: Sequence[int], columns: int) -> Float:
        """Return the matrix that takes the terms, then the target, from all columns: shape (terms + 1, columns)."""
        found = np.zeros((len(terms) + 1, columns))
        found[np.arange(len(terms)), list(terms)] = 1.0
        for column, weight in self.residual((), np.zeros(0)):
            found[-1, column] += weight
        return found


def added_by_noise(rows: Rows, scales: Float, paired: Callable[[Orders, Orders], Float]) -> Float:
    """Return what noise adds to the products of columns with instruments, on average.

    Parameters
    ----------
    rows : Rows
        The weak form.
    scales : numpy.ndarray of shape (columns,)
        Of the columns.
    paired : callable
        For the orders of two derivatives, the weight of each test function's noise.

    Returns
    -------
    numpy.ndarray of shape (columns, columns)
        Of scaled columns.
    """
    known: dict[tuple[Orders, ...], Float] = {}
    result = np.zeros((len(scales), len(scales)))
    for i, first in enumerate(rows.columns):
        for j, second in enumerate(rows.columns[: i + 1]):
            low, high = sorted((first.orders, second.orders))
            if (low, high) not in known:
                known[low, high] = paired(low, high)
            shared = float(rows.covariance(first.powers, second.powers) @ known[low, high])
            result[i, j] = result[j, i] = first.factor * second.factor * shared / (scales[i] * scales[j])
    return result


@dataclass(frozen=True, eq=False)
class Spread:
    """Covariances of the moments of one run.

    Errors are independent from sample to sample; how large they are is known for each cell.

    Parameters
    ----------
    rows : Rows
        The weak form.
    scales : numpy.ndarray of shape (columns,)
        Of the columns.
    instruments : numpy.ndarray of shape (rows, columns), optional
        By default the scaled columns.
    """

    rows: Rows
    scales: Float
    instruments: Float | None = None
    _back: dict[Orders, Float] = field(default_factory=dict, repr=False)

    def with_sure_instruments(self, present: Residual) -> Float:
        """Return the covariance of the moments for the noise of a residual, the instruments taken as they are.

        Parameters
        ----------
        present : sequence of (int, float)
            From `Target.residual`.

        Returns
        -------
        numpy.ndarray of shape (columns, columns)
        """
        if self._is_small:
            weights = np.zeros(len(self.scales))
            for index, weight in present:
                weights[index] += weight
            return np.asarray(np.einsum("i,j,ijab->ab", weights, weights, self._through), dtype=np.float64)
        kinds: dict[Orders, list[tuple[int, float]]] = {}
        for index, weight in present:
            kinds.setdefault(self.rows.columns[index].orders, []).append((index, weight / self.scales[index]))
        total = np.zeros((len(self.scales),) * 2)
        for first, second in itertools.combinations_with_replacement(kinds, 2):
            noise = sum(a * b * self.rows.covariance_in_cells(i, j) for i, a in kinds[first] for j, b in kinds[second])
            part = self._seen_from_cells(first).T @ (np.asarray(noise)[:, None] * self._seen_from_cells(second))
            total += part if first == second else part + part.T
        return total

    def weighted(self, whitening: Float) -> Float:
        """Return what the errors of every two columns add, on average, to the products of their whitened moments.

        Parameters
        ----------
        whitening : numpy.ndarray of shape (k, columns)
            Turns moments into independent ones of unit variance.

        Returns
        -------
        numpy.ndarray of shape (columns, columns)
        """
        if self._is_small:
            return np.asarray(np.einsum("ijab,ab->ij", self._through, whitening.T @ whitening), dtype=np.float64)
        kinds = self.rows.kinds
        white = [self._seen_from_cells(one) @ whitening.T for one in kinds]
        squares = np.empty((len(kinds), len(kinds), len(white[0])))
        for i, j in itertools.combinations_with_replacement(range(len(kinds)), 2):
            squares[i, j] = squares[j, i] = np.einsum("ij,ij->i", white[i], white[j])
        added = self.rows.summed_covariance(squares)
        return added / np.outer(self.scales, self.scales)

    @property
    def _is_small(self) -> bool:
        """Whether the covariances of all pairs of columns are worth keeping: they serve many residuals."""
        return self.instruments is None and len(self.scales) <= _FEW

    @cached_property
    def _through(self) -> Float:
        """The covariance of the moments that the errors of every two columns give, shape (columns,) * 4."""
        size = len(self.scales)
        found = np.empty((size, size, size, size))
        for i, first in enumerate(self.rows.columns):
            one = self._seen_from_cells(first.orders).T / self.scales[i]
            for j, second in enumerate(self.rows.columns[: i + 1]):
                other = self._seen_from_cells(second.orders) / self.scales[j]
                found[i, j] = (one * self.rows.covariance_in_cells(i, j)) @ other
                found[j, i] = found[i, j].T
        return found

    def crossed(self, present: Residual) -> Float:
        """Return what the errors of the instruments, the scaled columns, do together with those of the residual.

        Parameters
        ----------
        present : sequence of (int, float)
            From `Target.residual`.

        Returns
        -------
        numpy.ndarray of shape (columns, columns)
            The part of the covariance of products of Gaussian errors that
            `with_sure_instruments` lacks, with the mean over the test functions of the
            samples' errors.
        """
        kinds, places = self.rows.kinds, self.rows.places
        shared = self.rows.mean_covariance / np.outer(self.scales, self.scales)
        together = np.zeros((len(kinds), len(self.scales)))
        for index, weight in present:
            together[places[index]] += weight * shared[:, index]
        total = np.zeros((len(self.scales),) * 2)
        used = np.flatnonzero(together.any(axis=1))
        for i, j in itertools.product(used, used):
            total += np.outer(together[i], together[j]) * self.rows.traces[places, i][:, places, j]
        return 0.5 * (total + total.T)

    @property
    def used(self) -> Float:
        """The instruments, shape (rows, columns)."""
        return self.rows.values / self.scales if self.instruments is None else self.instruments

    def _seen_from_cells(self, orders: Orders) -> Float:
        """Return what an error of unit variance in each cell does to each moment, shape (cells, columns)."""
        if orders not in self._back:
            found = self.used.reshape(*(len(one) for one in self.rows.functions), -1)
            for axis, (cells, order) in enumerate(zip(self.rows.cells, orders, strict=True)):
                found = np.moveaxis(np.tensordot(cells.weights(order), found, axes=(0, axis)), 0, axis)
            self._back[orders] = found.reshape(-1, len(self.scales))
        return self._back[orders]


def residual_covariance(rows: Rows, present: Residual, scales: Float) -> Float:
    """Return the covariance of the rows' residuals.

    Parameters
    ----------
    rows : Rows
        The weak form.
    present : sequence of (int, float)
        From `Target.residual`.
    scales : numpy.ndarray of shape (columns,)
        Of the columns.

    Returns
    -------
    numpy.ndarray of shape (rows, rows)
    """
    total = np.zeros((len(rows.values),) * 2)
    for orders, weight in _weights(rows, present, scales).items():
        total += weight * kronecker(rows.overlap(*orders))
    return total


def kronecker(matrices: Sequence[Float]) -> Float:
    """Return the Kronecker product of matrices, one for each axis."""
    product: Float = np.ones((1, 1))
    for one in matrices:
        product = np.asarray(np.kron(product, one), dtype=np.float64)
    return product


def applied(matrices: Sequence[Float], table: Float) -> Float:
    """Multiply a table by a Kronecker product without forming it.

    Parameters
    ----------
    matrices : sequence of numpy.ndarray
        Square, one for each axis.
    table : numpy.ndarray of shape (rows, k)
        Its rows run over the axes, the last one fastest.

    Returns
    -------
    numpy.ndarray of shape (rows, k)
    """
    folded = table.reshape(*(len(one) for one in matrices), -1)
    for axis, one in enumerate(matrices):
        folded = np.moveaxis(np.tensordot(one, folded, axes=(1, axis)), 0, axis)
    return np.asarray(folded.reshape(len(table), -1), dtype=np.float64)


def _weights(rows: Rows, present: Residual, scales: Float) -> dict[tuple[Orders, Orders], float]:
    """Write the residual's covariance as weights of the overlaps of two derivatives."""
    weights: dict[tuple[Orders, Orders], float] = {}
    for i, a in present:
        for j, b in present:
            key = (rows.columns[i].orders, rows.columns[j].orders)
            weights[key] = weights.get(key, 0.0) + a * b * rows.mean_covariance[i, j] / (scales[i] * scales[j])
    return {key: weight for key, weight in weights.items() if weight}
