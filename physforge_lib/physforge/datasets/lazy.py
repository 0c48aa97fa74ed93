"""Data that stay on disk until they are computed with, as dask arrays, and small parts of them to look at."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import xarray as xr

#: Files whose data take more than this in memory stay on disk, in the formats that allow it.
LAZY_BYTES = 64 * 2**20

#: Bytes of a block of data that is read at once.
BLOCK_BYTES = 32 * 2**20

#: A look at a large dataset takes at most so many samples of each field, out of blocks of so many bytes.
LOOK_SAMPLES = 2**20
LOOK_BYTES = 256 * 2**20

Window = dict[str, slice]


class Source(Protocol):
    """An array on disk that gives parts of itself."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Its type."""
        ...

    @property
    def ndim(self) -> int:
        """Number of its axes."""
        ...

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        """Read a part."""
        ...


@dataclass(frozen=True)
class Choice:
    """Whether data are read at once or stay on disk.

    Parameters
    ----------
    lazy : bool or None
        What the caller asks for; None leaves it to the size.
    """

    lazy: bool | None = None

    def __call__(self, size: int) -> bool:
        """Say whether data of `size` bytes stay on disk."""
        return size > LAZY_BYTES if self.lazy is None else self.lazy


def is_lazy(data: xr.Dataset | xr.DataArray | xr.Variable) -> bool:
    """Say whether data stay on disk until they are computed with.

    Parameters
    ----------
    data : xarray.Dataset, DataArray or Variable
        Of a dataset, any variable counts.

    Returns
    -------
    bool
        True for dask arrays.

    Examples
    --------
    >>> ds = xr.Dataset({"u": ("t", [1.0, 2.0])})
    >>> is_lazy(ds), is_lazy(ds.chunk())
    (False, True)
    """
    return bool(data.chunks)


def from_source(source: Source, stored: tuple[int, ...] | None = None) -> Any:
    """Make a dask array of an array on disk.

    Parameters
    ----------
    source : Source
        The array.
    stored : tuple of int, optional
        Shape of the chunks in which the file keeps it; blocks are multiples of it.

    Returns
    -------
    dask.array.Array
        In blocks of about `BLOCK_BYTES`.
    """
    import dask.array as da

    blocks = block_shape(source.shape, source.dtype.itemsize, stored)
    meta = np.empty((0,) * source.ndim, source.dtype)
    return da.from_array(source, chunks=blocks, name=False, meta=meta)  # type: ignore[no-untyped-call]


def block_shape(shape: tuple[int, ...], itemsize: int, stored: tuple[int, ...] | None = None) -> tuple[int, ...]:
    """Choose the shape of the blocks in which an array is read.

    Parameters
    ----------
    shape : tuple of int
        Of the array.
    itemsize : int
        Bytes of a value.
    stored : tuple of int, optional
        Shape of the chunks in which the file keeps it. Without one the rows of the
        first axes are contiguous, and blocks are made of whole ones.

    Returns
    -------
    tuple of int
        Of about `BLOCK_BYTES`, or one stored chunk where that is larger.

    Examples
    --------
    >>> block_shape((1000, 4096, 4096), 8), block_shape((100, 4000, 4000), 8, (10, 100, 100))
    ((1, 1024, 4096), (10, 100, 4000))
    """
    allowed = BLOCK_BYTES // itemsize
    block = [min(size, chunk) for size, chunk in zip(shape, stored or (1,) * len(shape), strict=True)]
    for axis in reversed(range(len(shape))):
        room = max(1, allowed // max(1, math.prod(block)))
        block[axis] = min(shape[axis], block[axis] * room)
    return tuple(max(1, length) for length in block)


def rechunked(ds: xr.Dataset) -> xr.Dataset:
    """Chunk the variables of a file that was opened and not read; load its coordinates.

    Parameters
    ----------
    ds : xarray.Dataset
        As `xarray.open_dataset` gives it.

    Returns
    -------
    xarray.Dataset
        Variables as dask arrays; coordinates in memory.
    """
    chunked = {}
    for name, field in ds.data_vars.items():
        stored = field.encoding.get("preferred_chunks") or {}
        chunks = tuple(int(stored[dim]) for dim in field.dims) if set(stored) >= set(field.dims) else None
        shape = block_shape(field.shape, field.dtype.itemsize, chunks)
        chunked[name] = field.variable.chunk(dict(zip(field.dims, shape, strict=True)))
    return ds.assign(chunked).assign_coords({name: coord.load() for name, coord in ds.coords.items()})


def glimpse(ds: xr.Dataset) -> xr.Dataset:
    """Read a part from the middle of a dataset that stays on disk.

    Parameters
    ----------
    ds : xarray.Dataset
        With dask arrays; returned as it is without.

    Returns
    -------
    xarray.Dataset
        In memory: neighbouring samples, at most `LOOK_SAMPLES` of each field, for
        which blocks of at most `LOOK_BYTES` are read.
    """
    fields = [field.variable for field in ds.data_vars.values() if is_lazy(field)]
    if not fields:
        return ds
    lengths = {str(dim): size for dim, size in ds.sizes.items()}
    while max(_samples(field, lengths) for field in fields) > LOOK_SAMPLES:
        longest = max(lengths, key=lambda dim: lengths[dim])
        lengths[longest] //= 2
    return ds.isel(_window(ds, fields, lengths)).compute()


def strip(field: xr.DataArray, dim: str) -> xr.DataArray | None:
    """Read whole lines along a dim from the middle of a field that stays on disk.

    Parameters
    ----------
    field : xarray.DataArray
        With a dask array; returned as it is without.
    dim : str
        One of its dims.

    Returns
    -------
    xarray.DataArray or None
        In memory, NaN where it is infinite; None if even a few lines lie in blocks
        of more than `LOOK_BYTES`.
    """
    if not is_lazy(field):
        return field
    lengths = {str(other): size for other, size in field.sizes.items()}
    while _samples(field.variable, lengths) > LOOK_SAMPLES:
        others = {other: length for other, length in lengths.items() if other != dim and length > 1}
        if not others:
            return None
        longest = max(others, key=lambda other: others[other])
        lengths[longest] //= 2
    ds = field.to_dataset(name="field")
    window = _window(ds, [field.variable], lengths, keep=dim)
    if _cost(field.variable, window) > LOOK_BYTES:
        return None
    lines = field.isel(window).compute()
    return lines.where(np.isfinite(lines))


def _samples(field: xr.Variable, lengths: dict[str, int]) -> int:
    return math.prod(lengths[str(dim)] for dim in field.dims)


def _window(ds: xr.Dataset, fields: list[xr.Variable], lengths: dict[str, int], keep: str = "") -> Window:
    """Return a window of at most these lengths, made smaller until its blocks are not too many to read."""
    while True:
        window = {dim: _middle(ds.sizes[dim], length, _edges(fields, dim)) for dim, length in lengths.items()}
        if sum(_cost(field, window) for field in fields) <= LOOK_BYTES:
            return window
        touched = {dim: _touched(_edges(fields, dim), part) for dim, part in window.items() if dim != keep}
        widest = max(touched, key=lambda dim: touched[dim], default="")
        if not widest or touched[widest] <= 1:
            return window
        lengths[widest] = max(1, lengths[widest] // 2)


def _edges(fields: list[xr.Variable], dim: str) -> npt.NDArray[np.int64]:
    """Return where the blocks along a dim begin, in the field that has most of them."""
    chunks = [field.chunksizes[dim] for field in fields if dim in field.dims]
    finest = max(chunks, key=len, default=())
    return np.concatenate([[0], np.cumsum(finest, dtype=np.int64)])[:-1] if finest else np.zeros(1, dtype=np.int64)


def _middle(size: int, length: int, edges: npt.NDArray[np.int64]) -> slice:
    wanted = (size - length) // 2
    # A window that begins where a block does touches the fewest.
    start = int(edges[np.searchsorted(edges, wanted, side="right") - 1])
    start = start if start + length <= size else size - length
    return slice(start, start + length)


def _touched(edges: npt.NDArray[np.int64], part: slice) -> int:
    first = int(np.searchsorted(edges, part.start, side="right"))
    last = int(np.searchsorted(edges, part.stop - 1, side="right"))
    return last - first + 1


def _cost(field: xr.Variable, window: Window) -> int:
    """Return the bytes of the blocks that a window touches."""
    blocks = [_touched(_edges([field], str(dim)), window[str(dim)]) for dim in field.dims]
    largest = [max(field.chunksizes[dim]) for dim in field.dims]
    return int(field.dtype.itemsize) * math.prod(blocks) * math.prod(largest)
