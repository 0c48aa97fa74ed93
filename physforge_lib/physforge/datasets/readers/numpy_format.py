"""Read one array in NumPy's format, believing nothing that its header says."""

from __future__ import annotations

import os
import tokenize
from typing import IO, Any

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
    try:
        version = npy_format.read_magic(stream)
        shape, _, dtype = _HEADERS[version](stream)
    except (ValueError, KeyError, EOFError, SyntaxError, tokenize.TokenError) as error:
        raise DatasetError(f"{where}: it is not an array in NumPy's format ({error}).") from error
    if dtype.hasobject:
        raise DatasetError(
            f"{where}: it holds pickled Python objects, which could run code when read; save plain arrays instead, "
            "for example numpy.savez(file, t=t, x=x, u=u)."
        )
    declared = dtype.itemsize
    for length in shape:
        declared *= length
    if declared != size - stream.tell():
        raise DatasetError(
            f"{where}: its header announces {declared} bytes of data and {size - stream.tell()} follow; "
            "the file is cut off or damaged."
        )
    check_size(declared, stored, where)
    stream.seek(0, os.SEEK_SET)
    array: npt.NDArray[Any] = npy_format.read_array(stream, allow_pickle=False)
    return array
