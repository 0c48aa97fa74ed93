"""Parquet tables whose rows are samples of a grid in any order, some missing: where in the grid each row belongs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from physforge.datasets.columns import MIN_FILL
from physforge.datasets.lazy import block_shape
from physforge.datasets.readers.parquet_columns import open_parquet, read_group

Values = npt.NDArray[Any]
Parts = Iterable[dict[str, Values]]

#: A grid stays on disk if its blocks together read the table at most so many times.
MAX_READINGS = 8

_ITEMSIZE = 8


@dataclass(frozen=True)
class Places:
    """Where in a grid the rows of each row group are.

    Parameters
    ----------
    axes : dict of str to ndarray
        Column -> its values, rising, as numbers or as dates.
    rows : ndarray of int, shape (groups,)
        How many rows a group has.
    first, last : ndarray of int, shape (groups, axes)
        The box that the rows of a group lie in.
    """

    axes: dict[str, Values]
    rows: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the grid."""
        return tuple(values.size for values in self.axes.values())

    def blocks(self) -> tuple[int, ...]:
        """Choose the shape of blocks that lie as the row groups do.

        Returns
        -------
        tuple of int
            The axis along which the groups are shortest is cut first.
        """
        extent = (self.last - self.first + 1)[self.rows > 0].mean(axis=0)
        slowest_first = np.argsort(extent / self.shape, kind="stable")
        sizes = [self.shape[axis] for axis in slowest_first]
        # A box around rows with gaps holds more places than rows.
        room = int(self.rows.max() / MIN_FILL)
        stored = [1] * len(sizes)
        for k in reversed(range(len(sizes))):
            stored[k] = max(1, min(sizes[k], math.ceil(extent[slowest_first[k]]), room))
            room //= stored[k]
        block = block_shape(tuple(sizes), _ITEMSIZE, tuple(stored))
        return tuple(block[k] for k in np.argsort(slowest_first))

    def readings(self, blocks: tuple[int, ...]) -> float:
        """Say how often the table is read where all blocks are.

        Parameters
        ----------
        blocks : tuple of int
            Their shape.

        Returns
        -------
        float
            At least 1: the number of blocks that a row group lies in, on average over the rows.
        """
        counts = (self.last // blocks - self.first // blocks + 1).prod(axis=1)
        return float((counts * self.rows).sum() / self.rows.sum())


@dataclass(frozen=True)
class Missing:
    """Axes without a value in some row.

    Parameters
    ----------
    rows : dict of str to int
        Column -> the first such row.
    """

    rows: dict[str, int]


@dataclass(frozen=True)
class Repeated:
    """The first row whose sample an earlier row has.

    Parameters
    ----------
    row : int
        Counted from 0.
    place : tuple of int
        Its place along each axis.
    """

    row: int
    place: tuple[int, ...]


def find_axes(parts: Parts, rows: int, labels: Sequence[str]) -> dict[str, Values] | Missing | None:
    """Find the values of the axes of a grid.

    Parameters
    ----------
    parts : iterable of dict of str to ndarray
        The columns, some rows at a time.
    rows : int
        How many there are in all.
    labels : sequence of str
        The columns.

    Returns
    -------
    dict of str to ndarray or Missing or None
        The values of each column, rising; None if the rows do not fill enough of a grid of them.
    """
    axes = {label: _Distinct() for label in labels}
    missing: dict[str, int] = {}
    start = 0
    for part in parts:
        for label in labels:
            values = part[label]
            wrong = ~np.isfinite(values)
            if wrong.any():
                missing.setdefault(label, start + int(wrong.argmax()))
            elif not missing:
                axes[label].add(values)
        start += part[labels[0]].size
        if not missing and MIN_FILL * math.prod(axis.at_least for axis in axes.values()) > rows:
            return None
    if missing:
        return Missing(missing)
    found = {label: axis.values() for label, axis in axes.items()}
    return found if rows >= MIN_FILL * math.prod(values.size for values in found.values()) else None


def find_places(parts: Parts, axes: Mapping[str, Values]) -> Places | Repeated:
    """Find where in a grid the rows are.

    Parameters
    ----------
    parts : iterable of dict of str to ndarray
        The columns, one row group at a time.
    axes : mapping of str to ndarray
        As `find_axes` found them.

    Returns
    -------
    Places or Repeated
        The latter if two rows are the same sample.
    """
    shape = tuple(values.size for values in axes.values())
    # One bit for each place: whether a row had it.
    seen = np.zeros(-(-math.prod(shape) // 8), dtype=np.uint8)
    rows: list[int] = []
    first: list[list[int]] = []
    last: list[list[int]] = []
    for part in parts:
        places = [np.searchsorted(values, part[label]) for label, values in axes.items()]
        again = _mark(seen, np.ravel_multi_index(places, shape))
        if again is not None:
            return Repeated(sum(rows) + again, tuple(int(along[again]) for along in places))
        rows.append(places[0].size)
        first.append([int(along.min(initial=size)) for along, size in zip(places, shape, strict=True)])
        last.append([int(along.max(initial=-1)) for along in places])
    return Places(dict(axes), *(np.array(facts, dtype=np.int64) for facts in (rows, first, last)))


def placed_on_disk(path: Path, label: str, places: Places, blocks: tuple[int, ...]) -> Any:
    """Make a dask array of a column.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    label : str
        Name of a column of numbers.
    places : Places
        Where its rows belong.
    blocks : tuple of int
        Shape of the blocks, each of which reads the row groups with rows in it.

    Returns
    -------
    dask.array.Array
        Of float64, NaN where there is no row.
    """
    import dask.array as da
    from dask.array.core import normalize_chunks

    return da.map_blocks(  # type: ignore[no-untyped-call]
        _read_box,
        path=path,
        label=label,
        places=places,
        chunks=normalize_chunks(blocks, places.shape),  # type: ignore[no-untyped-call]
        dtype=np.float64,
        meta=np.empty((0,) * len(places.shape)),
    )


class _Distinct:
    """The distinct values of a column of which some rows at a time are seen."""

    def __init__(self) -> None:
        self._known: Values | None = None
        self._new: list[Values] = []

    @property
    def at_least(self) -> int:
        """How many there are, or somewhat fewer."""
        return 1 if self._known is None else self._known.size

    def add(self, values: Values) -> None:
        import pandas as pd

        if not values.size:
            return
        found = np.sort(pd.unique(values))
        if self._known is None:
            self._known = found
            return
        place = np.searchsorted(self._known, found).clip(max=self._known.size - 1)
        unknown = found[self._known[place] != found]
        if unknown.size:
            self._new.append(unknown)
        # Merged only once they are many, so that a long axis is not sorted anew for each row group.
        if sum(part.size for part in self._new) >= self._known.size:
            self._known = self.values()
            self._new = []

    def values(self) -> Values:
        known = [] if self._known is None else [self._known]
        return np.unique(np.concatenate([*known, *self._new]))


def _mark(seen: npt.NDArray[np.uint8], places: npt.NDArray[np.int64]) -> int | None:
    """Note that places are taken, and return the first row whose place was taken before it."""
    if not places.size:
        return None
    order = np.argsort(places, kind="stable")
    rising = places[order]
    byte, bit = rising >> 3, np.left_shift(1, rising & 7).astype(np.uint8)
    again = (seen[byte] & bit) > 0
    again[1:] |= rising[1:] == rising[:-1]
    if again.any():
        return int(order[again].min())
    begin = np.flatnonzero(np.diff(byte, prepend=-1))
    seen[byte[begin]] |= np.bitwise_or.reduceat(bit, begin)
    return None


def _read_box(path: Path, label: str, places: Places, block_info: Any = None) -> npt.NDArray[np.float64]:
    """Read one block out of the row groups with rows in it."""
    start, stop = np.transpose(block_info[None]["array-location"])
    box = np.full(stop - start, np.nan)
    groups = np.flatnonzero(((places.first < stop) & (places.last >= start)).all(axis=1))
    with open_parquet(path) as file:
        for group in groups:
            part = read_group(file, path.name, int(group), [*places.axes, label])
            along = [
                np.searchsorted(values, part[name]) - begin
                for (name, values), begin in zip(places.axes.items(), start, strict=True)
            ]
            inside = np.logical_and.reduce([(at >= 0) & (at < size) for at, size in zip(along, box.shape, strict=True)])
            box[tuple(at[inside] for at in along)] = part[label][inside]
    return box
