"""How rough a sampled field is from neighbour to neighbour, which is mostly its noise."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import xarray as xr

#: Order of the differences: a resolved smooth field hardly has any of this order.
ORDER = 6


def lines_along(field: xr.DataArray, dim: str) -> npt.NDArray[np.float64]:
    """Return a field as lines along one dim.

    Parameters
    ----------
    field : xarray.DataArray
        With the dim `dim`.
    dim : str
        For example ``"x"``.

    Returns
    -------
    ndarray, shape (samples along dim, everything else)
        In float64.
    """
    values = field.transpose(dim, ...).to_numpy().astype(float)
    return values.reshape(values.shape[0], -1)


def noise_level(lines: npt.NDArray[np.float64]) -> float:
    """Estimate the standard deviation of white noise from sixth differences.

    Parameters
    ----------
    lines : ndarray, shape (n, k)
        Equally spaced samples along the first axis; NaN is passed over.

    Returns
    -------
    float
        Zero for fewer than 8 samples. For a field that its samples do not resolve
        it is too large.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> smooth = np.sin(np.linspace(0, 6, 5000))[:, None]
    >>> round(noise_level(smooth + rng.normal(0, 0.05, (5000, 1))), 2)
    0.05
    """
    if lines.shape[0] < ORDER + 2:
        return 0.0
    rough = np.abs(np.diff(lines, n=ORDER, axis=0))
    rough = rough[np.isfinite(rough)]
    # The sum of the squared binomial coefficients is 924 for sixth differences; 0.6745 is the median of |N(0, 1)|.
    return float(np.median(rough)) / (0.6745 * math.sqrt(math.comb(2 * ORDER, ORDER))) if rough.size else 0.0
