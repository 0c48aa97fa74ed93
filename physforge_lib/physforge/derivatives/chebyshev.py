"""Differentiation of the polynomial through samples at Chebyshev points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.method import LinearMethod, Samples
from physforge.derivatives.operators import Dense, Identity, Operator
from physforge.errors import DerivativeError

#: Distance from a Chebyshev point, as a share of half the interval, that single precision explains.
_TOLERANCE = 1e-6


class Chebyshev(LinearMethod):
    """Differentiate the polynomial through samples at Chebyshev points.

    Use it for smooth fields without a period that were sampled, or simulated, at the
    extrema (Gauss-Lobatto, ends included) or the zeros (Gauss) of a Chebyshev polynomial:
    the error falls faster than any power of the number of points. Other grids are
    refused, not interpolated. It smooths nothing, and near the ends, where the points are
    dense, it amplifies noise by about ``n**(2*k)`` for the k-th derivative, which the
    returned sd shows. Axes along which no derivative is taken may have any grid.

    References
    ----------
    L. N. Trefethen, Spectral Methods in MATLAB, SIAM 2000, chapter 6.
    B. D. Welfert, Generation of pseudospectral differentiation matrices I, SIAM Journal
    on Numerical Analysis 34 (1997) 1640-1657.

    Examples
    --------
    >>> import xarray as xr
    >>> from physforge.derivatives import differentiate
    >>> x = -np.cos(np.pi * np.arange(24) / 23)
    >>> d = differentiate(xr.Dataset({"u": ("x", np.exp(x))}, {"x": x}), "u_x", method=Chebyshev())
    >>> bool(np.abs(d.u_x - np.exp(x)).max() < 1e-11)
    True
    """

    kind: Literal["chebyshev"] = "chebyshev"

    def operator(self, samples: Samples, axis: int, order: int) -> Operator:
        """Return the differentiation matrix for a derivative of `order`; see `LinearMethod.operator`."""
        along = samples.axes[axis]
        if order == 0:
            return Identity(len(along))
        if len(along) <= order:
            raise DerivativeError(
                f"Derivative {order} of {samples.field!r} along {along.name!r} by Chebyshev polynomials needs "
                f"{order + 1} samples; there are {len(along)}. Measure more."
            )
        return Dense(_differentiation_matrix(_recognise(samples.field, along), order))

    def describe(self) -> str:
        """Name the scheme."""
        return "Chebyshev polynomials"


@dataclass(frozen=True, eq=False)
class _Nodes:
    """Chebyshev points, as ``middle + half * cos(angles)``."""

    angles: Float
    weights: Float
    half: float


def _recognise(field: str, axis: Axis) -> _Nodes:
    count = len(axis)
    index = np.arange(count)
    signs = 1.0 - 2.0 * (index % 2)
    lobatto, gauss = np.pi * index / (count - 1), np.pi * (2 * index + 1) / (2 * count)
    halved = signs.copy()
    halved[[0, -1]] *= 0.5
    distances = []
    for angles, weights in ((lobatto, halved), (gauss, signs * np.sin(gauss))):
        nodes = np.asarray(np.cos(angles), dtype=np.float64)
        half = float(axis.points[0] - axis.points[-1]) / (nodes[0] - nodes[-1])
        middle = float(axis.points[0] + axis.points[-1]) / 2.0
        distances.append(float(np.max(np.abs(axis.points - middle - half * nodes)) / abs(half)))
        if distances[-1] < _TOLERANCE:
            return _Nodes(angles, np.asarray(weights, dtype=np.float64), half)
    raise DerivativeError(
        f"Chebyshev differentiation of {field!r} along {axis.name!r} needs samples at Chebyshev points; these are "
        f"up to {min(distances):.2g} of half the interval away from the nearest such grid. Sample at "
        f"middle + half*cos(pi*j/{count - 1}), j = 0..{count - 1}, or use method='finite-difference'."
    )


def _differentiation_matrix(nodes: _Nodes, order: int) -> Float:
    sums = (nodes.angles[:, None] + nodes.angles[None, :]) / 2.0
    # Products of sines keep the small gaps near the ends, which differences of cosines lose.
    gaps = 2.0 * np.sin(sums) * np.sin((nodes.angles[None, :] - nodes.angles[:, None]) / 2.0)
    np.fill_diagonal(gaps, 1.0)
    ratios = nodes.weights[None, :] / nodes.weights[:, None]
    matrix = np.eye(len(nodes.angles))
    for k in range(1, order + 1):
        matrix = k / gaps * (ratios * np.diag(matrix)[:, None] - matrix)
        np.fill_diagonal(matrix, 0.0)
        # The derivative of a constant is zero to the last bit.
        np.fill_diagonal(matrix, -matrix.sum(axis=1))
    return matrix / nodes.half**order
