"""Derivatives of a smooth network that is fitted to noisy samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from physforge.derivatives.axis import Float
from physforge.derivatives.method import Estimate, Method, Orders, Samples
from physforge.derivatives.points import Places, Points
from physforge.errors import DerivativeError
from physforge.pinn.networks import MLP
from physforge.pinn.smoothing.evidence import SmoothFit, fit_smoothly
from physforge.pinn.smoothing.sampled_field import SampledField

#: Fewest samples.
_FEWEST = 8

#: Most samples that are fitted to; of more, so many are drawn.
_MOST = 20_000

#: Highest order of a derivative, all axes together.
_HIGHEST_ORDER = 4


class PINN(Method):
    """Differentiate networks that are fitted to the samples, without a law.

    Use it where a field has details of very different sizes at different places, such as
    fronts, for which a stationary Gaussian process has one length scale only; on fields
    that look alike everywhere ``method="gp"`` is better and faster. The smoothness, and the
    noise where no ``<field>_sd`` is given, have most evidence, and the sd is that of
    Laplace's approximation and of the scatter between networks from several starts.

    Parameters
    ----------
    width : int, default 16
        Of the hidden layers.
    depth : int, default 2
        Hidden layers.
    members : int, default 3
        Networks, from different starts, that are averaged by their evidence.
    steps : int, default 200
        Most steps of training for each.
    seed : int, default 0
        Of the first network's start.

    Notes
    -----
    Missing samples (NaN) are left out, and bridged. The time grows with the number of samples,
    of which at most 20,000 are drawn, and with the fourth power of the width.

    References
    ----------
    D. J. C. MacKay, A practical Bayesian framework for backpropagation networks, Neural Computation 4 (1992) 448.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> from physforge.derivatives import differentiate
    >>> x = np.linspace(-1.0, 1.0, 60)
    >>> noisy = np.tanh(5 * x) + 0.02 * np.random.default_rng(0).standard_normal(60)
    >>> ds = xr.Dataset({"u": ("x", noisy)}, {"x": x})
    >>> d = differentiate(ds, "u_x", method=PINN(width=6, depth=1, members=1))
    >>> bool(np.abs(d.u_x - 5 / np.cosh(5 * x) ** 2).max() < 0.5)
    True
    """

    kind: Literal["pinn"] = "pinn"
    width: int = Field(default=16, ge=1)
    depth: int = Field(default=2, ge=1)
    members: int = Field(default=3, ge=1)
    steps: int = Field(default=200, ge=1)
    seed: int = Field(default=0, ge=0)

    accepts_missing: ClassVar[bool] = True

    def estimate(self, samples: Samples, orders: Sequence[Orders]) -> list[Estimate]:
        """Differentiate one field; see `Method.estimate`."""
        grids = np.meshgrid(*(axis.points for axis in samples.axes), indexing="ij")
        points = Points(
            samples.field,
            samples.values.ravel(),
            np.broadcast_to(samples.sd, samples.values.shape).ravel() if samples.sd_known else None,
            tuple(axis.name for axis in samples.axes),
            tuple(grid.ravel() for grid in grids),
            tuple(axis.period for axis in samples.axes),
        )
        found = self.estimate_points(points, orders)
        shape = samples.values.shape
        return [Estimate(one.value.reshape(shape), one.sd.reshape(shape), one.how, one.warnings) for one in found]

    def estimate_points(self, points: Points, orders: Sequence[Orders], places: Places | None = None) -> list[Estimate]:
        """Differentiate scattered samples; see `Method.estimate_points`."""
        _check(points, orders)
        offset, unit = _standard(points)
        fits = self._fits(points, offset, unit)
        wanted = points.coordinates if places is None else places.coordinates
        where = np.stack([one.ravel() for one in wanted], axis=1)
        shares = _shares(fits)
        moments = [fit.derivatives(where, tuple(orders)) for fit in fits]
        mean = sum((share * one for share, (one, _) in zip(shares, moments, strict=True)), np.zeros(()))
        pairs = zip(shares, moments, strict=True)
        variance = sum((share * (spread + (one - mean) ** 2) for share, (one, spread) in pairs), np.zeros(()))
        shape = wanted[0].shape
        how = _describe(fits, shares)
        return [
            Estimate(
                (unit * mean[row] + (0.0 if any(order) else offset)).reshape(shape),
                unit * np.sqrt(variance[row]).reshape(shape),
                how,
            )
            for row, order in enumerate(orders)
        ]

    def _fits(self, points: Points, offset: float, unit: float) -> list[SmoothFit]:
        field = _sampled(points, offset, unit, self.seed)
        periodic = tuple(axis for axis, period in enumerate(points.periods) if period is not None)
        network = MLP(width=self.width, depth=self.depth, periodic=periodic)
        known = points.sd is not None
        return [
            fit_smoothly(field, network, known=known, seed=self.seed + member, steps=self.steps)
            for member in range(self.members)
        ]


def _check(points: Points, orders: Sequence[Orders]) -> None:
    highest = max(orders, key=sum)
    if sum(highest) > _HIGHEST_ORDER:
        raise DerivativeError(f"{points.label(highest)!r} is of order {sum(highest)}; networks give up to 4.")
    count = int(np.count_nonzero(np.isfinite(points.values)))
    if count < _FEWEST:
        raise DerivativeError(f"A network needs at least {_FEWEST} samples of {points.field!r}; there are {count}.")


def _standard(points: Points) -> tuple[float, float]:
    values = points.values[np.isfinite(points.values)]
    return float(values.mean()), float(values.std()) or 1.0


def _sampled(points: Points, offset: float, unit: float, seed: int) -> SampledField:
    kept = np.flatnonzero(np.isfinite(points.values))
    if len(kept) > _MOST:
        kept = np.random.default_rng(seed).choice(kept, _MOST, replace=False)
    places = np.stack([one[kept] for one in points.coordinates], axis=1)
    sd = np.ones(len(kept)) if points.sd is None else _floored(points.sd[kept] / unit)
    return SampledField(points.names, _box(points), places, (points.values[kept] - offset) / unit, sd)


def _floored(sd: Float) -> Float:
    return np.asarray(np.maximum(sd, 1e-7))


def _box(points: Points) -> Float:
    rows = []
    for one, period in zip(points.coordinates, points.periods, strict=True):
        low = float(one.min())
        rows.append((low, float(one.max()) if period is None else low + period))
    return np.array(rows)


def _shares(fits: Sequence[SmoothFit]) -> Float:
    evidence = np.array([fit.evidence for fit in fits])
    shares = np.exp(evidence - evidence.max())
    return np.asarray(shares / shares.sum())


def _describe(fits: Sequence[SmoothFit], shares: Float) -> str:
    best = fits[int(np.argmax(shares))]
    networks = "network" if len(fits) == 1 else f"{len(fits)} networks averaged by evidence"
    return f"{networks} ({best.effective:.0f} of {len(best.theta)} parameters used)"
