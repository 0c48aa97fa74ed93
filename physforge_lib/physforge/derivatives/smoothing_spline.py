"""Differentiation of the cubic smoothing spline chosen by generalised cross-validation."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from pydantic import Field

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.method import LinearMethod, Samples
from physforge.derivatives.operators import Dense, Identity, Operator
from physforge.errors import DerivativeError

#: Weights of the penalty that are tried, for samples at steps of length 1 or so.
_WEIGHTS = 10.0 ** np.linspace(-4.0, 14.0, 73)

#: Every how many weights a first look is taken.
_STRIDE = 8

#: Most lines that the cross-validation looks at, fewest and most samples of an axis, highest order.
_LINES, _FEWEST, _MOST, _HIGHEST = 16, 5, 4000, 2


class SmoothingSpline(LinearMethod):
    """Smooth by a natural cubic spline, as much as generalised cross-validation says.

    Use it for smooth series with white noise, and as the classic that others are compared
    with. It smooths along every axis of a grid. At the ends the second derivative
    is drawn to zero. Cross-validation undersmooths now and then, and derivatives
    show it: ``"gp"`` is better by a factor of two or more.

    Parameters
    ----------
    weight : float, optional
        Weight of the squared second derivative, with the mean step as the unit of length. A
        larger one smooths more. The default is that of the least generalised
        cross-validation score of up to 16 lines along each axis.

    Notes
    -----
    The sd covers the noise and not the smoothing error.

    References
    ----------
    P. Craven and G. Wahba, Smoothing noisy data with spline functions, Numerische Mathematik
    31 (1979) 377-403.

    Examples
    --------
    >>> import xarray as xr
    >>> from physforge.derivatives import differentiate
    >>> t = np.linspace(0.0, 6.0, 80)
    >>> noisy = np.sin(t) + 0.05 * np.random.default_rng(0).standard_normal(80)
    >>> d = differentiate(xr.Dataset({"u": ("t", noisy)}, {"t": t}), "u_t", method="smoothing-spline")
    >>> bool(np.sqrt(np.mean((d.u_t - np.cos(t)) ** 2)) < 0.15)
    True
    """

    kind: Literal["smoothing-spline"] = "smoothing-spline"
    weight: float | None = Field(default=None, gt=0.0)

    def operator(self, samples: Samples, axis: int, order: int) -> Operator:
        """Return the spline's derivative of `order`; see `LinearMethod.operator`."""
        along = samples.axes[axis]
        if order > _HIGHEST:
            raise DerivativeError(
                f"A cubic spline has two derivatives; {samples.field!r} was to be differentiated {order} times along "
                f"{along.name!r}. Use method='gp'."
            )
        if len(along) < _FEWEST:
            if order == 0:
                return Identity(len(along))
            raise DerivativeError(
                f"A smoothing spline for {samples.field!r} needs at least {_FEWEST} samples along {along.name!r}; "
                f"there are {len(along)}."
            )
        if len(along) > _MOST:
            raise DerivativeError(
                f"A smoothing spline takes up to {_MOST} samples along an axis; {along.name!r} has {len(along)}. "
                "Use method='gp' or 'kalman'."
            )
        lines = np.moveaxis(samples.values, axis, 0).reshape(len(along), -1)
        weight = self.weight or _least_score(along, lines)
        return Dense(_matrix(along, weight, order) / along.spacing**order)

    def describe(self) -> str:
        """Name the scheme."""
        return "cubic smoothing spline" + ("" if self.weight is None else f" of weight {self.weight:g}")


def _matrix(axis: Axis, weight: float, order: int) -> Float:
    """Return the map from samples to the spline's derivative, for steps of length 1 or so."""
    from scipy.interpolate import make_smoothing_spline

    steps = (axis.points - axis.points[0]) / axis.spacing
    spline = make_smoothing_spline(steps, np.eye(len(steps)), lam=weight)
    return np.asarray(spline.derivative(order)(steps) if order else spline(steps), dtype=np.float64)


def _least_score(axis: Axis, lines: Float) -> float:
    """Return the weight of the least generalised cross-validation score."""
    shown = lines[:, np.unique(np.linspace(0, lines.shape[1] - 1, _LINES).astype(int))]

    @cache
    def score(index: int) -> float:
        smoother = _matrix(axis, float(_WEIGHTS[index]), 0)
        left = len(axis) - float(np.trace(smoother))
        return float(np.sum((shown - smoother @ shown) ** 2)) / left**2

    coarse = min(range(0, len(_WEIGHTS), _STRIDE), key=score)
    near = range(max(coarse - _STRIDE + 1, 0), min(coarse + _STRIDE, len(_WEIGHTS)))
    return float(_WEIGHTS[min(near, key=score)])
