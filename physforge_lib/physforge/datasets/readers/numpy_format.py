"""Read one array in NumPy's format, believing nothing that its header says."""

from __future__ import annotations

import os
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy_format

from physforge.datasets.limits import check_size
from physforge.errors import DatasetError

_HEADERS = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}


def read_array(stream: IO[bytes], size: int, stored: int, where: str) -> npt.NDArray[Any]:
    """Read an array from a binary stream.

    Parameters
    ----------
    stream : binary file
        Positioned at its start, seekable.
    size : int
        Bytes in the stream.
    stored : int
        Bytes it takes in the file that holds it, less than `size` if compressed.
    where : str
        Named in messages.

    Returns
    -------
    ndarray
        Of any plain dtype.

    Raises
    ------
    DatasetError
        If it is no such array, holds Python objects, or is not as long as its
        header says.
    """
    header = _read_header(stream, size, where)
    check_size(header.size, stored, where)
    stream.seek(0, os.SEEK_SET)
    array: npt.NDArray[Any] = npy_format.read_array(stream, allow_pickle=False)
    return array


def map_array(path: Path) -> MappedArray:
    """Return the array of a .npy file as parts of itself, without reading it.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    MappedArray
        Opens the file for each part.

    Raises
    ------
    DatasetError
        See `read_array`.
    """
    with path.open("rb") as stream:
        return MappedArray(path, _read_header(stream, path.stat().st_size, path.name))


@dataclass(frozen=True)
class _Header:
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    order: Literal["C", "F"]
    start: int

    @property
    def size(self) -> int:
        size = int(self.dtype.itemsize)
        for length in self.shape:
            size *= length
        return size


@dataclass(frozen=True)
class MappedArray:
    """An array in a .npy file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    header : object
        What it says of the array.
    """

    path: Path
    header: _Header

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return self.header.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Its type."""
        return self.header.dtype

    @property
    def ndim(self) -> int:
        """Number of its axes."""
        return len(self.shape)

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        """Read a part."""
        facts = self.header
        mapped = np.memmap(self.path, facts.dtype, "r", facts.start, facts.shape, facts.order)
        return np.array(mapped[index])


def _read_header(stream: IO[bytes], size: int, where: str) -> _Header:
    try:
        version = npy_format.read_magic(stream)
        shape, is_fortran, dtype = _HEADERS[version](stream)
    except (ValueError, KeyError, EOFError, SyntaxError, tokenize.TokenError, TypeError, RecursionError) as error:
        raise DatasetError(f"{where}: it is not an array in NumPy's format ({error}).") from error
    if dtype.hasobject:
        raise DatasetError(
            f"{where}: it holds pickled Python objects, which could run code when read; save plain arrays instead, "
            "for example numpy.savez(file, t=t, x=x, u=u)."
        )
    header = _Header(shape, dtype, "F" if is_fortran else "C", stream.tell())
    if min(shape, default=0) < 0 or header.size != size - header.start:
        raise DatasetError(
            f"{where}: its header announces {header.size} bytes of data and {size - header.start} follow; "
            "the file is cut off or damaged."
        )
    return header
