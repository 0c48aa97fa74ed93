"""Scattered samples of the fields of one run, integrated as what a smooth picture of them lacks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.discovery.regression import Indices
from physforge.discovery.weak.axis_cells import AxisCells
from physforge.discovery.weak.axis_functions import AxisFunctions
from physforge.discovery.weak.columns import Column
from physforge.discovery.weak.noise_free import Powers
from physforge.discovery.weak.rows import Rows, integrate
from physforge.discovery.weak.source import Source

#: Samples that are integrated at a time, to bound memory.
_CHUNK = 20_000


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples of the fields anywhere in space and time.

    Parameters
    ----------
    places : tuple of numpy.ndarray of shape (n,)
        Their coordinates, in the order of the axes.
    shares : numpy.ndarray of shape (n,)
        Part of the volume that each stands for.
    values : sequence of numpy.ndarray of shape (n,)
        Of each field.
    smooth : sequence of numpy.ndarray of shape (n,)
        Of the picture of each field, at the samples, drawn without the sample itself.
    noises : sequence of float or array of shape (n,)
        Variance of the noise of each field.
    """

    places: tuple[Float, ...]
    shares: Float
    values: Sequence[Float]
    smooth: Sequence[Float]
    noises: Sequence[float | Float]

    def __len__(self) -> int:
        return len(self.shares)

    def where(self, kept: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] | slice) -> Samples:
        """Return some of the samples."""
        return Samples(
            tuple(place[kept] for place in self.places),
            self.shares[kept],
            [one[kept] for one in self.values],
            [one[kept] for one in self.smooth],
            [one[kept] if isinstance(one, np.ndarray) else one for one in self.noises],
        )


@dataclass(frozen=True, eq=False)
class Scattered(Source):
    """Scattered samples, with a smooth picture of them on a grid.

    `fields` and `variances` are what a grid would show that tells as much of each frequency as
    the samples do: the picture under noise that is larger the more points the grid has.

    Parameters
    ----------
    picture : sequence of numpy.ndarray
        The smooth picture of each field on the grid.
    samples : Samples
        What was measured, inside the grid.
    spacings : sequence of float, default ()
        Distance between samples along each axis; by default that of the grid's points.
    """

    picture: Sequence[Float]
    samples: Samples
    spacings: Sequence[float] = field(default=(), kw_only=True)

    @property
    def noise(self) -> list[float]:
        """Root mean square of the noise of each field."""
        return [math.sqrt(float(np.mean(one))) for one in self.samples.noises]

    def spacing(self, index: int) -> float:
        """Return the mean distance between samples along one axis."""
        return self.spacings[index] if self.spacings else super().spacing(index)

    def parts(self, count: int) -> list[Source]:
        """Divide the first axis into stretches of equal length, each with the samples inside it."""
        if count == 1:
            return [self]
        first = self.axes[0]
        edges = [round(index * len(first) / count) for index in range(count + 1)]
        return [self._stretch(low, high) for low, high in itertools.pairwise(edges)]

    def _stretch(self, low: int, high: int) -> Scattered:
        part = slice(low, high)
        cut, first = self.slab(part), self.axes[0]
        axis = Axis(first.name, first.points[part], None)
        times = self.samples.places[0]
        inside = (times >= axis.points[0]) & (times <= axis.points[-1])
        return replace(
            self,
            axes=[axis, *self.axes[1:]],
            fields=cut.fields,
            variances=cut.variances,
            picture=[one[part] for one in self.picture],
            samples=self.samples.where(inside),
        )


def integrate_source(source: Source, functions: Sequence[AxisFunctions], columns: Sequence[Column]) -> Rows:
    """Integrate every column against the test functions, on a grid or over scattered samples.

    Parameters
    ----------
    source : Source
        Samples on a grid, or `Scattered`.
    functions : sequence of AxisFunctions
        Along each axis of the source.
    columns : sequence of Column
        What is wanted.

    Returns
    -------
    Rows
        See `integrate`, and `integrate_points` for scattered samples.
    """
    if isinstance(source, Scattered):
        return integrate_points(source, functions, columns)
    return integrate(source, functions, columns)


def integrate_points(source: Scattered, functions: Sequence[AxisFunctions], columns: Sequence[Column]) -> Rows:
    """Integrate the picture on its grid, and add what the samples say beyond it.

    The integral of a power is that of the picture's power, and a sum over the samples of what
    the estimate of the power without noise differs from the picture's, times the share of the
    volume that a sample stands for. Where the picture is poor the sum makes up for it, since
    the places are as good as drawn; where it is good the sum adds the noise of each sample,
    independent of all others, as on a grid.

    Parameters
    ----------
    source : Scattered
        The samples and their picture.
    functions : sequence of AxisFunctions
        Along each axis of its grid.
    columns : sequence of Column
        What is wanted.

    Returns
    -------
    Rows
        Its covariances are those of a sample of the grid that gave the same errors.

    References
    ----------
    P. Glasserman, Monte Carlo Methods in Financial Engineering, Springer 2004, section 4.1:
    control variates, and section 4.3 on strata.
    """
    picture = Source(
        source.axes,
        source.picture,
        [0.0] * len(source.picture),
        weights=source.weights,
        functions=source.functions,
    )
    rows = integrate(picture, functions, columns)
    values, totals = rows.values.copy(), {pair: np.zeros(one.shape) for pair, one in rows.spread.items()}
    for start in range(0, len(source.samples), _CHUNK):
        part = source.samples.where(slice(start, start + _CHUNK))
        lacking = _lacking(source, part, columns)
        values += _beyond(lacking, part, functions, columns)
        cells = _cells_of(part, rows.cells)
        for (first, second), total in totals.items():
            # As what the picture lacks differs from place to place, each sample speaks for itself.
            total += np.bincount(cells, lacking[first] * lacking[second], minlength=len(total))
    volume = math.prod(abs(axis.spacing) for axis in source.axes)
    sizes = _product([one.sizes.astype(np.float64) for one in rows.cells])
    return Rows(rows.functions, rows.columns, values, {pair: one / (sizes * volume**2) for pair, one in totals.items()})


def _lacking(source: Scattered, samples: Samples, columns: Sequence[Column]) -> dict[Powers, Float]:
    """Return what products of powers, freed of noise, differ from those of the picture, times the samples' shares."""
    free = source.factors(samples.values, samples.noises, samples.places)
    smooth = source.factors(samples.smooth, [0.0] * len(samples.smooth), samples.places)
    distinct = dict.fromkeys(column.powers for column in columns)
    return {powers: samples.shares * (free.product(powers) - smooth.product(powers)) for powers in distinct}


def _beyond(
    lacking: Mapping[Powers, Float],
    samples: Samples,
    functions: Sequence[AxisFunctions],
    columns: Sequence[Column],
) -> Float:
    """Sum over samples what the picture lacks, for each column; shape (rows, columns)."""
    kept: dict[tuple[int, int], Float] = {}
    sums = []
    for column in columns:
        for axis, order in enumerate(column.orders):
            if (axis, order) not in kept:
                kept[axis, order] = functions[axis].at(samples.places[axis], order)
        first, *others = (kept[axis, order] for axis, order in enumerate(column.orders))
        # Along the last axes one row a product of functions; the first is summed by a matrix product.
        inner = others[0] if others else np.ones((1, len(samples)))
        for one in others[1:]:
            inner = (inner[:, None, :] * one[None, :, :]).reshape(-1, len(samples))
        sums.append(column.factor * ((first * lacking[column.powers]) @ inner.T).reshape(-1))
    return np.column_stack(sums)


def _cells_of(samples: Samples, cells: Sequence[AxisCells]) -> Indices:
    """Return the cell of each sample, that of the nearest point of the grid."""
    index = np.zeros(len(samples), dtype=np.intp)
    for place, one in zip(samples.places, cells, strict=True):
        axis = one.functions.axis
        nearest = np.rint((place - axis.points[0]) / axis.spacing).astype(np.intp)
        nearest = np.mod(nearest, len(axis)) if axis.period else np.clip(nearest, 0, len(axis) - 1)
        index = index * len(one) + one.places[nearest]
    return index


def _product(along: Sequence[Float]) -> Float:
    """Return the products of one entry of each array, the last array fastest."""
    total = np.ones(1)
    for one in along:
        total = np.multiply.outer(total, one).reshape(-1)
    return total
