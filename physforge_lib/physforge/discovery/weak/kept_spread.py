"""Covariances of moments for any residual, from a few that are worked out once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg.blas import dsyrk

from physforge.derivatives.axis import Float
from physforge.discovery.regression import Indices
from physforge.discovery.weak.noise_free import Powers
from physforge.discovery.weak.rows import Orders, Rows

#: Part of a field of covariances, as a share of the whole, that is round-off.
_ROUND_OFF = 1e-10

#: Numbers in a table of instruments as seen from some cells.
_AT_ONCE = 2**18

#: Numbers that are kept at most.
_MOST = 2**23


@dataclass(frozen=True, eq=False)
class KeptSpread:
    """Covariances of the moments of one run, with its scaled columns as instruments.

    Covariances of the errors of two columns differ from cell to cell as polynomials in the fields
    do, of which there are few. What each of these does to the moments, for every two kinds of
    derivatives, is worked out once; that of any residual is a sum over them.

    Parameters
    ----------
    rows : Rows
        The weak form.
    scales : numpy.ndarray of shape (columns,)
        Of the columns.
    """

    rows: Rows
    scales: Float

    @property
    def is_worthwhile(self) -> bool:
        """Whether it takes little memory."""
        fields, kinds, columns = len(self._fields[1]), len(self.rows.kinds), len(self.scales)
        return fields * (kinds * columns) ** 2 <= _MOST

    def of_residual(self, weights: Float) -> Float:
        """Return the covariance of the moments for the noise of a residual.

        Parameters
        ----------
        weights : numpy.ndarray of shape (columns,)
            Of the scaled columns in the residual.

        Returns
        -------
        numpy.ndarray of shape (columns, columns)
        """
        used = np.flatnonzero(weights)
        member = np.zeros((len(self.rows.kinds), len(used)))
        member[self.rows.places[used], np.arange(len(used))] = weights[used]
        # How much of each field the residual has, by the kinds of its derivatives.
        shares = member @ self._shares[:, used[:, None], used] @ member.T
        first, second = self._pairs
        total = self._summed(shares[:, first, second] * np.where(first == second, 0.5, 1.0))
        return total + total.T

    def _summed(self, shares: Float) -> Float:
        """Add up what is kept, with the share of each field and pair of kinds as weight."""
        present, size = np.flatnonzero(shares.any(axis=0)), len(self.scales)
        total = np.zeros(size**2)
        for weights, kept in zip(shares, self._kept, strict=True):
            total += weights[present] @ kept[present]
        return total.reshape(size, size)

    def weighted(self, products: Float) -> Float:
        """Return the sums of the covariances of the moments that the errors of every two columns give.

        Parameters
        ----------
        products : numpy.ndarray of shape (columns, columns)
            Weights of the covariances; symmetric.

        Returns
        -------
        numpy.ndarray of shape (columns, columns)
            A sum for every two columns in a residual.
        """
        first, second = self._pairs
        sums = np.empty((len(self._shares), len(self.rows.kinds), len(self.rows.kinds)))
        sums[:, first, second] = sums[:, second, first] = self._kept @ products.reshape(-1)
        places = self.rows.places
        return np.asarray(np.sum(self._shares * sums[:, places[:, None], places], axis=0), dtype=np.float64)

    @cached_property
    def _pairs(self) -> tuple[Indices, Indices]:
        """Every two kinds of derivatives, once."""
        return np.triu_indices(len(self.rows.kinds))

    @cached_property
    def _fields(self) -> tuple[Float, Float]:
        """Write the covariances in all cells as sums of a few: shapes (pairs, fields) and (fields, cells)."""
        table = np.array(list(self.rows.spread.values()))
        size = np.max(np.abs(table), axis=1)
        table /= np.where(size == 0.0, 1.0, size)[:, None]
        left, values, fields = np.linalg.svd(table, full_matrices=False)
        count = max(1, int(np.sum(values > _ROUND_OFF * values[0])))
        return size[:, None] * left[:, :count] * values[:count], fields[:count]

    @cached_property
    def _shares(self) -> Float:
        """How much of each field is in the covariance of two scaled columns, shape (fields, columns, columns)."""
        pairs: dict[tuple[Powers, Powers], int] = {pair: place for place, pair in enumerate(self.rows.spread)}
        powers = [column.powers for column in self.rows.columns]
        which = np.array([[pairs[min(a, b), max(a, b)] for b in powers] for a in powers])
        factors = np.array([column.factor for column in self.rows.columns]) / self.scales
        return np.asarray(self._fields[0].T[:, which] * np.outer(factors, factors), dtype=np.float64)

    @cached_property
    def _kept(self) -> Float:
        """Covariances of the moments by field and kinds of derivatives, shape (fields, pairs of kinds, columns**2)."""
        fields, size = self._fields[1], len(self.rows.kinds) * len(self.scales)
        # Sums of squares take half the time of products: no field may be negative.
        least = np.minimum(np.min(fields, axis=1, keepdims=True), 0.0)
        roots = np.sqrt(np.vstack([fields - least, np.ones(fields.shape[1])]))
        found = np.zeros((len(roots), size, size))
        start = 0
        for seen in seen_from_cells(self.rows, self.rows.values / self.scales, self.rows.kinds):
            cells = slice(start, start + seen.shape[1])
            start = cells.stop
            table = np.ascontiguousarray(seen.transpose(1, 0, 2).reshape(-1, size))
            for total, root in zip(found, roots[:, cells], strict=True):
                total += dsyrk(1.0, (table * root[:, None]).T, lower=1)
        first, second = self._pairs
        kept = np.empty((len(fields), len(first), len(self.scales) ** 2))
        folded = (len(self.rows.kinds), len(self.scales)) * 2
        for one, total, low in zip(kept, found, least, strict=False):
            whole = total + low * found[-1]
            whole += np.tril(whole, -1).T
            one[:] = whole.reshape(folded).swapaxes(1, 2)[first, second].reshape(one.shape)
        return kept


def seen_from_cells(rows: Rows, instruments: Float, kinds: Sequence[Orders]) -> Iterator[Float]:
    """Go through the cells, some at a time, and say what an error of unit variance there does to each moment.

    Parameters
    ----------
    rows : Rows
        The weak form.
    instruments : numpy.ndarray of shape (rows, columns)
        What the rows are multiplied by.
    kinds : sequence of tuple of int
        Orders of the derivatives that the errors come through.

    Yields
    ------
    numpy.ndarray of shape (kinds, cells, columns)
        For cells that follow one another.
    """
    folded = instruments.reshape(*(len(one) for one in rows.functions), -1)
    inner = {orders: _inner(rows, folded, orders) for orders in dict.fromkeys(kind[1:] for kind in kinds)}
    length, size = len(rows.cells[0]), math.prod(len(one) for one in rows.cells[1:])
    step = max(1, _AT_ONCE // (len(kinds) * size * instruments.shape[1]))
    for low in range(0, length, step):
        part = slice(low, low + step)
        seen = [np.tensordot(rows.cells[0].weights(kind[0])[:, part], inner[kind[1:]], (0, 0)) for kind in kinds]
        yield np.array([one.reshape(-1, instruments.shape[1]) for one in seen])


def _inner(rows: Rows, folded: Float, orders: Orders) -> Float:
    """Go from test functions to cells along all axes but the first."""
    found = folded
    for axis, (cells, order) in enumerate(zip(rows.cells[1:], orders, strict=True), start=1):
        found = np.moveaxis(np.tensordot(cells.weights(order), found, axes=(0, axis)), 0, axis)
    return np.ascontiguousarray(found)
