"""Products of powers of noisy fields whose expectation is that of the field without noise."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import comb, factorial
from typing import Any

import numpy as np

from physforge.discovery.weak.exponentials import Exponentials, FieldFunction
from physforge.discovery.weak.smooth_functions import SmoothFunction, SmoothProduct

#: Exponents of the factors in a product, in their order: of fields, then of functions of fields.
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
    functions : sequence of FieldFunction or SmoothFunction, default ()
        Functions of the fields, whose powers follow those of the fields.

    Notes
    -----
    For noise of variance v, Hermite's polynomials h_n(u) = u h_{n-1}(u) - (n-1) v h_{n-2}(u)
    have the expectation of the n-th power of the field without noise; their covariances
    are polynomials in the field, and so have estimates of the same kind. For functions see
    `Exponentials`, and `SmoothProduct` where that is not exact.
    """

    fields: Sequence[Array]
    variances: Sequence[Any]
    functions: Sequence[FieldFunction | SmoothFunction] = ()
    _powers: dict[tuple[int, int], Array] = field(default_factory=dict, repr=False)
    _products: dict[Powers, Array] = field(default_factory=dict, repr=False)
    _sums: dict[tuple[int, Powers], Exponentials] = field(default_factory=dict, repr=False)
    _smooth: dict[tuple[int, Powers], SmoothProduct] = field(default_factory=dict, repr=False)

    def product(self, powers: Powers) -> Array:
        """Return the estimate of a product of powers at every sample; the empty product is 1."""
        if powers not in self._products:
            factors = [
                self._factor(index, powers) for index in range(len(self.fields)) if any(self._own(index, powers))
            ]
            total = factors[0] if factors else self.fields[0] * 0.0 + 1.0
            for factor in factors[1:]:
                total = total * factor
            self._products[powers] = total
        return self._products[powers]

    def covariance(self, first: Powers, second: Powers) -> Array | None:
        """Return the estimated covariance of two products at every sample, None where it vanishes."""
        if any((*first[len(self.fields) :], *second[len(self.fields) :])):
            return self._covariance_with_functions(first, second)
        total = None
        for factor, rest in self._shared(first, second):
            part = factor * self.product(rest)
            total = part if total is None else total + part
        return total

    def covariance_in_products(self, first: Powers, second: Powers) -> list[tuple[float, Powers]] | None:
        """Write the estimated covariance of two products as a sum of estimates of products.

        Parameters
        ----------
        first, second : tuple of int
            Their powers.

        Returns
        -------
        list of (float, tuple of int), or None
            Factors and powers. None where there is no such sum with factors that are the same for all samples.
        """
        if any(np.ndim(one) for one in self.variances) or any(
            (*first[len(self.fields) :], *second[len(self.fields) :])
        ):
            return None
        return [(float(factor), rest) for factor, rest in self._shared(first, second)]

    def _shared(self, first: Powers, second: Powers) -> Iterator[tuple[Any, Powers]]:
        noisy = [np.ndim(one) > 0 or one != 0.0 for one in self.variances]
        most = [min(a, b) if one else 0 for a, b, one in zip(first, second, noisy, strict=False)]
        for shared in itertools.product(*(range(one + 1) for one in most)):
            if not any(shared):
                continue
            factor: Any = 1.0
            for n, a, b, variance in zip(shared, first, second, self.variances, strict=False):
                factor *= factorial(n) * comb(a, n) * comb(b, n) * variance**n
            rest = [a + b - 2 * n for n, a, b in zip(shared, first, second, strict=False)]
            yield factor, (*rest, *first[len(rest) :])

    def _covariance_with_functions(self, first: Powers, second: Powers) -> Array | None:
        """Add up, over all sets of fields, what the noise of these and of no others does."""
        together: Powers = tuple(a + b for a, b in zip(first, second, strict=True))
        noisy, total = [], None
        for index in range(len(self.fields)):
            shared = self._shared_by_one(index, first, second)
            if shared is not None:
                noisy.append((index, shared))
        for chosen in itertools.product((False, True), repeat=len(noisy)):
            if not any(chosen):
                continue
            kept = dict(one for one, taken in zip(noisy, chosen, strict=True) if taken)
            part: Any = 1.0
            for index in range(len(self.fields)):
                if index in kept:
                    part = part * kept[index]
                elif any(self._own(index, together)):
                    part = part * self._factor(index, together)
            total = part if total is None else total + part
        return total

    def _shared_by_one(self, index: int, first: Powers, second: Powers) -> Array | None:
        """Return the covariance of what one field contributes to two products."""
        samples, variance = self.fields[index], self.variances[index]
        if self._is_smooth(index, first) or self._is_smooth(index, second):
            if not np.any(variance):
                return None
            return self._product_of(index, first).covariance(self._product_of(index, second), samples, variance)
        return self._sum(index, first).covariance(self._sum(index, second), samples, variance)

    def _is_smooth(self, index: int, powers: Powers) -> bool:
        after = zip(powers[len(self.fields) :], self.functions, strict=False)
        return any(power and isinstance(one, SmoothFunction) and one.field == index for power, one in after)

    def _product_of(self, index: int, powers: Powers) -> SmoothProduct:
        own = self._own(index, powers)
        if (index, own) not in self._smooth:
            mine = [one for one in self.functions if one.field == index]
            name = next(one.name for one in mine if isinstance(one, SmoothFunction))
            self._smooth[index, own] = SmoothProduct.of(own[0], list(zip(mine, own[1:], strict=True)), name)
        return self._smooth[index, own]

    def _own(self, index: int, powers: Powers) -> tuple[int, ...]:
        """Return the exponents of one field and of its functions."""
        after = powers[len(self.fields) :]
        return (powers[index], *(p for p, one in zip(after, self.functions, strict=False) if one.field == index))

    def _factor(self, index: int, powers: Powers) -> Array:
        """Return the estimate of what one field contributes to a product."""
        power, *functions = self._own(index, powers)
        if not any(functions):
            return self._power(index, power)
        if self._is_smooth(index, powers):
            return self._product_of(index, powers).estimate(self.fields[index], self.variances[index])
        return self._sum(index, powers).estimate(self.fields[index], self.variances[index])

    def _sum(self, index: int, powers: Powers) -> Exponentials:
        own = self._own(index, powers)
        if (index, own) not in self._sums:
            total = Exponentials.power(own[0])
            mine = [one for one in self.functions if one.field == index]
            for one, exponent in zip(mine, own[1:], strict=True):
                if isinstance(one, FieldFunction):
                    for _ in range(exponent):
                        total = total.times(one.as_exponentials())
            self._sums[index, own] = total
        return self._sums[index, own]

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
