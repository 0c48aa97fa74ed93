"""Least squares with bounds on some coefficients."""

from __future__ import annotations

import numpy as np

from physforge.derivatives.axis import Float

#: Exchanges of coefficients between the bounds and the inside before a slower, surer method takes over.
_EXCHANGES = 10


def bounded_least_squares(table: Float, values: Float, low: Float, high: Float) -> Float:
    """Fit coefficients inside their bounds.

    Parameters
    ----------
    table : numpy.ndarray of shape (m, k)
        Terms.
    values : numpy.ndarray of shape (m,)
        The target.
    low, high : numpy.ndarray of shape (k,)
        Bounds, infinite where they are open.

    Returns
    -------
    numpy.ndarray of shape (k,)
        Coefficients with the least sum of squares among those inside.

    Notes
    -----
    Whatever is outside its bounds goes onto the nearest one, and whatever a bound keeps from falling off goes
    back inside, all at once; where that does not come to rest, one at a time.

    References
    ----------
    L. F. Portugal, J. J. Júdice and L. N. Vicente, A comparison of block pivoting and interior-point
    algorithms for linear least squares problems with nonnegative variables, Mathematics of Computation 63
    (1994) 625-643.
    """
    found = np.asarray(np.linalg.lstsq(table, values, rcond=None)[0], dtype=np.float64)
    inside = np.ones(len(found), dtype=bool)
    for _ in range(_EXCHANGES):
        outside = inside & ((found < low) | (found > high))
        slope = table.T @ (table @ found - values)
        kept = ~inside & np.where(found <= low, slope >= 0.0, slope <= 0.0)
        if not outside.any() and (inside | kept).all():
            return found
        inside = ~(outside | kept)
        found = np.where(inside, found, np.clip(found, low, high))
        left = values - table[:, ~inside] @ found[~inside]
        found[inside] = np.linalg.lstsq(table[:, inside], left, rcond=None)[0]
    from scipy.optimize import lsq_linear

    return np.asarray(lsq_linear(table, values, (low, high), method="bvls").x, dtype=np.float64)
