"""Products of powers of noisy fields whose expectation is that of the field without noise."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import comb, factorial
from typing import Any

#: Exponents of the fields in a product, in their order.
Powers = tuple[int, ...]

Array = Any


@dataclass(frozen=True, eq=False)
class NoiseFree:
    """Estimates of products of powers, and of how their errors go together.

    Parameters
    ----------
    fields : sequence of array
        Samples of the fields, all of one shape.
    variances : sequence of float or array
        Of the noise of each field, for all samples or for each. It is Gaussian, and independent from
        sample to sample.

    Notes
    -----
    For noise of variance v, Hermite's polynomials h_n(u) = u h_{n-1}(u) - (n-1) v h_{n-2}(u)
    have the expectation of the n-th power of the field without noise; their covariances
    are polynomials in the field, and so have estimates of the same kind.
    """

    fields: Sequence[Array]
    variances: Sequence[Any]
    _powers: dict[tuple[int, int], Array] = field(default_factory=dict, repr=False)
    _products: dict[Powers, Array] = field(default_factory=dict, repr=False)

    def product(self, powers: Powers) -> Array:
        """Return the estimate of a product of powers at every sample; the empty product is 1."""
        if powers not in self._products:
            factors = [self._power(index, power) for index, power in enumerate(powers) if power]
            total = factors[0] if factors else self.fields[0] * 0.0 + 1.0
            for factor in factors[1:]:
                total = total * factor
            self._products[powers] = total
        return self._products[powers]

    def covariance(self, first: Powers, second: Powers) -> Array | None:
        """Return the estimated covariance of two products at every sample, None where it vanishes."""
        total = None
        for factor, rest in self._shared(first, second):
            part = factor * self.product(rest)
            total = part if total is None else total + part
        return total

    def _shared(self, first: Powers, second: Powers) -> Iterator[tuple[Any, Powers]]:
        for shared in itertools.product(*(range(min(a, b) + 1) for a, b in zip(first, second, strict=True))):
            if not any(shared):
                continue
            factor: Any = 1.0
            for n, a, b, variance in zip(shared, first, second, self.variances, strict=True):
                factor *= factorial(n) * comb(a, n) * comb(b, n) * variance**n
            yield factor, tuple(a + b - 2 * n for n, a, b in zip(shared, first, second, strict=True))

    def _power(self, index: int, power: int) -> Array:
        if (index, power) not in self._powers:
            samples, variance = self.fields[index], self.variances[index]
            if power == 1:
                result = samples
            else:
                lower = self._power(index, power - 2) if power > 2 else 1.0
                result = samples * self._power(index, power - 1) - (power - 1) * variance * lower
            self._powers[index, power] = result
        return self._powers[index, power]
