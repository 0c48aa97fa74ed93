"""Find the prior variance of each mode of a field again, from the modes around it."""

from __future__ import annotations

import math

import numpy as np

from physforge.derivatives.axis import Float

#: Sd, in modes, of the window over which variances are averaged.
_WIDTH = 1.5

#: Modes that the kernel's own variance counts for.
_PRIOR_MODES = 1.0

#: Steps of the expectation-maximisation. It need not converge: early steps keep to the kernel.
_STEPS = 15


def reweigh(prior: Float, modes: Float, noise: float) -> Float:
    """Return factors by which the variances of modes differ from a kernel's.

    A kernel that is a product over the axes gives waves that run and waves that do not the
    same variance, and cannot know of a gap between scales. A field has enough modes to tell:
    the variance of each is found by expectation-maximisation, smoothed over its neighbours.

    Parameters
    ----------
    prior : numpy.ndarray of shape (r_1, ..., r_d)
        Variance of the modes by the kernel, in the order of the scales.
    modes : numpy.ndarray of shape (r_1, ..., r_d)
        What was measured of each.
    noise : float
        Variance of the noise of each.

    Returns
    -------
    numpy.ndarray of shape (r_1, ..., r_d)
        Positive factors; 1 where the noise hides a mode.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> field = 3.0 * rng.standard_normal((40, 40)) * (np.arange(40) < 20)
    >>> factors = reweigh(np.ones((40, 40)), field + 0.1 * rng.standard_normal((40, 40)), 0.01)
    >>> bool(np.all(factors[:, :15] > 2.0)), bool(np.all(factors[:, 25:] < 0.4))
    (True, True)
    """
    from scipy.ndimage import gaussian_filter

    window = (2.0 * math.sqrt(math.pi) * _WIDTH) ** modes.ndim
    factors = np.ones_like(prior)
    for _ in range(_STEPS):
        total = factors * prior + noise
        # Second moment of each mode given its sample, over the kernel's variance.
        moments = prior * (factors * modes / total) ** 2 + factors * noise / total
        smooth = gaussian_filter(moments, _WIDTH, mode="nearest")
        factors = (window * smooth + _PRIOR_MODES) / (window + _PRIOR_MODES)
    return factors
