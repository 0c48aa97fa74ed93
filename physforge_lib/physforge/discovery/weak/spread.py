"""What independent noise in the samples does to integrals against test functions, and to their products."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.weak.kept_spread import KeptSpread, seen_from_cells
from physforge.discovery.weak.rows import Orders, Rows

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
        if self._kept is not None:
            weights = np.zeros(len(self.scales))
            for index, weight in present:
                weights[index] += weight
            return self._kept.of_residual(weights)
        kinds: dict[Orders, list[tuple[int, float]]] = {}
        for index, weight in present:
            kinds.setdefault(self.rows.columns[index].orders, []).append((index, weight / self.scales[index]))
        noise = {
            pair: sum(a * b * self.rows.covariance_in_cells(i, j) for i, a in kinds[pair[0]] for j, b in kinds[pair[1]])
            for pair in itertools.combinations_with_replacement(kinds, 2)
        }
        places, total, start = {kind: place for place, kind in enumerate(kinds)}, np.zeros((len(self.scales),) * 2), 0
        for seen in seen_from_cells(self.rows, self.used, list(kinds)):
            cells = slice(start, start + seen.shape[1])
            start = cells.stop
            for (first, second), one in noise.items():
                part = seen[places[first]].T @ (np.asarray(one)[cells, None] * seen[places[second]])
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
        if self._kept is not None:
            return self._kept.weighted(whitening.T @ whitening)
        kinds = self.rows.kinds
        added, start = np.zeros((len(self.scales),) * 2), 0
        for seen in seen_from_cells(self.rows, self.used, kinds):
            cells = slice(start, start + seen.shape[1])
            start = cells.stop
            white = seen @ whitening.T
            squares = np.array([[np.einsum("ij,ij->i", one, other) for other in white] for one in white])
            added += self.rows.summed_covariance(squares, cells)
        return added / np.outer(self.scales, self.scales)

    @cached_property
    def _kept(self) -> KeptSpread | None:
        """What serves many residuals, where it is worth keeping."""
        kept = KeptSpread(self.rows, self.scales)
        return kept if self.instruments is None and kept.is_worthwhile else None

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
        part = kronecker(rows.overlap(*orders))
        part *= weight
        total += part
        if orders[0] != orders[1]:
            total += part.T
    return total


def kronecker(matrices: Sequence[Float]) -> Float:
    """Return the Kronecker product of matrices, one for each axis."""
    product: Float = np.ones((1, 1))
    for one in matrices:
        # As numpy.kron, which takes twice the memory.
        folded = product[:, None, :, None] * one[None, :, None, :]
        product = folded.reshape(len(product) * len(one), -1)
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
    """Write the residual's covariance as weights of the overlaps of two derivatives, in either order."""
    weights: dict[tuple[Orders, Orders], float] = {}
    for i, a in present:
        for j, b in present:
            first, second = rows.columns[i].orders, rows.columns[j].orders
            if first <= second:
                weight = a * b * rows.mean_covariance[i, j] / (scales[i] * scales[j])
                weights[first, second] = weights.get((first, second), 0.0) + weight
    return {key: weight for key, weight in weights.items() if weight}
