"""NetCDF 4 (.nc), the format that keeps everything."""

from __future__ import annotations

import os
from pathlib import Path

import xarray as xr

from physforge.datasets.export.atomic import staged
from physforge.datasets.export.prepare import prepare
from physforge.errors import DatasetError


def write_netcdf(ds: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write a dataset as netCDF 4.

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
    Values are stored without compression, since a file that unpacks to many times
    its size is refused when it is opened again.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from physforge.datasets.files import open_file
    >>> ds = xr.Dataset({"u": ("t", [1.0, np.nan], {"units": "m"})}, {"t": [0.0, 0.1]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     open_file(write_netcdf(ds, f"{folder}/run.nc"))["u"].attrs["units"]
    'm'
    """
    plain = prepare(ds, path)
    # Axes are complete: a fill value would only be noise in the file.
    encoding = {name: {"_FillValue": None} for name in plain.coords if plain[name].dtype.kind == "f"}
    with staged(path) as hidden:
        try:
            plain.to_netcdf(hidden, engine="h5netcdf", encoding=encoding)
        except (ValueError, TypeError, NotImplementedError) as error:
            raise DatasetError(f"{os.fspath(path)} cannot be written: {error}") from error
    return Path(path).expanduser().absolute()
