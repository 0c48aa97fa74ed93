"""The choice of method when none is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from physforge.derivatives.finite_difference import FiniteDifference
from physforge.derivatives.method import Estimate, LinearMethod, Method, Orders, Samples, apply_operators
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
    2. If the noise would be more than one percent of that derivative's rms,
       Savitzky-Golay along every axis instead, its windows chosen from the data.

    The noise is measured, so clean data are never smoothed and there is nothing to
    tune. The rule does not see noise that is correlated between samples.
    """

    kind: Literal["automatic"] = "automatic"

    def estimate(self, samples: Samples, orders: Sequence[Orders]) -> list[Estimate]:
        """Differentiate one field; see `Method.estimate`."""
        return [self._one(samples, wanted) for wanted in orders]

    def _one(self, samples: Samples, wanted: Orders) -> Estimate:
        schemes = [self._interpolating(samples, axis, order) for axis, order in enumerate(wanted)]
        operators = [scheme.operator(samples, *key) for scheme, key in zip(schemes, enumerate(wanted), strict=True)]
        how = ", ".join(
            f"{scheme.describe()} in {axis.name}"
            for scheme, axis, order in zip(schemes, samples.axes, wanted, strict=True)
            if order
        )
        exact = apply_operators(samples, operators, how or "as measured")
        noise, size = _rms(exact.sd), _rms(exact.value)
        if noise <= NOISE_WORTH_SMOOTHING * size:
            return exact
        return SavitzkyGolay().estimate(samples, [wanted])[0]

    def _interpolating(self, samples: Samples, axis: int, order: int) -> LinearMethod:
        along = samples.axes[axis]
        if along.uniform_over_period:
            return Spectral()
        # One-sided stencils of order p for derivative k use p + k samples, centred ones no more than one extra.
        spare = len(along.without_repeated_end()) - order - 1
        return FiniteDifference(order=8 if spare >= 16 else 6 if spare >= 12 else 4)


def _rms(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(np.sqrt(np.mean(values**2)))
