"""One axis of a tensor-product model, reduced to what the samples can tell apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.gaussian.basis import ENLARGEMENT, Basis, basis_of
from physforge.derivatives.gaussian.kernels import Kernel

#: Singular values below this fraction of the largest are directions that samples do not show.
_RANK_TOLERANCE = 1e-11

#: Samples of an axis up to which every wave that they resolve is kept.
_SHORT = 96

#: Most functions of an axis; more cost time with its cube.
_MOST = 400

#: Functions beyond the highest wave that is seen over the noise, as a fraction and a number.
_MARGIN = (1.4, 24)

#: Waves that are averaged when looking for the noise floor.
_BLOCK = 12


@dataclass(frozen=True, eq=False)
class Factor:
    """The basis of one axis at its samples, as a singular value decomposition.

    Parameters
    ----------
    basis : Basis
        Its m functions.
    frame : numpy.ndarray of shape (n, r)
        Orthonormal columns that span the functions at the samples.
    reduced : numpy.ndarray of shape (r, m)
        The functions in that frame: ``frame @ reduced`` is the basis at the samples.
    """

    basis: Basis
    frame: Float
    reduced: Float

    def eigen(self, kernel: Kernel, length: float) -> tuple[Float, Float, Float]:
        """Diagonalise the prior covariance of the samples.

        Parameters
        ----------
        kernel : Kernel
            Which one.
        length : float
            Length scale over the half-width.

        Returns
        -------
        values : numpy.ndarray of shape (r,)
            Eigenvalues, not negative.
        vectors : numpy.ndarray of shape (r, r)
            Eigenvectors in the frame, as columns.
        slopes : numpy.ndarray of shape (r, r)
            Derivative of the covariance in the logarithm of the length, among the
            eigenvectors.
        """
        variances, changes = self.basis.weights(kernel, length)
        # The covariance is diagonalised, not the precision: its small eigenvalues may drown.
        values, vectors = np.linalg.eigh((self.reduced * variances) @ self.reduced.T)
        functions = vectors.T @ self.reduced
        return np.maximum(values, 0.0), vectors, (functions * changes) @ functions.T

    def modes(self, variances: Float) -> tuple[Float, Float, Float]:
        """Return uncorrelated modes of unit prior variance.

        Parameters
        ----------
        variances : numpy.ndarray of shape (m,)
            Prior variance of each function.

        Returns
        -------
        scales : numpy.ndarray of shape (m,)
            Singular values of the modes at the samples; zero for those that they do not show.
        frame : numpy.ndarray of shape (r, r)
            The modes that show, in the frame.
        mixing : numpy.ndarray of shape (m, m)
            Coefficients of the basis functions in each mode, as columns.
        """
        roots = np.sqrt(variances)
        frame, seen, modes = np.linalg.svd(self.reduced * roots, full_matrices=True)
        scales = np.zeros(len(roots))
        scales[: len(seen)] = seen
        return scales, frame, roots[:, None] * modes.T


def make_factor(axis: Axis, points: Float, scale: Float, count: int) -> Factor:
    """Decompose the basis of an axis at its samples.

    Parameters
    ----------
    axis : Axis
        Its interval and period.
    points : numpy.ndarray of shape (n,)
        The samples that are there.
    scale : numpy.ndarray of shape (n,) or ()
        Factor of each sample: the inverse of its sd, or 1.
    count : int
        Number of functions besides the trend.

    Returns
    -------
    Factor
        Of rank at most n.
    """
    basis = basis_of(axis, count)
    left, sizes, right = np.linalg.svd(basis.at(points) * scale[..., None], full_matrices=False)
    kept = sizes > _RANK_TOLERANCE * sizes[0]
    return Factor(basis, left[:, kept], sizes[kept, None] * right[kept])


def functions_needed(axis: Axis, lines: Float) -> int:
    """Return how many functions represent what is seen along an axis.

    Parameters
    ----------
    axis : Axis
        The samples, each point of a period once.
    lines : numpy.ndarray of shape (n, m)
        Samples along the axis.

    Returns
    -------
    int
        All that the samples resolve on a short axis; on a long one those up to where the
        spectrum reaches the floor of the noise, with a margin.
    """
    size = len(axis)
    resolved = size if axis.period is not None else int(np.ceil(ENLARGEMENT * size)) + 2
    if size <= _SHORT:
        return resolved
    most = min(resolved, _MOST)
    # Columns of Q span the waves in the order of their frequency.
    frame = np.linalg.qr(basis_of(axis, most).at(axis.points))[0]
    energy = np.mean((frame.T @ lines) ** 2, axis=1)
    blocks = [float(np.mean(part)) for part in np.array_split(energy, len(energy) // _BLOCK)]
    floor = min(blocks)
    scatter = np.sqrt(2.0 / (_BLOCK * lines.shape[1]))
    seen = [index for index, block in enumerate(blocks) if block > floor * (1.2 + 5.0 * scatter)]
    corner = _BLOCK * (seen[-1] + 1) if seen else 0
    return min(most, int(_MARGIN[0] * corner) + _MARGIN[1])
