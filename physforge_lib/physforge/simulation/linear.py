"""The linear part of a system in Fourier space, mode by mode in its own eigenvectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physforge.simulation.grid import ComplexArray

#: Eigenvectors nearer to each other than this would magnify round-off.
NEAREST = 1e-3


@dataclass(frozen=True, eq=False)
class LinearPart:
    """What an exponential can do: fields couple mode by mode; make it with `of`.

    Parameters
    ----------
    rates : numpy.ndarray, shape (fields, *modes)
        Eigenvalues.
    vectors, inverse : numpy.ndarray, shape (fields, fields, *modes), or None
        Eigenvectors as columns, and their inverse; None where the fields do not couple.
    rest : numpy.ndarray, shape (fields, fields, *modes), or None
        What the eigenvectors could not take up: modes with too few of them, such as the
        mean of a wave, which moves at a constant rate. None where there is nothing left.
    """

    rates: ComplexArray
    vectors: ComplexArray | None = None
    inverse: ComplexArray | None = None
    rest: ComplexArray | None = None

    @classmethod
    def of(cls, matrix: ComplexArray) -> LinearPart:
        """Split a matrix for each mode.

        Parameters
        ----------
        matrix : numpy.ndarray, shape (fields, fields, *modes)
            Rate of each field due to each field.

        Returns
        -------
        LinearPart
            Of the same matrix.
        """
        size = len(matrix)
        diagonal = np.array([matrix[index, index] for index in range(size)])
        stacked = np.moveaxis(matrix, (0, 1), (-2, -1))
        if not (stacked * (1 - np.eye(size))).any():
            return cls(diagonal)
        rates, vectors, inverse = _eigen(stacked)
        rest = stacked - (vectors * rates[..., None, :]) @ inverse
        size_of_mode = np.abs(stacked).max(axis=(-2, -1))
        bad = ~(np.abs(rest).max(axis=(-2, -1)) <= 1e-9 * size_of_mode)
        identity = np.eye(size)
        rates[bad] = np.moveaxis(diagonal, 0, -1)[bad]
        vectors[bad], inverse[bad] = identity, identity
        rest = np.where(bad[..., None, None], stacked * (1 - identity), 0.0)
        front = ((-2, -1), (0, 1))
        return cls(
            np.moveaxis(rates, -1, 0),
            np.moveaxis(vectors, *front),
            np.moveaxis(inverse, *front),
            np.moveaxis(rest, *front) if bad.any() else None,
        )

    def to_fields(self, own: ComplexArray) -> ComplexArray:
        """Return the fields.

        Parameters
        ----------
        own : numpy.ndarray, shape (fields, *modes)
            Coefficients of the eigenvectors.

        Returns
        -------
        numpy.ndarray
            Of the same shape.
        """
        return own if self.vectors is None else applied(self.vectors, own)

    def from_fields(self, fields: ComplexArray) -> ComplexArray:
        """Return the coefficients of the eigenvectors.

        Parameters
        ----------
        fields : numpy.ndarray, shape (fields, *modes)
            Modes of the fields.

        Returns
        -------
        numpy.ndarray
            Of the same shape.
        """
        return fields if self.inverse is None else applied(self.inverse, fields)


def applied(matrix: ComplexArray, vector: ComplexArray) -> ComplexArray:
    """Multiply a matrix and a vector for each mode.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (m, n, *modes)
        The matrices.
    vector : numpy.ndarray, shape (n, *modes)
        The vectors.

    Returns
    -------
    numpy.ndarray, shape (m, *modes)
        The products.
    """
    product: ComplexArray = np.einsum("mn...,n...->m...", matrix, vector)
    return product


def _eigen(stacked: ComplexArray) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
    """Return eigenvalues, eigenvectors and their inverse; NaN where eigenvectors are too near to each other."""
    rates, vectors = np.linalg.eig(stacked)
    vectors = np.array(vectors, dtype=np.complex128)
    # A field in other units is a row multiplied by a number, and must not count as ill-conditioned.
    scale = np.abs(vectors).max(axis=-1, keepdims=True)
    scale[scale == 0] = 1.0
    near = np.linalg.svd(vectors / scale, compute_uv=False).min(axis=-1) < NEAREST
    vectors[near] = np.eye(vectors.shape[-1])
    scale[near] = 1.0
    inverse = np.linalg.inv(vectors / scale) / np.swapaxes(scale, -1, -2)
    inverse[near] = np.nan
    return np.array(rates, dtype=np.complex128), vectors, inverse
