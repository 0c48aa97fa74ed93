"""Linear methods on fields that do not fit into memory: the same weights as on the whole field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.blocks import Indices
from physforge.derivatives.operators import Identity, Operator, RepeatedEnd, Stencil


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of a stencil, and the samples that they use.

    Parameters
    ----------
    places : numpy.ndarray of int, shape (k,)
        The samples used, in the whole field.
    columns : numpy.ndarray of int, shape (m, width)
        Which of them each result uses.
    weights : numpy.ndarray of shape (m, width)
        Their weights.
    """

    places: Indices
    columns: Indices
    weights: Float

    def apply(self, values: Float, axis: int) -> Float:
        """Return the results along one axis."""
        return self._combine(self.weights, values, axis)

    def propagate(self, variance: Float, axis: int) -> Float:
        """Return their variance, from that of independent samples."""
        return self._combine(self.weights**2, variance, axis)

    def squared_gain(self) -> Float:
        """Return their variance for samples of unit variance."""
        return np.asarray(np.sum(self.weights**2, axis=1))

    def _combine(self, weights: Float, values: Float, axis: int) -> Float:
        from scipy.sparse import csr_array

        count, width = weights.shape
        starts = np.arange(0, count * width + 1, width)
        matrix = csr_array((weights.ravel(), self.columns.ravel(), starts), shape=(count, len(self.places)))
        lines = np.moveaxis(values, axis, 0)
        total = matrix @ lines.reshape(len(lines), -1)
        return np.moveaxis(total.reshape(count, *lines.shape[1:]), 0, axis)


@dataclass(frozen=True, eq=False)
class Whole:
    """An operator that needs the whole axis.

    Parameters
    ----------
    places : numpy.ndarray of int, shape (n,)
        All samples.
    operator : Operator
        Which one.
    """

    places: Indices
    operator: Operator

    def apply(self, values: Float, axis: int) -> Float:
        """Return the results along one axis."""
        return self.operator.apply(values, axis)

    def propagate(self, variance: Float, axis: int) -> Float:
        """Return their variance, from that of independent samples."""
        return self.operator.propagate(variance, axis)

    def squared_gain(self) -> Float:
        """Return their variance for samples of unit variance."""
        return self.operator.squared_gain()


Part = Rows | Whole


def is_local(operator: Operator) -> bool:
    """Say whether each result of an operator depends on a few samples only."""
    inner = operator.inner if isinstance(operator, RepeatedEnd) else operator
    return isinstance(inner, Identity | Stencil)


def parts(operator: Operator, sizes: Sequence[int]) -> list[Part]:
    """Divide an operator among the blocks of an axis.

    Parameters
    ----------
    operator : Operator
        For the whole axis.
    sizes : sequence of int
        Of the blocks; one only, where the operator is not local.

    Returns
    -------
    list of Rows or Whole
        One for each block.
    """
    count = sum(sizes)
    if not is_local(operator):
        return [Whole(np.arange(count), operator)]
    columns, weights = _table(operator, count)
    found: list[Part] = []
    start = 0
    for size in sizes:
        own, used = columns[start : start + size], weights[start : start + size]
        # What has no weight need not be read.
        own = np.where(used == 0.0, _first_used(own, used), own)
        places, which = np.unique(own, return_inverse=True)
        found.append(Rows(places, which.reshape(own.shape), used))
        start += size
    return found


def _first_used(columns: Indices, weights: Float) -> Indices:
    first = np.argmax(weights != 0.0, axis=1)
    return np.asarray(columns[np.arange(len(columns)), first][:, None])


def _table(operator: Operator, count: int) -> tuple[Indices, Float]:
    if isinstance(operator, RepeatedEnd):
        columns, weights = _table(operator.inner, count - 1)
        return np.vstack([columns, columns[:1]]), np.vstack([weights, weights[:1]])
    if isinstance(operator, Stencil):
        return operator.columns, operator.weights
    return np.arange(count)[:, None], np.ones((count, 1))
