"""Functions of one noisy field as sums of powers times exponentials, for which noise is taken off exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb, factorial, perm
from typing import Any, Literal

import numpy as np

Array = Any

#: Power of the field and rate of the exponential, complex for sines and cosines.
Key = tuple[int, complex]


@dataclass(frozen=True)
class FieldFunction:
    """A sine, cosine or exponential of a multiple of one field.

    Parameters
    ----------
    field : int
        Which field.
    function : {"sin", "cos", "exp"}
        Of `rate` times the field.
    rate : float
        Per unit of the field.
    """

    field: int
    function: Literal["sin", "cos", "exp"]
    rate: float

    def as_exponentials(self) -> Exponentials:
        """Write it as a sum of exponentials."""
        if self.function == "exp":
            return Exponentials({(0, complex(self.rate)): 1.0 + 0.0j})
        turn = 1j * self.rate
        if self.function == "cos":
            return Exponentials({(0, turn): 0.5 + 0.0j, (0, -turn): 0.5 + 0.0j})
        return Exponentials({(0, turn): -0.5j, (0, -turn): 0.5j})


@dataclass(frozen=True)
class Exponentials:
    """A real function of a field u: the sum of ``c * u**a * exp(r*u)`` with complex c and r.

    Parameters
    ----------
    items : mapping of (int, complex) to complex
        For each a and r the coefficient c; for each complex r its conjugate is there too.

    Notes
    -----
    For noise of variance v, ``exp(r*u - r**2*v/2) * h_a(u - r*v)`` with Hermite's polynomial h_a
    has the expectation of ``u**a * exp(r*u)`` without noise; it is what the operator
    ``exp(-v/2 * d**2/du**2)`` makes of it. The expectation of the product of two such estimates
    follows from ``exp(v * d/du * d/dw)`` applied to the product for u and w, at w = u.
    """

    items: Mapping[Key, complex]

    @classmethod
    def power(cls, exponent: int) -> Exponentials:
        """Return a power of the field."""
        return cls({(exponent, 0j): 1.0 + 0.0j})

    def times(self, other: Exponentials) -> Exponentials:
        """Multiply two functions of the same field."""
        items: dict[Key, complex] = {}
        for (a, r), c in self.items.items():
            for (b, s), d in other.items.items():
                items[a + b, r + s] = items.get((a + b, r + s), 0j) + c * d
        return Exponentials(items)

    def estimate(self, samples: Array, variance: Any) -> Array:
        """Return the estimate of the function of the field without noise, at every sample."""
        return self._total({key: c for key, c in self.items.items() if c}, samples, variance)

    def covariance(self, other: Exponentials, samples: Array, variance: Any) -> Array | None:
        """Return the estimated covariance of the errors of two functions, None where it vanishes.

        Parameters
        ----------
        other : Exponentials
            Another function of the same field.
        samples : array
            Of the field.
        variance : float or array
            Of its noise.

        Returns
        -------
        array or None
            At every sample.
        """
        items: dict[Key, Any] = {}
        for (a, r), c in self.items.items():
            for (b, s), d in other.items.items():
                for power, factor in _covariance(a, r, b, s, variance):
                    key = (power, r + s)
                    items[key] = items.get(key, 0j) + c * d * factor
        return self._total(items, samples, variance) if items else None

    @staticmethod
    def _total(items: Mapping[Key, Any], samples: Array, variance: Any) -> Array:
        total: Any = 0.0
        for (power, rate), factor in items.items():
            # Of two conjugates the real part is the same.
            if rate.imag < 0.0:
                continue
            part = factor * _estimate(power, rate, samples, variance)
            total = total + (2.0 * part.real if rate.imag else np.real(part))
        return total


def _estimate(power: int, rate: complex, samples: Array, variance: Any) -> Array:
    if not rate:
        return _hermite(power, samples, variance)
    exact = rate.real if not rate.imag else rate
    return np.exp(exact * samples - 0.5 * exact**2 * variance) * _hermite(power, samples - exact * variance, variance)


def _hermite(power: int, samples: Array, variance: Any) -> Array:
    before, now = 0.0, samples * 0.0 + 1.0
    for n in range(power):
        before, now = now, samples * now - n * variance * before
    return now


def _covariance(a: int, r: complex, b: int, s: complex, variance: Any) -> list[tuple[int, Any]]:
    """Write the covariance of the estimates of two items as powers of the field times ``exp((r + s)*u)``."""
    if (not r and not a) or (not s and not b):
        return []
    grown = np.exp(variance * r * s)
    found = []
    for n in range(min(a, b) + 1):
        for i in range(a - n + 1):
            for j in range(b - n + 1):
                if not n and i == a and j == b:
                    if r * s:
                        found.append((a + b, np.expm1(variance * r * s)))
                    continue
                left = comb(a - n, i) * (variance * s) ** (a - n - i)
                right = comb(b - n, j) * (variance * r) ** (b - n - j)
                factor = variance**n / factorial(n) * perm(a, n) * perm(b, n) * left * right
                if np.any(factor):
                    found.append((i + j, grown * factor))
    return found
