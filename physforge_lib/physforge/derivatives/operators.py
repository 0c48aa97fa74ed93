"""Linear operators along one axis, with the exact variance of what they return.

Every baseline method is a product of such operators, one for each dimension. For
independent noise the variance of a linear combination is the combination of the
variances with squared weights, so an operator knows how to apply its squares too.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from physforge.derivatives.axis import Float

Complex = npt.NDArray[np.complex128]


class Operator(abc.ABC):
    """A linear map of the samples along one axis."""

    @abc.abstractmethod
    def apply(self, values: Float, axis: int) -> Float:
        """Apply the operator to `values` along `axis`; the shape is kept."""

    @abc.abstractmethod
    def propagate(self, variance: Float, axis: int) -> Float:
        """Return the variance of the result from that of independent samples."""

    @abc.abstractmethod
    def squared_gain(self) -> Float:
        """Return the variance at each point for samples of unit variance, shape (n,)."""


@dataclass(frozen=True, eq=False)
class Identity(Operator):
    """Leaves `size` samples as they are."""

    size: int

    def apply(self, values: Float, axis: int) -> Float:  # noqa: ARG002
        return values

    def propagate(self, variance: Float, axis: int) -> Float:  # noqa: ARG002
        return variance

    def squared_gain(self) -> Float:
        return np.ones(self.size)


@dataclass(frozen=True, eq=False)
class Stencil(Operator):
    """Each result is a weighted sum of a few samples.

    Parameters
    ----------
    columns : numpy.ndarray of int, shape (n, width)
        Indices of the samples used by each result.
    weights : numpy.ndarray of shape (n, width)
        Their weights; zero where a row needs fewer samples.
    """

    columns: npt.NDArray[np.intp]
    weights: Float

    def apply(self, values: Float, axis: int) -> Float:
        return self._combine(self.weights, values, axis)

    def propagate(self, variance: Float, axis: int) -> Float:
        return self._combine(self.weights**2, variance, axis)

    def squared_gain(self) -> Float:
        total: Float = np.sum(self.weights**2, axis=1)
        return total

    def _combine(self, weights: Float, values: Float, axis: int) -> Float:
        from scipy.sparse import csr_array

        count, width = weights.shape
        starts = np.arange(0, count * width + 1, width)
        matrix = csr_array((weights.ravel(), self.columns.ravel(), starts), shape=(count, count))
        rows = np.moveaxis(values, axis, 0)
        total = matrix @ rows.reshape(count, -1)
        result: Float = np.moveaxis(total.reshape(rows.shape), 0, axis)
        return result


@dataclass(frozen=True, eq=False)
class Circulant(Operator):
    """The same weights at every point of a periodic axis, applied through the FFT.

    Parameters
    ----------
    size : int
        Number of samples in a period.
    transfer : numpy.ndarray of complex, shape (size // 2 + 1,)
        Factor for each wavenumber of the real FFT.
    """

    size: int
    transfer: Complex

    def apply(self, values: Float, axis: int) -> Float:
        return self._convolve(self.transfer, values, axis)

    def propagate(self, variance: Float, axis: int) -> Float:
        squares = np.fft.rfft(self._kernel() ** 2)
        # The convolution of positive numbers may round to just below zero.
        return np.maximum(self._convolve(squares, variance, axis), 0.0)

    def squared_gain(self) -> Float:
        return np.full(self.size, np.sum(self._kernel() ** 2))

    def _kernel(self) -> Float:
        return np.fft.irfft(self.transfer, n=self.size)

    def _convolve(self, transfer: Complex, values: Float, axis: int) -> Float:
        spectrum = np.moveaxis(np.fft.rfft(values, axis=axis), axis, -1)
        result = np.fft.irfft(spectrum * transfer, n=self.size, axis=-1)
        return np.moveaxis(result, -1, axis)


@dataclass(frozen=True, eq=False)
class Dense(Operator):
    """Each result is a weighted sum of all samples.

    Parameters
    ----------
    matrix : numpy.ndarray of shape (n, n)
        The weights, one row for each result.
    """

    matrix: Float

    def apply(self, values: Float, axis: int) -> Float:
        return _multiply(self.matrix, values, axis)

    def propagate(self, variance: Float, axis: int) -> Float:
        return _multiply(self.matrix**2, variance, axis)

    def squared_gain(self) -> Float:
        total: Float = np.sum(self.matrix**2, axis=1)
        return total


@dataclass(frozen=True, eq=False)
class RepeatedEnd(Operator):
    """An operator on one period, for samples that end with the first one again."""

    inner: Operator

    def apply(self, values: Float, axis: int) -> Float:
        return _repeat(self.inner.apply(_drop(values, axis), axis), axis)

    def propagate(self, variance: Float, axis: int) -> Float:
        return _repeat(self.inner.propagate(_drop(variance, axis), axis), axis)

    def squared_gain(self) -> Float:
        return _repeat(self.inner.squared_gain(), 0)


def _multiply(matrix: Float, values: Float, axis: int) -> Float:
    rows = np.moveaxis(values, axis, 0)
    total = matrix @ rows.reshape(len(rows), -1)
    result: Float = np.moveaxis(total.reshape(rows.shape), 0, axis)
    return result


def _drop(values: Float, axis: int) -> Float:
    return np.take(values, range(values.shape[axis] - 1), axis=axis)


def _repeat(values: Float, axis: int) -> Float:
    return np.concatenate([values, np.take(values, [0], axis=axis)], axis=axis)
