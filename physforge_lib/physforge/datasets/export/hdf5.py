"""HDF5 (.h5, .hdf5), with the dims of its arrays as dimension scales."""

from __future__ import annotations

import os
from pathlib import Path

import xarray as xr

from physforge.datasets.export.netcdf import write_netcdf


def write_hdf5(ds: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write a dataset as HDF5.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields on a grid or at points. Dask arrays are computed chunk by chunk.
    path : str or path-like
        Where to; an existing file is replaced when the new one is complete.

    Returns
    -------
    pathlib.Path
        The file, as an absolute path.

    Raises
    ------
    DatasetError
        If the dataset holds something that the format cannot, or the disk refuses.

    Notes
    -----
    NetCDF 4 is HDF5 with dimension scales, which is what names the axes of an array
    in HDF5; so the two formats have one content and differ in their suffix. Each
    variable is an array at the top of the file, its units an attribute of it.

    Examples
    --------
    >>> import h5py, tempfile
    >>> ds = xr.Dataset({"u": ("t", [1.0, 2.0], {"units": "m"})}, {"t": [0.0, 0.1]})
    >>> with tempfile.TemporaryDirectory() as folder, h5py.File(write_hdf5(ds, f"{folder}/run.h5")) as file:
    ...     file["u"][:].tolist(), file["u"].dims[0][0].name, file["u"].attrs["units"]
    ([1.0, 2.0], '/t', 'm')
    """
    return write_netcdf(ds, path)
