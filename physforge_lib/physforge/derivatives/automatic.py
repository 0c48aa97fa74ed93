"""The choice of method when none is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.blockwise import Blockwise
from physforge.derivatives.finite_difference import FiniteDifference
from physforge.derivatives.gaussian_process import FEWEST_SAMPLES, HIGHEST_ORDER, GaussianProcess
from physforge.derivatives.method import Estimate, LinearMethod, Method, Orders, Samples, apply_operators
from physforge.derivatives.points import Places, Points
from physforge.derivatives.savitzky_golay import SavitzkyGolay
from physforge.derivatives.spectral import Spectral

#: Noise in a derivative, as a fraction of its rms, from which smoothing is worth its bias.
NOISE_WORTH_SMOOTHING = 0.01


class Automatic(Method):
    """Choose a method for each derivative from the data.

    The rule, for each derivative asked for:

    1. Interpolating schemes first: the Fourier series along an axis whose period is
       known and filled by equal steps, finite differences of the highest order from
       4 to 8 that fits along any other.
    2. If the noise would be more than one percent of that derivative's rms, or
       samples are missing or scattered, a Gaussian process instead, whose every setting is
       learned from the data (`GaussianProcess`). Beyond its order of four, and on axes of
       fewer than four samples, Savitzky-Golay along every axis.

    The noise is measured, so clean data are never smoothed and there is nothing to
    tune. The rule does not see noise that is correlated between samples.

    Parameters
    ----------
    smoothing : {"gp", "savitzky-golay"}, default "gp"
        What to smooth with. ``"savitzky-golay"`` is faster, takes no missing samples, and its sd does
        not cover the smoothing error.
    """

    kind: Literal["automatic"] = "automatic"
    smoothing: Literal["gp", "savitzky-golay"] = "gp"

    @property
    def accepts_missing(self) -> bool:  # type: ignore[override]
        """Whether missing samples are bridged."""
        return self.smoothing == "gp"

    def estimate(self, samples: Samples, orders: Sequence[Orders]) -> list[Estimate]:
        """Differentiate one field; see `Method.estimate`."""
        if not np.isfinite(samples.values).all():
            return GaussianProcess().estimate(samples, orders)
        exact = [self._interpolated(samples, wanted) for wanted in orders]
        noisy = [index for index, one in enumerate(exact) if not _clean(one)]
        smooth = [index for index in noisy if self._by_process(samples, orders[index])]
        for index in set(noisy) - set(smooth):
            exact[index] = SavitzkyGolay().estimate(samples, [orders[index]])[0]
        if smooth:
            # One fit gives all of them.
            made = GaussianProcess().estimate(samples, [orders[index] for index in smooth])
            for index, one in zip(smooth, made, strict=True):
                exact[index] = one
        return exact

    def estimate_points(self, points: Points, orders: Sequence[Orders], places: Places | None = None) -> list[Estimate]:
        """Differentiate scattered samples by a Gaussian process; see `Method.estimate_points`."""
        if self.smoothing != "gp":
            return super().estimate_points(points, orders, places)
        return GaussianProcess().estimate_points(points, orders, places)

    def in_blocks(self, windows: Sequence[Samples], orders: Sequence[Orders]) -> Blockwise:
        """Choose for all blocks alike, from the first window; see `Method.in_blocks`."""
        first = windows[0]
        whole = bool(np.isfinite(first.values).all())
        clean = whole and all(_clean(self._interpolated(first, wanted)) for wanted in orders)
        if clean or not all(self._by_process(first, wanted) for wanted in orders):
            return super().in_blocks(windows, orders)
        return GaussianProcess().in_blocks(windows, orders)

    def _by_process(self, samples: Samples, wanted: Orders) -> bool:
        fewest = min(len(axis.without_repeated_end()) for axis in samples.axes)
        return self.smoothing == "gp" and sum(wanted) <= HIGHEST_ORDER and fewest >= FEWEST_SAMPLES

    def _interpolated(self, samples: Samples, wanted: Orders) -> Estimate:
        schemes = [self._interpolating(samples, axis, order) for axis, order in enumerate(wanted)]
        operators = [scheme.operator(samples, *key) for scheme, key in zip(schemes, enumerate(wanted), strict=True)]
        how = ", ".join(
            f"{scheme.describe()} in {axis.name}"
            for scheme, axis, order in zip(schemes, samples.axes, wanted, strict=True)
            if order
        )
        return apply_operators(samples, operators, how or "as measured")

    def _interpolating(self, samples: Samples, axis: int, order: int) -> LinearMethod:
        along = samples.axes[axis]
        if along.uniform_over_period:
            return Spectral()
        # One-sided stencils of order p for derivative k use p + k samples, centred ones no more than one extra.
        spare = len(along.without_repeated_end()) - order - 1
        return FiniteDifference(order=8 if spare >= 16 else 6 if spare >= 12 else 4)


def _clean(exact: Estimate) -> bool:
    return _rms(exact.sd) <= NOISE_WORTH_SMOOTHING * _rms(exact.value)


def _rms(values: Float) -> float:
    return float(np.sqrt(np.mean(values**2)))
