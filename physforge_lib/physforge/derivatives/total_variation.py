"""Differentiation with a slope that jumps: the total variation of the derivative is kept small."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from physforge.derivatives.axis import Float
from physforge.derivatives.method import Estimate, Method, Orders, Samples
from physforge.errors import DerivativeError

#: Steps of the alternating direction method at most, and the residual at which it ends.
_STEPS, _TOLERANCE = 2000, 1e-6

#: Bisections of the logarithm of the weight, over its range for samples of unit variance.
_BISECTIONS, _WEIGHTS = 18, (-12.0, 8.0)

#: Jumps of the slope below this share of the largest are none.
_JUMP = 2e-2

#: Fewest samples along the axis.
_FEWEST = 5


class TotalVariation(Method):
    """Fit straight pieces, so that the slope is constant between jumps.

    Use it for fields with kinks: collisions, switches, phase changes. A smooth
    field comes out in facets. Only first derivatives along one axis; lines of a field are
    fitted on their own.

    Parameters
    ----------
    weight : float, optional
        Weight of the sum of the jumps of the slope, for samples of unit variance at steps of
        length one. The default leaves residuals as large as the noise (Morozov's
        discrepancy principle), which is ``<field>_sd`` or estimated.

    Notes
    -----
    The sd is that of a straight line fitted to each piece: it takes the places of the jumps for
    granted, and is an approximation. Beside a jump it is too small.

    References
    ----------
    S.-J. Kim, K. Koh, S. Boyd and D. Gorinevsky, l1 trend filtering, SIAM Review 51 (2009)
    339-360; R. Chartrand, Numerical differentiation of noisy, nonsmooth data, ISRN Applied
    Mathematics 2011, 164564.

    Examples
    --------
    >>> import xarray as xr
    >>> from physforge.derivatives import differentiate
    >>> t = np.linspace(-1.0, 1.0, 101)
    >>> noisy = np.abs(t) + 0.01 * np.random.default_rng(0).standard_normal(101)
    >>> d = differentiate(xr.Dataset({"u": ("t", noisy)}, {"t": t}), "u_t", method="total-variation")
    >>> bool(np.abs(np.abs(d.u_t) - 1.0).median() < 0.05)
    True
    """

    kind: Literal["total-variation"] = "total-variation"
    weight: float | None = Field(default=None, gt=0.0)

    def estimate(self, samples: Samples, orders: Sequence[Orders]) -> list[Estimate]:
        """Differentiate one field; see `Method.estimate`."""
        default = next((index for wanted in orders for index, order in enumerate(wanted) if order), 0)
        done: dict[int, tuple[Float, ...]] = {}
        estimates = []
        for wanted in orders:
            if sum(wanted) > 1:
                raise DerivativeError(
                    f"{samples.label(wanted)!r} is beyond a slope that jumps; total variation gives first derivatives. "
                    "Use method='gp'."
                )
            axis = wanted.index(1) if any(wanted) else default
            if axis not in done:
                done[axis] = self._along(samples, axis)
            value, sd, slope, slope_sd = done[axis]
            how = f"total variation of the slope along {samples.axes[axis].name}"
            estimates.append(Estimate(slope, slope_sd, how) if any(wanted) else Estimate(value, sd, how))
        return estimates

    def _along(self, samples: Samples, axis: int) -> tuple[Float, ...]:
        along = samples.axes[axis]
        if len(along) < _FEWEST:
            raise DerivativeError(
                f"Total variation for {samples.field!r} needs at least {_FEWEST} samples along {along.name!r}; "
                f"there are {len(along)}."
            )
        lines = np.moveaxis(samples.values, axis, 0)
        flat = lines.reshape(len(along), -1)
        noise = np.moveaxis(np.broadcast_to(samples.sd, samples.values.shape), axis, 0).reshape(flat.shape)
        times = (along.points - along.points[0]) / along.spacing
        results = np.empty((4, *flat.shape))
        for index, (line, sd) in enumerate(zip(flat.T, noise.T, strict=True)):
            size = float(np.sqrt(np.mean(sd**2)))
            fitted = _fit(times, line, size, self.weight)
            pieces = _pieces(times, fitted)
            for place, part in enumerate(_with_sd(times, fitted, pieces, size)):
                results[place, :, index] = part
        results[2:] /= along.spacing
        results[3] = np.abs(results[3])
        return tuple(np.moveaxis(part.reshape(lines.shape), 0, axis) for part in results)


def _fit(times: Float, line: Float, noise: float, weight: float | None) -> Float:
    """Return the straight pieces; without a weight, the simplest whose residuals are as large as the noise."""
    offset, scale = float(np.mean(line)), float(np.std(line))
    if scale == 0.0:
        return line.copy()
    values = (line - offset) / scale
    bends = _bends(times)
    if weight is not None:
        return offset + scale * _solve(bends, values, weight)
    low, high = _WEIGHTS
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        left = values - _solve(bends, values, float(np.exp(middle)))
        low, high = (middle, high) if float(np.std(left)) < noise / scale else (low, middle)
    return offset + scale * _solve(bends, values, float(np.exp(low)))


def _bends(times: Float) -> Float:
    """Return the weights of three neighbours in each change of slope, shape (3, n - 2)."""
    steps = np.diff(times)
    return np.stack([1.0 / steps[:-1], -1.0 / steps[:-1] - 1.0 / steps[1:], 1.0 / steps[1:]])


def _solve(bends: Float, values: Float, weight: float) -> Float:
    """Minimise half the squares of the residuals plus the weighted sum of the changes of slope."""
    from scipy.linalg import cho_solve_banded, cholesky_banded

    count = len(values)
    bend = np.zeros((count - 2, 3)) + bends.T
    # The penalty of the splitting: the scale of the answer's changes of slope does not matter much.
    split = weight

    def change(field: Float) -> Float:
        return bend[:, 0] * field[:-2] + bend[:, 1] * field[1:-1] + bend[:, 2] * field[2:]

    def adjoint(changes: Float) -> Float:
        total = np.zeros(count)
        for place in range(3):
            total[place : place + count - 2] += bend[:, place] * changes
        return total

    band = np.zeros((3, count))
    band[0] = 1.0
    for first in range(3):
        for second in range(first, 3):
            band[second - first, first : first + count - 2] += split * bend[:, first] * bend[:, second]
    factor = (cholesky_banded(band, lower=True), True)
    kept, dual = np.zeros(count - 2), np.zeros(count - 2)
    field = values
    for _ in range(_STEPS):
        field = cho_solve_banded(factor, values + split * adjoint(kept - dual))
        changed = change(field)
        before = kept
        kept = changed + dual
        kept = np.sign(kept) * np.maximum(np.abs(kept) - weight / split, 0.0)
        dual = dual + changed - kept
        if max(float(np.abs(changed - kept).max()), float(np.abs(kept - before).max())) < _TOLERANCE:
            break
    return np.asarray(field, dtype=np.float64)


def _pieces(times: Float, fitted: Float) -> list[slice]:
    """Return the straight pieces, each of at least two samples."""
    jumps = np.abs(np.diff(np.diff(fitted) / np.diff(times)))
    largest = float(jumps.max())
    bent = np.flatnonzero(jumps > _JUMP * largest) + 1 if largest > 0 else np.zeros(0, dtype=np.intp)
    # A jump that falls between samples shows at two or three of them: it is the one in the middle.
    groups = np.split(bent, np.flatnonzero(np.diff(bent) > 2) + 1) if len(bent) else []
    edges = [0, *(int(group[len(group) // 2]) for group in groups), len(times) - 1]
    return [slice(start, stop + 1) for start, stop in itertools.pairwise(edges) if stop > start]


def _with_sd(times: Float, fitted: Float, pieces: Sequence[slice], noise: float) -> tuple[Float, Float, Float, Float]:
    """Return the field and its slope, each with the sd of a straight line through the samples of its piece."""
    slopes = np.gradient(fitted, times)
    sd, slope_sd = np.full(len(times), noise), np.zeros(len(times))
    for piece in pieces:
        own = times[piece]
        away = own - own.mean()
        spread = float(away @ away)
        sd[piece] = np.minimum(sd[piece], noise * np.sqrt(1.0 / len(own) + away**2 / spread))
        slope_sd[piece] = np.maximum(slope_sd[piece], noise / np.sqrt(spread))
    return fitted, sd, slopes, slope_sd
