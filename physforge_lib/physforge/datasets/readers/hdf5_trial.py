"""Read an HDF5 file in a process of its own, run by its path so that nothing but h5py is imported.

The HDF5 library trusts what it reads: of files with a few flipped bits, about one in
a thousand sends it round in a circle for ever, where no signal of Python reaches it.
Here that costs a child process and no more (see `physforge.datasets.readers.guard`).
"""

from __future__ import annotations

import sys
from typing import Any

import h5py

#: More are not followed by any reader.
MAX_REFERENCES = 10_000


def try_all(path: str, most: int) -> None:
    """Touch everything that opening a file touches.

    Parameters
    ----------
    path : str
        The file.
    most : int
        Bytes up to which its arrays are read; of a file with more only the first
        value of each.
    """
    arrays: list[Any] = []

    def visit(_name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and not item.external and not item.is_virtual:
            arrays.append(item)
        for key in item.attrs:
            item.attrs[key]

    with h5py.File(path, "r") as file:
        file.visititems(visit)
        total = sum(array.size * array.dtype.itemsize for array in arrays if array.size)
        for array in arrays:
            for dim in array.dims:
                len(dim)
            if array.size:
                array[()] if total <= most else array[(0,) * array.ndim]
        for array in arrays:  # what MATLAB's cell arrays refer to; the last, since a wrong reference ends the trial
            if h5py.check_ref_dtype(array.dtype) is h5py.Reference and array.size <= MAX_REFERENCES:
                for reference in array[()].ravel():
                    file[reference] if reference else None


if __name__ == "__main__":
    try_all(sys.argv[1], int(sys.argv[2]))
