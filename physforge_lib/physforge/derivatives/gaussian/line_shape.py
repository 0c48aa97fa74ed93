"""Axes on which a field varies faster, or more, in one place than in another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.basis import STANDARD_DIGITS, Basis

#: Chebyshev nodes that integrate the speed, to round-off for all speeds of the prior.
_NODES = 160


@dataclass(frozen=True, eq=False)
class Shape:
    """A smooth monotonic change of the coordinate, and a factor that grows exponentially.

    The changed coordinate ``tau`` runs from -1 to 1 like the standardised one, ``s``. Its speed
    is ``exp(sum of c_k cos(k pi (s + 1) / 2))``, times what makes it end at 1. The factor is
    ``exp(growth s)``.

    Parameters
    ----------
    speeds : numpy.ndarray of shape (k,)
        The coefficients c_1, c_2, ...
    growth : float
        Rate of the factor.
    grows : bool
        Whether there is a factor; its rate may pass through zero.

    Notes
    -----
    A field that is stationary in ``tau``, times the factor, is prior to fronts between flat
    parts, to chirps, and to decays.

    References
    ----------
    P. D. Sampson and P. Guttorp, Nonparametric estimation of nonstationary spatial covariance
    structure, Journal of the American Statistical Association 87 (1992) 108-119.
    """

    speeds: Float
    growth: float
    grows: bool

    def times(self, points: Float, highest: int) -> list[Float]:
        """Return the changed coordinate and its derivatives.

        Parameters
        ----------
        points : numpy.ndarray of shape (n,)
            Standardised coordinates, from -1 to 1.
        highest : int
            Order of the last derivative.

        Returns
        -------
        list of numpy.ndarray of shape (n,)
            Of order 0, 1, ..., `highest`.
        """
        if not len(self.speeds):
            return [points, *(np.full_like(points, float(order == 1)) for order in range(1, highest + 1))]
        speed = np.exp(self.speeds @ cosines(len(self.speeds), _nodes()))
        length = float(_integrals(np.ones(1))[0] @ speed)
        found = [2.0 * (_integrals(points) @ speed) / length - 1.0]
        logs = [self.speeds @ cosines(len(self.speeds), points, order) for order in range(highest)]
        for order in range(1, highest + 1):
            if order == 1:
                found.append(2.0 / length * np.exp(logs[0]))
                continue
            terms = [math.comb(order - 2, j) * logs[order - 1 - j] * found[1 + j] for j in range(order - 1)]
            found.append(np.sum(terms, axis=0))
        return found

    def factors(self, points: Float, highest: int) -> list[Float]:
        """Return the factor and its derivatives; see `times`."""
        return [self.growth**order * np.exp(self.growth * points) for order in range(highest + 1)]


@dataclass(frozen=True, eq=False)
class ShapedBasis(Basis):
    """Functions of a changed coordinate, times a factor.

    Parameters
    ----------
    shape : Shape
        The change and the factor. Where there is one, a constant and a slope without it come first.
    """

    shape: Shape

    @property
    def trends(self) -> int:
        """Number of trend functions, which come first."""
        return 4 if self.shape.grows else 2

    def at(self, points: Float, order: int = 0) -> Float:
        """See `Basis.at`; exact derivatives, by the rules of Faa di Bruno and Leibniz."""
        s = np.round((points - self.centre) / self.half, STANDARD_DIGITS)
        times, factors = self.shape.times(s, order), self.shape.factors(s, order)
        plain = Basis(0.0, 1.0, self.count, periodic=False)
        inner = [plain.functions(times[0], k) for k in range(order + 1)]
        bell = _bell(times)
        total = np.zeros_like(inner[0])
        for k in range(order + 1):
            composed = sum((bell[k][j][:, None] * inner[j] for j in range(k + 1)), np.zeros_like(total))
            total += math.comb(order, k) * factors[order - k][:, None] * composed
        if self.trends == plain.trends:
            return total
        return np.hstack([plain.functions(s, order)[:, : plain.trends], total])


def cosines(count: int, points: Float, order: int = 0) -> Float:
    """Return the functions that make up the logarithm of the speed.

    Parameters
    ----------
    count : int
        How many.
    points : numpy.ndarray of shape (n,)
        Standardised coordinates.
    order : int, default 0
        Order of the derivative.

    Returns
    -------
    numpy.ndarray of shape (count, n)
        Values.
    """
    waves = 0.5 * np.pi * np.arange(1, count + 1)[:, None]
    return np.asarray(waves**order * np.cos(waves * (points + 1.0) + 0.5 * np.pi * order), dtype=np.float64)


class Clock:
    """Changed coordinates of fixed points, with their derivatives in the coefficients.

    Parameters
    ----------
    count : int
        Number of coefficients.
    points : numpy.ndarray of shape (n,)
        Standardised coordinates.
    """

    def __init__(self, count: int, points: Float) -> None:
        self._rule = np.vstack([_integrals(points), _integrals(np.ones(1))])
        self._parts = cosines(count, _nodes())

    def read(self, speeds: Float) -> tuple[Float, Float]:
        """Return the changed coordinates, shape (n,), and their derivatives, shape (count, n)."""
        speed = np.exp(speeds @ self._parts)
        passed = self._rule @ speed
        changes = (self._parts * speed) @ self._rule.T
        share = passed[:-1] / passed[-1]
        return 2.0 * share - 1.0, 2.0 * (changes[:, :-1] - share * changes[:, -1:]) / passed[-1]


def _bell(times: list[Float]) -> list[list[Float]]:
    """Return the partial Bell polynomials of the derivatives of a coordinate: [n][k]."""
    one, zero = np.ones_like(times[0]), np.zeros_like(times[0])
    table = [[one]]
    for n in range(1, len(times)):
        row = [zero]
        for k in range(1, n + 1):
            terms = [math.comb(n - 1, i - 1) * times[i] * table[n - i][k - 1] for i in range(1, n - k + 2)]
            row.append(np.sum(terms, axis=0))
        table.append(row)
    return table


@lru_cache(maxsize=1)
def _nodes() -> Float:
    return np.asarray(chebyshev.chebpts1(_NODES), dtype=np.float64)


@lru_cache(maxsize=1)
def _antiderivatives() -> Float:
    """Return Chebyshev coefficients of the integral from -1, for values at the nodes, shape (nodes + 1, nodes)."""
    series = 2.0 / _NODES * chebyshev.chebvander(_nodes(), _NODES - 1).T
    series[0] *= 0.5
    return np.asarray(chebyshev.chebint(series, lbnd=-1, axis=0), dtype=np.float64)


def _integrals(points: Float) -> Float:
    """Return the rule that integrates from -1 to each point what is known at the nodes, shape (n, nodes)."""
    return np.asarray(chebyshev.chebvander(points, _NODES) @ _antiderivatives(), dtype=np.float64)
