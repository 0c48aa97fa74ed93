"""Tables whose rows go through a grid as nested loops do: which axis goes fastest, and what its values are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]
#: Goes through columns from the first row, some rows at a time.
Scan = Callable[[Sequence[str]], Iterator[dict[str, Values]]]


def find_order(scan: Scan, rows: int, labels: Sequence[str]) -> dict[str, Values] | None:
    """Find in which order the rows of a table go through a grid.

    Parameters
    ----------
    scan : callable
        Goes through the columns with these names, from the first row.
    rows : int
        How many there are.
    labels : sequence of str
        Columns that are axes.

    Returns
    -------
    dict of str to ndarray
        The axes, that which changes most slowly first, with their values in the order
        of the file; None if the rows are not each point of a grid once, in the
        order of nested loops.
    """
    steps = _first_changes(scan(labels), labels)
    order = sorted(labels, key=lambda label: -steps.get(label, 0))
    if len(steps) < len(labels) or steps[order[-1]] != 1:
        return None
    sizes, around = {}, rows
    for label in order:
        sizes[label], rest = divmod(around, steps[label])
        around = steps[label]
        if rest or sizes[label] < 2:
            return None
    found = {label: np.empty(size) for label, size in sizes.items()}
    start = 0
    for part in scan(labels):
        for label, values in part.items():
            if start == 0:
                found[label] = found[label].astype(values.dtype)
            if not _is_next(values, found[label], steps[label], start):
                return None
        start += len(part[labels[0]])
    return {label: found[label] for label in order}


def _first_changes(parts: Iterator[dict[str, Values]], labels: Sequence[str]) -> dict[str, int]:
    """Return the first row at which each column has another value than in the first row."""
    first: dict[str, Any] = {}
    steps: dict[str, int] = {}
    start = 0
    for part in parts:
        for label in labels:
            values = part[label]
            if values.size and label not in steps:
                first.setdefault(label, values[0])
                other = values != first[label]
                if other.any():
                    steps[label] = start + int(other.argmax())
        start += part[labels[0]].size
        if len(steps) == len(labels):
            break
    return steps


def _is_next(values: Values, axis: Values, step: int, start: int) -> bool:
    """Say whether rows repeat an axis as they should, and note the values of it that are new."""
    if values.dtype != axis.dtype:
        return False
    end = start + values.size
    begin = -(-start // step) * step
    places = np.arange(begin // step, -(-end // step))
    new = places < axis.size
    axis[places[new]] = values[begin - start :: step][: places.size][new]
    blocks = np.arange(start // step, -(-end // step))
    counts = np.full(blocks.size, step)
    counts[-1] = end - int(blocks[-1]) * step
    counts[0] -= start - int(blocks[0]) * step
    return bool(np.array_equal(np.repeat(axis[blocks % axis.size], counts), values))


def turning_point(values: Values) -> int | None:
    """Find where a column stops going one way.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The column.

    Returns
    -------
    int or None
        The first row that does not go on in the direction of the first two.
    """
    rising = values[1:] > values[:-1]
    if values.size > 1 and not rising[0]:
        rising = values[1:] < values[:-1]
    return None if rising.all() else int(np.argmin(rising)) + 1
