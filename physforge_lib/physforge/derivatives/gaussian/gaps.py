"""Condition on a grid with gaps, or with noise that varies from sample to sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.gaussian.posterior import Posterior

#: Most modes that are conditioned jointly; the cost goes with their square.
_MODES = 800

#: Share of its prior variance that a mode must lose to the samples to be among them.
_LOSS = 0.01

#: Samples that are treated at a time, to bound memory.
_CHUNK = 4096

Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Joint:
    """A posterior whose modes are correlated, because the samples are not a full grid.

    Parameters
    ----------
    rest : Posterior
        Of the modes that are not conditioned jointly, on the filled grid.
    chosen : tuple of numpy.ndarray of shape (k,)
        Place of each jointly conditioned mode, for each axis.
    roots : numpy.ndarray of shape (k,)
        Their prior sd.
    means : numpy.ndarray of shape (k,)
        Their posterior means, over the prior sd.
    factor : numpy.ndarray of shape (k, k)
        Lower Cholesky factor of their precision, over the prior's.
    """

    rest: Posterior
    chosen: tuple[Indices, ...]
    roots: Float
    means: Float
    factor: Float

    def derivative(self, axes: Sequence[Axis], orders: Sequence[int]) -> tuple[Float, Float]:
        """Return a derivative at every point of the grid; see `Posterior.derivative`."""
        from scipy.linalg import solve_triangular

        mean, variance = self.rest.derivative(axes, orders)
        modes = _modes(self.rest, axes, orders, self.chosen)
        for places in _chunks(np.arange(mean.size)):
            rows = _rows(modes, mean.shape, places) * self.roots
            mean.flat[places] += rows @ self.means
            spread = solve_triangular(self.factor, rows.T, lower=True)
            variance.flat[places] += np.sum(spread**2, axis=0)
        return mean, variance


def condition_jointly(filled: Posterior, axes: Sequence[Axis], values: Float, noise: Float) -> Joint:
    """Condition on the samples that are there, each with its own noise.

    Parameters
    ----------
    filled : Posterior
        Given the grid with its gaps filled. Modes that hardly anything is learnt about,
        or beyond the first 800, keep what it says.
    axes : sequence of Axis
        The grid, each point of a period once.
    values : numpy.ndarray
        Samples; NaN where missing.
    noise : numpy.ndarray
        Variance of each sample's noise, same shape.

    Returns
    -------
    Joint
        Exact in the modes that are conditioned jointly.
    """
    left = filled.variances / filled.priors
    order = np.argsort(left, axis=None, kind="stable")[:_MODES]
    order = order[left.flat[order] < 1.0 - _LOSS]
    chosen = np.unravel_index(order, left.shape)
    means, variances = filled.means.copy(), filled.variances.copy()
    means[chosen], variances[chosen] = 0.0, 0.0
    rest = Posterior(filled.data, filled.mixing, filled.priors, means, variances, filled.noise)
    flat = (0,) * len(axes)
    remaining = values - rest.derivative(axes, flat)[0]
    modes, roots = _modes(filled, axes, flat, chosen), np.sqrt(filled.priors[chosen])
    precision, moment = np.eye(len(order)), np.zeros(len(order))
    for places in _chunks(np.flatnonzero(np.isfinite(values))):
        rows = _rows(modes, values.shape, places) * roots
        weighted = rows.T / noise.flat[places]
        precision += weighted @ rows
        moment += weighted @ remaining.flat[places]
    factor = np.asarray(np.linalg.cholesky(precision), dtype=np.float64)
    weights = np.asarray(np.linalg.solve(precision, moment), dtype=np.float64)
    return Joint(rest, chosen, roots, weights, factor)


def fill(values: Float, axes: Sequence[Axis]) -> Float:
    """Fill gaps by straight lines, averaged over the axes.

    Parameters
    ----------
    values : numpy.ndarray
        Samples; NaN where missing.
    axes : sequence of Axis
        The grid.

    Returns
    -------
    numpy.ndarray
        A first guess for the missing samples, zero where no line through them has any.

    Examples
    --------
    >>> fill(np.array([1.0, np.nan, 3.0]), [Axis("t", np.arange(3.0))]).tolist()
    [1.0, 2.0, 3.0]
    """
    total, count = np.zeros(values.shape), np.zeros(values.shape)
    for index, axis in enumerate(axes):
        place = np.argsort(axis.points)
        lines, sums, counts = (np.moveaxis(array, index, -1) for array in (values, total, count))
        for line in np.ndindex(lines.shape[:-1]):
            there = place[np.isfinite(lines[line][place])]
            if len(there):
                sums[line] += np.interp(axis.points, axis.points[there], lines[line][there])
                counts[line] += 1.0
    return np.where(np.isfinite(values), values, total / np.maximum(count, 1.0))


def _modes(posterior: Posterior, axes: Sequence[Axis], orders: Sequence[int], chosen: Sequence[Indices]) -> list[Float]:
    return [
        (factor.basis.at(axis.points, order) @ mixing)[:, columns]
        for factor, axis, order, mixing, columns in zip(
            posterior.data.factors, axes, orders, posterior.mixing, chosen, strict=True
        )
    ]


def _rows(modes: Sequence[Float], shape: tuple[int, ...], places: Indices) -> Float:
    """Return the modes at some places of the grid, shape (places, modes)."""
    rows = np.ones((len(places), modes[0].shape[1]))
    for along, points in zip(modes, np.unravel_index(places, shape), strict=True):
        rows *= along[points]
    return rows


def _chunks(places: Indices) -> Iterator[Indices]:
    for start in range(0, len(places), _CHUNK):
        yield places[start : start + _CHUNK]
