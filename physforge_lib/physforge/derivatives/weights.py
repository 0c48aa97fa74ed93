"""Weights of finite-difference stencils on arbitrary points."""

from __future__ import annotations

import numpy as np

from physforge.derivatives.axis import Float


def difference_weights(points: Float, at: Float, order: int) -> Float:
    """Return the weights that differentiate the interpolating polynomial.

    Parameters
    ----------
    points : numpy.ndarray of shape (n,)
        Distinct sample points, ``n > order``.
    at : numpy.ndarray of shape (m,)
        Places where the derivative is wanted.
    order : int
        Order of the derivative; 0 interpolates.

    Returns
    -------
    numpy.ndarray of shape (m, n)
        Weights of the samples, exact for polynomials of degree below n.

    References
    ----------
    B. Fornberg, Mathematics of Computation 51 (1988) 699-706.

    Examples
    --------
    >>> difference_weights(np.array([-1.0, 0.0, 1.0]), np.zeros(1), 2).tolist()
    [[1.0, -2.0, 1.0]]
    """
    return np.stack([_weights_at(points - place, order) for place in at])


def _weights_at(offsets: Float, order: int) -> Float:
    table = np.zeros((len(offsets), order + 1))
    table[0, 0] = 1.0
    previous = 1.0
    for last in range(1, len(offsets)):
        product = 1.0
        for row in range(last):
            gap = offsets[last] - offsets[row]
            product *= gap
            for k in range(min(last, order), -1, -1):
                lower = table[row, k - 1] if k else 0.0
                if row == last - 1:
                    table[last, k] = previous / product * (k * lower - offsets[last - 1] * table[row, k])
                table[row, k] = (offsets[last] * table[row, k] - k * lower) / gap
        previous = product
    weights: Float = table[:, order]
    return weights
