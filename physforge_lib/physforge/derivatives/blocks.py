"""Divide a field that does not fit into memory into blocks, each with what it needs around it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from physforge.derivatives.axis import Axis

Indices = npt.NDArray[np.intp]

#: Samples of a block without what is around it. With that, in float64 and with a dozen
#: arrays of its size in use, a block takes some hundred megabytes in each thread.
BLOCK_SAMPLES = 1_000_000

#: Most by which a side may grow to end where chunks end.
_STRETCH = 1.8

#: Most samples of a block with what is around it.
_MOST_AROUND = 6_000_000

#: Longest side of a block: a basis of an axis holds some hundred numbers for each of its samples.
LONGEST = 16_000


@dataclass(frozen=True, eq=False)
class Span:
    """Part of an axis that a block is computed from.

    Parameters
    ----------
    axis : Axis
        The samples used; with a period only where the whole axis is used.
    places : numpy.ndarray of int, shape (k,)
        Where they are in the whole field.
    inside : slice
        Those among them that the block gives results for.
    """

    axis: Axis
    places: Indices
    inside: slice


def block_sizes(shape: Sequence[int], chunks: Sequence[Sequence[int]], whole: Sequence[bool]) -> list[list[int]]:
    """Choose the sizes of the blocks along each axis.

    Parameters
    ----------
    shape : sequence of int
        Of the field.
    chunks : sequence of sequence of int
        Of the array that holds it.
    whole : sequence of bool
        Axes that are not to be divided.

    Returns
    -------
    list of list of int
        Sizes that sum to `shape`: about a million samples in a block, along edges of
        chunks where those are not larger than a block.

    Examples
    --------
    >>> block_sizes((5000, 2000), ((1000,) * 5, (1000,) * 2), (False, False))[1]
    [1000, 1000]
    """
    sides = [float(size if all_of_it else min(size, LONGEST)) for size, all_of_it in zip(shape, whole, strict=True)]
    while math.prod(sides) > 1.2 * BLOCK_SAMPLES:
        open_sides = [side if not closed else 0.0 for side, closed in zip(sides, whole, strict=True)]
        longest = int(np.argmax(open_sides))
        if open_sides[longest] < 32.0:
            break
        sides[longest] /= 2.0
    sizes = []
    for size, side, held in zip(shape, sides, chunks, strict=True):
        unit = held[0] if max(held) == held[0] and held[0] <= _STRETCH * side else 1
        step = min(size, unit * max(1, round(side / unit)))
        count = max(1, round(size / step))
        edges = [min(size, unit * round(part * size / count / unit)) for part in range(count)] + [size]
        sizes.append([stop - start for start, stop in itertools.pairwise(edges) if stop > start])
    return sizes


def affordable(overlaps: Sequence[int], sizes: Sequence[Sequence[int]]) -> list[int]:
    """Return the overlaps that memory allows.

    Parameters
    ----------
    overlaps : sequence of int
        Samples wanted around a block, along each axis.
    sizes : sequence of sequence of int
        Of the blocks, along each axis.

    Returns
    -------
    list of int
        The same, or all of them less by one factor.

    Examples
    --------
    >>> affordable([300, 10], [[1000], [1000]]), affordable([3000, 3000], [[1000], [1000]])
    ([300, 10], [686, 686])
    """
    sides, allowed = [max(some) for some in sizes], [float(overlap) for overlap in overlaps]
    while math.prod(side + 2.0 * one for side, one in zip(sides, allowed, strict=True)) > _MOST_AROUND:
        if max(allowed) < 16.0:
            break
        allowed = [0.9 * one for one in allowed]
    return [int(one) for one in allowed]


def spans(axis: Axis, sizes: Sequence[int], overlap: int) -> list[Span]:
    """Return what each block along an axis is computed from.

    Parameters
    ----------
    axis : Axis
        The whole axis.
    sizes : sequence of int
        Of the blocks.
    overlap : int
        Samples wanted on either side.

    Returns
    -------
    list of Span
        Around the seam, where there is a period; cut off at the ends otherwise.
    """
    once = len(axis.without_repeated_end())
    found, start = [], 0
    for size in sizes:
        low, high = start - overlap, start + size + overlap
        if axis.period is not None and size + 2 * overlap < once:
            turns, places = np.divmod(np.arange(low, high), once)
            sign = np.sign(axis.points[-1] - axis.points[0])
            around = Axis(axis.name, axis.points[places] + sign * axis.period * turns)
            found.append(Span(around, places, slice(overlap, overlap + size)))
        elif axis.period is not None:
            found.append(Span(axis, np.arange(len(axis)), slice(start, start + size)))
        else:
            low, high = max(low, 0), min(high, len(axis))
            part = Axis(axis.name, axis.points[low:high])
            found.append(Span(part, np.arange(low, high), slice(start - low, start - low + size)))
        start += size
    return found
