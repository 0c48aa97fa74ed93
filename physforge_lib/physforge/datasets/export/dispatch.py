"""Choose the writer by the suffix of the file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import xarray as xr

from physforge.datasets.export.csv import write_csv
from physforge.datasets.export.hdf5 import write_hdf5
from physforge.datasets.export.netcdf import write_netcdf
from physforge.datasets.export.zarr import write_zarr
from physforge.errors import DatasetError

Writer = Callable[[xr.Dataset, str | os.PathLike[str]], Path]

#: Suffix in lower case -> writer.
SUFFIXES: dict[str, Writer] = {
    ".nc": write_netcdf,
    ".nc4": write_netcdf,
    ".h5": write_hdf5,
    ".hdf5": write_hdf5,
    ".zarr": write_zarr,
    ".csv": write_csv,
    ".tsv": write_csv,
}


def find_writer(path: str | os.PathLike[str]) -> Writer:
    """Return the writer for a path.

    Parameters
    ----------
    path : str or path-like
        Only its suffix matters; in any case.

    Returns
    -------
    callable
        ``write(ds, path)``, which returns the absolute path.

    Raises
    ------
    DatasetError
        Naming the suffixes that are known.
    """
    suffix = Path(path).suffix.lower()
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    known = ", ".join(SUFFIXES)
    raise DatasetError(f"{os.fspath(path)}: nothing writes the suffix {suffix!r}; known are {known}.")


def write(ds: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write a dataset in the format that the path's suffix says.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields on a grid or at points.
    path : str or path-like
        For example ``"run.nc"``; see `SUFFIXES`.

    Returns
    -------
    pathlib.Path
        What was written, as an absolute path.

    Raises
    ------
    DatasetError
        For an unknown suffix, or if the format cannot hold the dataset.
    """
    return find_writer(path)(ds, path)
