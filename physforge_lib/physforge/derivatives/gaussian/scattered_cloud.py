"""Scattered samples in standard units, with the basis of each axis."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.gaussian.basis import ENLARGEMENT, STANDARD_DIGITS, Basis, basis_of
from physforge.derivatives.gaussian.kernels import Kernel
from physforge.derivatives.points import Points

#: Functions of an axis: so many for each sample that one finds along it, and bounds.
_DENSITY, _FEWEST, _MOST = 4.0, 64, 400

#: Half-width of the standard interval over that of the samples. It moves the ends of the basis, where its
#: functions vanish, to twice the samples' half-width: with few samples they are felt farther than on grids.
_WIDER = 4.0 / 3.0

#: Least sd of a sample, over that of all: one without noise would outweigh all others.
_LEAST_SD = 1e-6


@dataclass(frozen=True, eq=False)
class Cloud:
    """Samples of mean zero and unit variance at points of standardised coordinates.

    The prior covariance is the product over the axes of those that `Basis.weights` gives, whose
    tensor product of functions is never formed, and a plane. On a grid each axis has its trend instead; products of
    a trend and a kernel would give scattered samples twice as much to determine at the edges.

    Parameters
    ----------
    bases : tuple of Basis
        One for each axis.
    points : tuple of numpy.ndarray of shape (n,)
        Coordinates of the samples that are there, in their own units.
    functions : tuple of numpy.ndarray of shape (n, m)
        The basis functions at the samples.
    values : numpy.ndarray of shape (n,)
        Standardised samples.
    noise : numpy.ndarray of shape (n,)
        Variance of each sample's noise: as given, or 1 where only the common size is sought.
    known : bool
        Whether `noise` is to be kept as it is.
    offset, scale : float
        Mean and sd of the samples, in their unit.
    """

    bases: tuple[Basis, ...]
    points: tuple[Float, ...]
    functions: tuple[Float, ...]
    values: Float
    noise: Float
    known: bool
    offset: float
    scale: float

    def unit(self, orders: tuple[int, ...]) -> float:
        """Return the unit of a derivative of the standardised field."""
        return self.scale / float(np.prod([basis.half**order for basis, order in zip(self.bases, orders, strict=True)]))

    def weights(self, kernel: Kernel, lengths: tuple[float, ...]) -> list[tuple[Float, Float]]:
        """Return prior variances of each axis's functions, and their changes with its length."""
        weights = []
        for basis, length in zip(self.bases, lengths, strict=True):
            variances, changes = basis.weights(kernel, length)
            if not basis.periodic:
                variances[: basis.trends] = 0.0
            weights.append((variances, changes))
        return weights


def plane(bases: tuple[Basis, ...], points: tuple[Float, ...], orders: tuple[int, ...]) -> Float:
    """Return a derivative of the functions of a plane, which have the field's prior variance each.

    Parameters
    ----------
    bases : tuple of Basis
        One for each axis.
    points : tuple of numpy.ndarray of shape (n,)
        Coordinates in their own units.
    orders : tuple of int
        Orders of the derivative, in standardised coordinates.

    Returns
    -------
    numpy.ndarray of shape (n, k)
        Of the constant, and of the coordinate of each axis without a period.
    """
    columns = [np.full(len(points[0]), float(not any(orders)))]
    for index, (basis, values) in enumerate(zip(bases, points, strict=True)):
        if not basis.periodic:
            along = orders[index]
            others = sum(orders) - along
            slope = np.round((values - basis.centre) / basis.half, STANDARD_DIGITS)
            if others or along > 1:
                slope = np.zeros(len(values))
            columns.append(np.ones(len(values)) if along == 1 and not others else slope)
    return np.column_stack(columns)


def positions(bases: tuple[Basis, ...], points: tuple[Float, ...]) -> Float:
    """Return standardised coordinates.

    Parameters
    ----------
    bases : tuple of Basis
        One for each axis.
    points : tuple of numpy.ndarray of shape (n,)
        Coordinates in their own units.

    Returns
    -------
    numpy.ndarray of shape (n, d)
        Within -1 and 1 among the samples; within one period, from 0 to 2, where there is one.
    """
    columns = []
    for basis, values in zip(bases, points, strict=True):
        standard = np.round((values - basis.centre) / basis.half, STANDARD_DIGITS)
        columns.append(np.mod(standard, 2.0) if basis.periodic else standard)
    return np.column_stack(columns)


def cloud_of(points: Points) -> Cloud:
    """Standardise scattered samples.

    Parameters
    ----------
    points : Points
        With some finite values.

    Returns
    -------
    Cloud
        Of those that are there; what follows from it does not depend on the units.
    """
    there = np.isfinite(points.values)
    raw = points.values[there]
    offset, scale = float(np.mean(raw)), float(np.std(raw)) or 1.0
    values = np.round((raw - offset) / scale, STANDARD_DIGITS)
    axes = [
        Axis(name, coordinate, period)
        for name, coordinate, period in zip(points.names, points.coordinates, points.periods, strict=True)
    ]
    bases = tuple(_widened(basis_of(axis, count)) for axis, count in zip(axes, _counts(points, there), strict=True))
    present = tuple(coordinate[there] for coordinate in points.coordinates)
    noise = np.ones(len(raw))
    if points.sd is not None:
        noise = np.maximum(np.round(points.sd[there] / scale, STANDARD_DIGITS), _LEAST_SD) ** 2
    functions = tuple(basis.at(place) for basis, place in zip(bases, present, strict=True))
    return Cloud(bases, present, functions, values, noise, points.sd is not None, offset, scale)


def _widened(basis: Basis) -> Basis:
    return basis if basis.periodic else replace(basis, half=_WIDER * basis.half)


def _counts(points: Points, there: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[int]:
    """Return how many functions of each axis the samples can tell apart."""
    size = int(np.count_nonzero(there))
    distinct = []
    for coordinate in points.coordinates:
        span = float(np.ptp(coordinate))
        distinct.append(len(np.unique(np.round((coordinate[there] - coordinate.min()) / span, 6))))
    counts = []
    for index, own in enumerate(distinct):
        # A few stations with long records resolve more in time than points spread evenly do.
        others = float(np.prod([count for other, count in enumerate(distinct) if other != index]))
        alone = max(size ** (1.0 / len(distinct)), size / others)
        counts.append(int(np.clip(_DENSITY * alone, _FEWEST, min(_MOST, max(_FEWEST, _WIDER * ENLARGEMENT * own + 8)))))
    return counts
