"""Spectral densities of stationary kernels of unit variance in one dimension."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from physforge.derivatives.axis import Float

#: Names of the kernels, from the smoothest to the roughest.
Kernel = Literal["squared-exponential", "matern-7/2", "matern-5/2", "matern-3/2"]

KERNELS: tuple[Kernel, ...] = ("squared-exponential", "matern-7/2", "matern-5/2", "matern-3/2")

_SMOOTHNESS: dict[Kernel, float] = {"matern-7/2": 3.5, "matern-5/2": 2.5, "matern-3/2": 1.5}


def spectral_density(kernel: Kernel, frequency: Float, length: float) -> tuple[Float, Float]:
    """Return the spectral density of a kernel and its logarithmic slope in the length.

    Parameters
    ----------
    kernel : Kernel
        Which one.
    frequency : numpy.ndarray of shape (m,)
        Angular frequencies.
    length : float
        Length scale, in the inverse unit of `frequency`.

    Returns
    -------
    density : numpy.ndarray of shape (m,)
        Its integral over all frequencies is ``2 pi`` times the kernel's variance, 1.
    slope : numpy.ndarray of shape (m,)
        Derivative of the logarithm of `density` with respect to that of `length`.

    References
    ----------
    C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning,
    MIT Press 2006, equations 4.9 and 4.15.

    Examples
    --------
    >>> w = np.linspace(-400.0, 400.0, 200_001)
    >>> [round(float(np.trapezoid(spectral_density(k, w, 0.3)[0], w) / (2 * np.pi)), 3) for k in KERNELS]
    [1.0, 1.0, 1.0, 1.0]
    """
    if kernel == "squared-exponential":
        scaled = (frequency * length) ** 2
        return math.sqrt(2.0 * math.pi) * length * np.exp(-0.5 * scaled), 1.0 - scaled
    nu = _SMOOTHNESS[kernel]
    corner = 2.0 * nu / length**2
    ratio = corner / (corner + frequency**2)
    height = 2.0 * math.sqrt(math.pi) * math.gamma(nu + 0.5) / math.gamma(nu) / math.sqrt(corner)
    return height * ratio ** (nu + 0.5), (2.0 * nu + 1.0) * ratio - 2.0 * nu
