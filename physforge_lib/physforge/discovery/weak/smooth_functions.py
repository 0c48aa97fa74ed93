"""Functions of one noisy field for which noise is taken off to second order in its variance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.weak.exponentials import FieldFunction
from physforge.equations.arithmetic import atom, call, multiply, number, power
from physforge.equations.calculus import partial_derivative
from physforge.equations.expression import Expression, Symbol
from physforge.equations.text import expression_text
from physforge.errors import DiscoveryError
from physforge.features.columns import Columns

if TYPE_CHECKING:
    from physforge.discovery.weak.source import Source

#: Share of a function's rms that the last term of its correction may have.
_BEARABLE = 0.02


@dataclass(frozen=True)
class SmoothFunction:
    """Any function of one field that can be differentiated.

    Parameters
    ----------
    field : int
        Which field.
    name : str
        Of the field.
    expression : Expression
        The function.
    """

    field: int
    name: str
    expression: Expression


@dataclass(frozen=True, eq=False)
class SmoothProduct:
    """A product of functions of one field, with estimates that are right to second order.

    Parameters
    ----------
    expression : Expression
        In the field alone.
    name : str
        Of the field.

    Notes
    -----
    For noise of variance v, ``f - v/2*f'' + v**2/8*f''''`` at a noisy sample has the expectation
    of f without noise, but for terms in v**3. The covariance of two such estimates has the
    estimate ``v*f'*g' - v**2/2*(f'''*g' + f''*g'' + f'*g''')``.
    """

    expression: Expression
    name: str
    _derivatives: dict[int, Expression] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, exponent: int, functions: Sequence[tuple[FieldFunction | SmoothFunction, int]], name: str
    ) -> SmoothProduct:
        """Multiply a power of the field by powers of functions of it."""
        total = power(atom(Symbol(name)), exponent) if exponent else number(1.0)
        for one, times in functions:
            if times:
                total = multiply(total, power(_expression(one, name), times))
        return cls(total, name)

    def estimate(self, samples: Float, variance: Any) -> Float:
        """Return the estimate of the function of the field without noise, at every sample."""
        values = self.at(samples)
        estimate: Float = values(0) - 0.5 * variance * values(2) + 0.125 * variance**2 * values(4)
        return estimate

    def covariance(self, other: SmoothProduct, samples: Float, variance: Any) -> Float | None:
        """Return the estimated covariance of the errors of two products, None where it vanishes."""
        if not self.derivative(1).items or not other.derivative(1).items:
            return None
        f, g = self.at(samples), other.at(samples)
        second = f(3) * g(1) + f(2) * g(2) + f(1) * g(3)
        shared: Float = variance * f(1) * g(1) - 0.5 * variance**2 * second
        return shared

    def at(self, samples: Float) -> _Derivatives:
        """Evaluate it, and its derivatives, at samples."""
        return _Derivatives(self, samples)

    def derivative(self, order: int) -> Expression:
        """Differentiate it by the field."""
        if not order:
            return self.expression
        if order not in self._derivatives:
            self._derivatives[order] = partial_derivative(self.derivative(order - 1), Symbol(self.name))
        return self._derivatives[order]


@dataclass(frozen=True, eq=False)
class _Derivatives:
    """Values of derivatives at samples, which share what they have in common."""

    product: SmoothProduct
    samples: Float

    @cached_property
    def _columns(self) -> Columns:
        return Columns({self.product.name: np.ravel(self.samples)}, np.size(self.samples))

    def __call__(self, order: int) -> Float:
        values = np.empty(np.size(self.samples))
        with np.errstate(all="ignore"):
            self._columns.total(self.product.derivative(order), values)
        return values.reshape(np.shape(self.samples))


def refuse_noise(source: Source, functions: Sequence[FieldFunction | SmoothFunction]) -> None:
    """Refuse functions that bend so much that their correction for noise is not small.

    Parameters
    ----------
    source : Source
        The fields, of which the first samples are looked at.
    functions : sequence of FieldFunction or SmoothFunction
        Only the latter are corrected by a series.

    Raises
    ------
    DiscoveryError
        If a function has no value at some samples, or the series does not converge fast.
    """
    slab = source.slab(source.slabs[0])
    for one in functions:
        if isinstance(one, FieldFunction):
            continue
        samples = np.asarray(slab.fields[one.field], dtype=np.float64)
        variance = np.asarray(slab.variances[one.field], dtype=np.float64)
        values = SmoothProduct(one.expression, one.name).at(samples)
        text, last = expression_text(one.expression), 0.125 * variance**2 * values(4)
        if not (np.isfinite(values(0)).all() and np.isfinite(last).all()):
            raise DiscoveryError(
                f"{text} has no value at some samples of {one.name!r}; leave it out with CandidateLibrary(exclude=...)."
            )
        share = math.sqrt(float(np.mean(last**2)) / max(float(np.mean(values(0) ** 2)), 1e-300))
        if share > _BEARABLE:
            raise DiscoveryError(
                f"The noise of {one.name!r} is too large for {text}: what it adds can only be taken off where the "
                f"function bends little over the noise, and the last term of the series is {share:.0%} of it, not "
                f"below {_BEARABLE:.0%}. Leave the term out with CandidateLibrary(exclude=...), or measure more "
                "exactly; sines, cosines and exponentials bear any noise."
            )


def _expression(function: FieldFunction | SmoothFunction, name: str) -> Expression:
    if isinstance(function, SmoothFunction):
        return function.expression
    return call(function.function, multiply(number(function.rate), atom(Symbol(name))))
