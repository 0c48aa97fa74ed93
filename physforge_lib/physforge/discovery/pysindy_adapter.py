"""The only file that knows PySINDy: its optimizer run.

PySINDy (MIT licence) supplies sequentially thresholded least squares. Its names never
leave this file.
"""

from __future__ import annotations

import warnings

import numpy as np

from physforge.derivatives.axis import Float


def sparse_support(matrix: Float, target: Float, *, threshold: float, alpha: float) -> tuple[int, ...]:
    """Run sequentially thresholded least squares once.

    Parameters
    ----------
    matrix : numpy.ndarray of shape (n, p)
        Columns of unit norm.
    target : numpy.ndarray of shape (n,)
        Of unit norm.
    threshold : float
        Coefficients smaller than this are dropped, repeatedly.
    alpha : float
        Weight of the ridge penalty.

    Returns
    -------
    tuple of int
        Indices of the columns that stay.
    """
    import pysindy

    # The singular values are used directly: forming the normal equations would square
    # the condition number of a library whose columns nearly depend on each other.
    optimizer = pysindy.STLSQ(threshold=threshold, alpha=alpha, ridge_kw={"solver": "svd"}, unbias=False)
    with warnings.catch_warnings():
        # An empty support is an outcome here, and twenty rounds without convergence end
        # in a support like any other; both are judged by their misfit afterwards.
        warnings.filterwarnings("ignore", message="Sparsity parameter is too big")
        warnings.filterwarnings("ignore", message="STLSQ did not converge")
        optimizer.fit(matrix, target[:, None])
    return tuple(int(index) for index in np.flatnonzero(optimizer.coef_[0]))
