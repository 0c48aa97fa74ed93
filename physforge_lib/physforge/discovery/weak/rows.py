"""Samples integrated against test functions: one row a function, one column a term."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.discovery.regression import Indices
from physforge.discovery.weak.axis_cells import AxisCells
from physforge.discovery.weak.axis_functions import AxisFunctions
from physforge.discovery.weak.columns import Column
from physforge.discovery.weak.noise_free import NoiseFree, Powers
from physforge.discovery.weak.source import Slab, Source
from physforge.errors import DiscoveryError
from physforge.progress import track

#: Functions over a half-width: that many are aimed at, and no more than the other make sense.
_DENSITY, CLOSEST = 2.0, 4.0

#: Most by which functions are widened, and parts into which time is divided, to cover the data
#: with the rows that are wanted.
_WIDER, _MOST_PARTS = 2.0, 4

#: Fewest functions along an axis.
_FEWEST = 6

Orders = tuple[int, ...]

#: Integrals of all columns, and sums of the covariances in the cells.
Sums = tuple[Float, Float]
Share = Callable[[], Sums]

#: Shares of slabs that are added at a time.
_ADDED = 8


@dataclass(frozen=True, eq=False)
class Rows:
    """The weak form of every column, and the errors that noise makes in it.

    Parameters
    ----------
    functions : tuple of AxisFunctions
        Along each axis; a test function is a product of one of each.
    columns : tuple of Column
        Terms, the targets among them.
    values : numpy.ndarray of shape (rows, columns)
        Their integrals against the test functions.
    spread : dict
        Covariance of the errors of two products of powers, for each pair, averaged over the
        samples of each cell: shape (cells,), see `cells`.
    """

    functions: tuple[AxisFunctions, ...]
    columns: tuple[Column, ...]
    values: Float
    spread: dict[tuple[Powers, Powers], Float]
    _about: dict[tuple[Powers, Powers], Float] = field(default_factory=dict, repr=False)

    @cached_property
    def cells(self) -> tuple[AxisCells, ...]:
        """The cells along each axis; the last axis runs fastest."""
        return AxisCells.along(self.functions)

    def covariance(self, first: Powers, second: Powers) -> Float:
        """Return the covariance of the samples' errors of two products, about each test function."""
        pair = _ordered(first, second)
        if pair not in self._about:
            averaged = self.spread[pair].reshape([len(one) for one in self.cells])
            for axis, one in enumerate(self.cells):
                averaged = np.moveaxis(np.tensordot(one.averages, averaged, axes=(1, axis)), 0, axis)
            self._about[pair] = averaged.reshape(-1)
        return self._about[pair]

    def covariance_in_cells(self, first: int, second: int) -> Float:
        """Return the covariance of the samples' errors of two columns, in each cell."""
        a, b = self.columns[first], self.columns[second]
        return a.factor * b.factor * self.spread[_ordered(a.powers, b.powers)]

    @cached_property
    def mean_covariance(self) -> Float:
        """The covariance of the samples' errors of two columns, averaged over all rows, shape (columns, columns)."""
        means = {pair: float(np.mean(self.covariance(*pair))) for pair in self.spread}
        return np.array(
            [[a.factor * b.factor * means[_ordered(a.powers, b.powers)] for b in self.columns] for a in self.columns]
        )

    @cached_property
    def kinds(self) -> list[Orders]:
        """Orders of derivatives that occur in the columns."""
        return list(dict.fromkeys(column.orders for column in self.columns))

    @cached_property
    def places(self) -> Indices:
        """Place in `kinds` of each column, shape (columns,)."""
        return np.array([self.kinds.index(column.orders) for column in self.columns])

    @cached_property
    def traces(self) -> Float:
        """Traces of overlaps of the first two kinds times those of the other two, shape (k, k, k, k)."""
        found: Float = np.ones((len(self.kinds),) * 4)
        for axis, one in enumerate(self.functions):
            orders = [kind[axis] for kind in self.kinds]
            different = sorted(set(orders))
            flat = np.array([one.overlap(a, b).reshape(-1) for a in different for b in different])
            turned = np.array([one.overlap(a, b).T.reshape(-1) for a in different for b in different])
            table = (flat @ turned.T).reshape((len(different),) * 4)
            which = np.array([different.index(order) for order in orders])
            found *= table[np.ix_(which, which, which, which)]
        return found

    def summed_covariance(self, weights: Float, cells: slice) -> Float:
        """Sum the covariances of the samples' errors of columns over cells.

        Parameters
        ----------
        weights : numpy.ndarray of shape (kinds, kinds, cells)
            Of these cells, for the kinds of the two columns.
        cells : slice
            Which cells.

        Returns
        -------
        numpy.ndarray of shape (columns, columns)
        """
        products = list(dict.fromkeys(column.powers for column in self.columns))
        pairs = [_ordered(a, b) for a in products for b in products]
        sums = np.array([self.spread[pair][cells] for pair in pairs]) @ weights.reshape(-1, weights.shape[2]).T
        which = np.array([products.index(column.powers) for column in self.columns])
        factors = np.array([column.factor for column in self.columns])
        rows = which[:, None] * len(products) + which
        return np.asarray(
            np.outer(factors, factors) * sums[rows, self.places[:, None] * len(self.kinds) + self.places],
            dtype=np.float64,
        )

    def overlap(self, first: Orders, second: Orders) -> list[Float]:
        """Return, for each axis, the overlaps of the functions' derivatives of two orders."""
        return [one.overlap(a, b) for one, a, b in zip(self.functions, first, second, strict=True)]


@dataclass(frozen=True)
class Layout:
    """How test functions cover a grid.

    Parameters
    ----------
    half_widths : tuple of float
        Reach of a function along each axis.
    parts : int
        Stretches of time, which share no samples, that are integrated apart.
    """

    half_widths: tuple[float, ...]
    parts: int


def plan_layout(axes: Sequence[Axis], half_widths: Sequence[float], widest: Sequence[float], rows: int) -> Layout:
    """Widen test functions, and divide long data, until the rows that are wanted cover them.

    Parameters
    ----------
    axes : sequence of Axis
        The grid.
    half_widths, widest : sequence of float
        Reach of a function along each axis: as the detail of the data asks for, and at most.
    rows : int
        Rows wanted; so many in each part.

    Returns
    -------
    Layout
        With one part where that is enough.
    """
    reaches = list(half_widths)

    def needed() -> float:
        return math.prod(max(_DENSITY * _inside(a, r), 1.0) for a, r in zip(axes, reaches, strict=True))

    factor = min(max(needed() / rows, 1.0) ** (1.0 / len(axes)), _WIDER)
    reaches = [min(factor * one, max(one, most)) for one, most in zip(reaches, widest, strict=True)]
    room = int(abs(axes[0].points[-1] - axes[0].points[0]) / (6.0 * reaches[0]))
    return Layout(tuple(reaches), max(1, min(math.ceil(needed() / rows), _MOST_PARTS, room)))


def place_functions(axes: Sequence[Axis], half_widths: Sequence[float], rows: int) -> tuple[AxisFunctions, ...]:
    """Spread test functions over a grid.

    Parameters
    ----------
    axes : sequence of Axis
        The grid, each point of a period once.
    half_widths : sequence of float
        Reach of a function along each axis.
    rows : int
        Products that are wanted.

    Returns
    -------
    tuple of AxisFunctions
        About so many, as close to each other along all axes in terms of their widths.
    """
    lengths = [_inside(axis, reach) for axis, reach in zip(axes, half_widths, strict=True)]
    density = min((rows / math.prod(max(length, 1.0) for length in lengths)) ** (1.0 / len(axes)), CLOSEST)
    return tuple(
        AxisFunctions.place(axis, reach, max(_FEWEST, round(density * length)))
        for axis, reach, length in zip(axes, half_widths, lengths, strict=True)
    )


def _inside(axis: Axis, reach: float) -> float:
    """Return the length in which centres can lie, in terms of the reach."""
    return max((axis.period or float(np.ptp(axis.points)) - 2.0 * reach) / reach, 1e-9)


def integrate(source: Source, functions: Sequence[AxisFunctions], columns: Sequence[Column]) -> Rows:
    """Integrate every column against the test functions, slab by slab of the first axis.

    Parameters
    ----------
    source : Source
        Samples on the grid.
    functions : sequence of AxisFunctions
        Along each axis of the grid.
    columns : sequence of Column
        What is wanted.

    Returns
    -------
    Rows
        In memory. Fields in dask arrays are reduced by dask, one task a slab; the sums are the same.

    Raises
    ------
    DiscoveryError
        If samples in dask arrays are missing.
    """
    pairs = sorted({_ordered(a.powers, b.powers) for a in columns for b in columns})
    shares = [partial(_integrate_slab, source.slab(part), functions, part, columns, pairs) for part in source.slabs]
    values, sums = _by_dask(shares) if source.lazy else _one_by_one(shares)
    sizes = [one.sizes for one in AxisCells.along(functions)]
    spreads = sums / functools.reduce(np.multiply.outer, sizes).reshape(-1)
    if not np.isfinite(values).all():
        raise DiscoveryError(
            "Samples in the dask arrays are missing or infinite; read the data into memory with ds.load(), where gaps "
            "are filled, or select a part without gaps."
        )
    return Rows(tuple(functions), tuple(columns), values, dict(zip(pairs, spreads, strict=True)))


def _integrate_slab(
    slab: Slab,
    functions: Sequence[AxisFunctions],
    part: slice,
    columns: Sequence[Column],
    pairs: Sequence[tuple[Powers, Powers]],
) -> Sums:
    """Return a slab's share of the integrals, and of the sums of the covariances in the cells."""
    fields = slab.load()
    integrals = _SlabIntegrals(fields, functions, part)
    values = np.column_stack([one.factor * integrals.of(one.powers, one.orders).reshape(-1) for one in columns])
    return values, _covariance_sums(fields, AxisCells.along(functions), part, pairs)


@dataclass(frozen=True, eq=False)
class _SlabIntegrals:
    """Integrals of products of powers over a slab; what several share is worked out once."""

    fields: NoiseFree
    functions: Sequence[AxisFunctions]
    part: slice
    _kept: dict[tuple[Powers, Orders], Float] = field(default_factory=dict, repr=False)

    def of(self, powers: Powers, orders: Orders) -> Float:
        """Integrate along the last axes, for as many orders as are given."""
        if not orders:
            return np.asarray(self.fields.product(powers), dtype=np.float64)
        if (powers, orders) not in self._kept:
            axis = len(self.functions) - len(orders)
            matrix = self.functions[axis].integrals(orders[0])
            self._kept[powers, orders] = _along(matrix, self.of(powers, orders[1:]), axis, self.part)
        return self._kept[powers, orders]


def _covariance_sums(
    fields: NoiseFree, cells: Sequence[AxisCells], part: slice, pairs: Sequence[tuple[Powers, Powers]]
) -> Float:
    """Return sums of the covariances of products over the cells, shape (pairs, cells)."""
    products: dict[Powers, Float] = {}

    def summed(samples: Float) -> Float:
        # The first axis last: a slab is a small part of it.
        for axis in reversed(range(len(cells))):
            samples = cells[axis].sums(samples, axis, slice(None) if axis else part)
        return samples.reshape(-1)

    def of_product(powers: Powers) -> Float:
        if powers not in products:
            products[powers] = summed(fields.product(powers))
        return products[powers]

    sums = np.zeros((len(pairs), math.prod(len(one) for one in cells)))
    for total, pair in zip(sums, pairs, strict=True):
        parts = fields.covariance_in_products(*pair)
        if parts is not None:
            for factor, powers in parts:
                total += factor * of_product(powers)
        elif (covariance := fields.covariance(*pair)) is not None:
            total += summed(covariance)
    return sums


def _along(matrix: Float, array: Float, axis: int, part: slice) -> Float:
    used = matrix[:, part] if axis == 0 else matrix
    return np.asarray(np.moveaxis(np.tensordot(used, array, axes=(1, axis)), 0, axis), dtype=np.float64)


def _one_by_one(shares: Sequence[Share]) -> Sums:
    """Add the slabs' shares up, so that no more than one is held beside their sum."""
    total: Sums | None = None
    for share in track(shares, "Integrating test functions"):
        total = share() if total is None else _added([total, share()])
    if total is None:
        raise DiscoveryError("The data have no samples.")
    return total


def _by_dask(shares: Sequence[Share]) -> Sums:
    """Add the slabs' shares up as they come, some at a time."""
    from dask.delayed import delayed

    waiting = [delayed(share)() for share in shares]
    while len(waiting) > 1:
        groups = [waiting[low : low + _ADDED] for low in range(0, len(waiting), _ADDED)]
        waiting = [delayed(_added)(group) for group in groups]
    total: Sums = waiting[0].compute()
    return total


def _added(parts: Sequence[Sums]) -> Sums:
    first, *others = parts
    values, sums = first[0].copy(), first[1].copy()
    for one in others:
        values += one[0]
        sums += one[1]
    return values, sums


def _ordered(first: Powers, second: Powers) -> tuple[Powers, Powers]:
    return (first, second) if first <= second else (second, first)
