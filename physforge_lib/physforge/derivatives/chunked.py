"""Differentiate fields that do not fit into memory, by dask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, cast

import numpy as np
import xarray as xr

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.blocks import LONGEST, Indices, affordable, block_sizes, spans
from physforge.derivatives.blockwise import Blockwise
from physforge.derivatives.chunked_linear import Part, is_local, parts
from physforge.derivatives.method import Estimate, LinearMethod, Orders, Samples
from physforge.derivatives.noise import estimate_noise
from physforge.derivatives.operators import Operator

#: Parts of the field that are read at once to learn of its noise and its scales: so many at most,
#: of so many samples, spread over it.
WINDOWS, WINDOW_SAMPLES = 8, 1_000_000

#: Golden ratios of one to four dimensions, whose powers spread points evenly.
_GOLDEN = (1.618033988749895, 1.324717957244746, 1.2207440846057596, 1.1673039782614187)

#: Fewest samples of a window that are enough to learn from.
_FEWEST = 16


def is_lazy(variable: xr.DataArray) -> bool:
    """Say whether a variable is a dask array, without importing dask."""
    return variable.chunks is not None


def windows_of(variable: xr.DataArray, sd: xr.DataArray | None, axes: Sequence[Axis]) -> list[Samples]:
    """Read parts of a field, spread over it.

    Parameters
    ----------
    variable : xarray.DataArray
        The field, dask-backed.
    sd : xarray.DataArray or None
        Of its noise, of the same dims, where it is known.
    axes : sequence of Axis
        Its grid.

    Returns
    -------
    list of Samples
        Eight of about a million samples, or one with everything, if that is not more than two of them.
    """
    from dask.base import compute

    corners = _corners(variable.shape)
    windows = [tuple(slice(low, low + size) for low, size in corner) for corner in corners]
    read = compute(  # type: ignore[no-untyped-call]
        [[array[window].data for array in (variable, sd) if array is not None] for window in windows]
    )[0]
    found = []
    for window, (values, *given) in zip(windows, read, strict=True):
        values = values.astype(np.float64)
        part = tuple(_part(axis, one) for axis, one in zip(axes, window, strict=True))
        known = np.asarray(given[0], dtype=np.float64) if given else _noise(values, part)
        if np.count_nonzero(np.isfinite(values)) >= _FEWEST:
            found.append(Samples(str(variable.name), values, known, part, sd_known=bool(given)))
    return found


def differentiate_linearly(
    variable: xr.DataArray, sd: Any, samples: Samples, method: LinearMethod, orders: Sequence[Orders]
) -> list[Estimate]:
    """Apply a linear method, exactly as to a field in memory.

    Parameters
    ----------
    variable : xarray.DataArray
        The field, dask-backed.
    sd : dask.array.Array or float
        Of the noise.
    samples : Samples
        A field of the whole grid, as far as `LinearMethod.operator` looks at it.
    method : LinearMethod
        Whose weights do not depend on the values.
    orders : sequence of tuple of int
        What is wanted.

    Returns
    -------
    list of Estimate
        Of dask arrays. An axis along which the method needs all samples is not divided.
    """
    cache: dict[tuple[int, int], Operator] = {}
    for key in {key for wanted in orders for key in enumerate(wanted)}:
        cache[key] = method.operator(samples, *key)
    axes = range(variable.ndim)
    whole = [any(not is_local(cache[axis, wanted[axis]]) for wanted in orders) for axis in axes]
    sizes = block_sizes(variable.shape, _chunks(variable), whole)
    divided = {key: parts(operator, sizes[key[0]]) for key, operator in cache.items()}
    field = variable.data.astype(np.float64)

    def piece(index: tuple[int, ...]) -> Any:
        chosen = [[divided[axis, wanted[axis]][index[axis]] for axis in axes] for wanted in orders]
        # Each result from what it needs: a stencil of one axis needs nothing around it along others.
        inputs = []
        for row in chosen:
            places = [part.places for part in row]
            inputs.append((_take(field, places), _take(sd, places) if np.ndim(sd) else sd))
        return _delayed(_apply)(chosen, inputs)

    values, spreads = _assemble(piece, sizes, len(orders))
    return [Estimate(value, spread, method.describe()) for value, spread in zip(values, spreads, strict=True)]


def differentiate_blocks(
    variable: xr.DataArray, sd: Any, axes: Sequence[Axis], method: Blockwise, orders: Sequence[Orders], *, known: bool
) -> list[Estimate]:
    """Apply a method to overlapping blocks.

    Parameters
    ----------
    variable : xarray.DataArray
        The field, dask-backed.
    sd : dask.array.Array or float
        Of the noise.
    axes : sequence of Axis
        The grid.
    method : Blockwise
        Ready for blocks.
    orders : sequence of tuple of int
        What is wanted.
    known : bool
        Whether `sd` was given with the data.

    Returns
    -------
    list of Estimate
        Of dask arrays.
    """
    sizes = block_sizes(variable.shape, _chunks(variable), [False] * len(axes))
    divided = [spans(*one) for one in zip(axes, sizes, affordable(method.overlaps(axes), sizes), strict=True)]
    field, name = variable.data.astype(np.float64), str(variable.name)

    def piece(index: tuple[int, ...]) -> Any:
        chosen = [found[place] for found, place in zip(divided, index, strict=True)]
        places = [span.places for span in chosen]
        around, inside = tuple(span.axis for span in chosen), tuple(span.inside for span in chosen)
        spread = _take(sd, places) if np.ndim(sd) else sd
        return _delayed(_estimate)(method, name, _take(field, places), spread, around, inside, list(orders), known)

    values, spreads = _assemble(piece, sizes, len(orders))
    return [Estimate(value, spread, method.how, method.warnings) for value, spread in zip(values, spreads, strict=True)]


def _apply(chosen: list[list[Part]], inputs: list[tuple[Float, Any]]) -> Float:
    results = []
    for row, (value, sd) in zip(chosen, inputs, strict=True):
        for axis, part in enumerate(row):
            value = part.apply(value, axis)
        if np.ndim(sd):
            variance = sd**2
            for axis, part in enumerate(row):
                variance = part.propagate(variance, axis)
        else:
            gains = np.meshgrid(*(part.squared_gain() for part in row), indexing="ij", sparse=True)
            variance = sd**2 * prod(gains)
        results += [value, np.sqrt(variance)]
    return np.stack(results)


def _estimate(
    method: Blockwise,
    name: str,
    values: Float,
    sd: Any,
    axes: tuple[Axis, ...],
    inside: tuple[slice, ...],
    orders: list[Orders],
    known: bool,
) -> Float:
    if not np.isfinite(values).any():
        shape = values[inside].shape
        return np.full((2 * len(orders), *shape), np.nan)
    samples = Samples(name, values, np.asarray(sd, dtype=np.float64), axes, sd_known=known)
    found = method.estimate(samples, inside, orders)
    return np.stack([array for one in found for array in (one.value, one.sd)])


def _assemble(
    piece: Callable[[tuple[int, ...]], Any], sizes: list[list[int]], count: int
) -> tuple[list[Float], list[Float]]:
    """Make arrays of the pieces, each of which holds value and sd of every result."""
    import dask.array as da

    def nested(index: tuple[int, ...]) -> Any:
        if len(index) < len(sizes):
            return [nested((*index, place)) for place in range(len(sizes[len(index)]))]
        shape = tuple(side[place] for side, place in zip(sizes, index, strict=True))
        return da.from_delayed(piece(index), (2 * count, *shape), dtype=np.float64)  # type: ignore[no-untyped-call]

    stacked = da.block(nested(()))  # type: ignore[no-untyped-call]
    arrays = [cast("Float", stacked[place]) for place in range(2 * count)]
    return arrays[0::2], arrays[1::2]


def _take(array: Any, places: Sequence[Indices]) -> Any:
    """Return part of a dask array; places along an axis are a few runs of neighbours."""
    import dask.array as da

    for axis, chosen in enumerate(places):
        cuts = np.flatnonzero(np.diff(chosen) != 1) + 1
        runs = [slice(int(run[0]), int(run[-1]) + 1) for run in np.split(chosen, cuts)]
        before = (slice(None),) * axis
        pieces = [array[(*before, run)] for run in runs]
        array = pieces[0] if len(pieces) == 1 else da.concatenate(pieces, axis=axis)  # type: ignore[no-untyped-call]
    return array


def _delayed(function: Callable[..., Float]) -> Any:
    from dask.delayed import delayed

    return delayed(function, pure=False, traverse=True)


def _chunks(variable: xr.DataArray) -> Sequence[Sequence[int]]:
    return cast("Sequence[Sequence[int]]", variable.chunks)


def _corners(shape: tuple[int, ...]) -> list[list[tuple[int, int]]]:
    """Return start and size of each window along each axis."""
    if prod(shape) <= 2 * WINDOW_SAMPLES and max(shape) <= LONGEST:
        return [[(0, size) for size in shape]]
    sides = [min(size, LONGEST) for size in shape]
    while prod(sides) > WINDOW_SAMPLES:
        longest = int(np.argmax(sides))
        sides[longest] = max(sides[longest] // 2, 1)
    golden = _GOLDEN[len(shape) - 1]
    return [
        [
            (int((0.5 + window * golden ** -(axis + 1)) % 1.0 * (size - side)), side)
            for axis, (size, side) in enumerate(zip(shape, sides, strict=True))
        ]
        for window in range(WINDOWS)
    ]


def _part(axis: Axis, window: slice) -> Axis:
    whole = window.stop - window.start == len(axis)
    return axis if whole else Axis(axis.name, axis.points[window])


def _noise(values: Float, axes: Sequence[Axis]) -> Float:
    return np.asarray(estimate_noise(values, axes) if np.isfinite(values).all() else np.nan)
