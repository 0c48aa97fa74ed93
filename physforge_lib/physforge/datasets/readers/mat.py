"""MATLAB files (.mat), of versions 4, 5 and 7.3."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import xarray as xr

from physforge.datasets.limits import check_size
from physforge.datasets.matching import match_arrays
from physforge.datasets.readers.hdf5 import is_hdf5, read_arrays
from physforge.datasets.readers.mat5 import read_mat5
from physforge.errors import DatasetError


def read(path: Path, *, dims: Sequence[str] | None = None, fields: Sequence[str] | None = None) -> xr.Dataset:
    """Read a MATLAB file.

    Parameters
    ----------
    path : pathlib.Path
        The file. Cells, structures and objects in it are left out.
    dims, fields : sequence of str, optional
        See `physforge.datasets.matching.match_arrays`; `dims` in MATLAB's order.

    Returns
    -------
    xarray.Dataset
        Fields over the axes found.

    Raises
    ------
    DatasetError
        If the file is damaged, or its arrays cannot be matched to axes.
    """
    size = path.stat().st_size
    check_size(size, size, path.name)
    if is_hdf5(path):
        # MATLAB writes its arrays column by column, which HDF5 reads as transposed.
        arrays, others = {name: array.T for name, array in read_arrays(path).items()}, dict[str, str]()
    elif _is_version_4(path):
        arrays, others = _read_version_4(path), {}
    else:
        arrays, others = read_mat5(path)
    if others and not any(array.size > 1 for array in arrays.values()):
        kinds = ", ".join(f"{name} ({kind})" for name, kind in others.items())
        raise DatasetError(f"{path.name}: it holds {kinds}; only arrays of numbers are read, so save them as such.")
    return match_arrays(arrays, where=path.name, dims=dims, fields=fields)


def _is_version_4(path: Path) -> bool:
    """Say whether the file begins with a version 4 type code, which has zero bytes where later versions have text."""
    with path.open("rb") as stream:
        start = stream.read(4)
    return len(start) == 4 and 0 in start


def _read_version_4(path: Path) -> dict[str, npt.NDArray[Any]]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        loaded = loadmat(path)
    except (ValueError, TypeError, LookupError, OverflowError, MemoryError, MatReadError) as error:
        raise DatasetError(f"{path.name}: it is not a readable MATLAB file of version 4 ({error}).") from error
    return {name: array for name, array in loaded.items() if hasattr(array, "dtype")}
