"""Zarr version 3 (.zarr), a folder of chunks."""

from __future__ import annotations

import os
from pathlib import Path

import xarray as xr

from physforge.datasets.conventions import TRAJECTORY
from physforge.datasets.export.atomic import staged
from physforge.datasets.export.prepare import prepare
from physforge.errors import DatasetError


def write_zarr(ds: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write a dataset as a zarr folder.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields on a grid or at points. Each chunk of a dask array is computed by
        itself, and becomes a chunk of the folder.
    path : str or path-like
        Where to. A folder that exists already is not touched.

    Returns
    -------
    pathlib.Path
        The folder, as an absolute path.

    Raises
    ------
    DatasetError
        If there is a folder of that name, the dataset holds something that the
        format cannot, or the disk refuses.

    Examples
    --------
    >>> import tempfile
    >>> from physforge.datasets.files import open_file
    >>> ds = xr.Dataset({"u": ("t", [1.0, 2.0])}, {"t": [0.0, 0.1]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     open_file(write_zarr(ds, f"{folder}/run.zarr"))["u"].values.tolist()
    [1.0, 2.0]
    """
    plain = prepare(ds, path)
    if TRAJECTORY in plain.coords and plain[TRAJECTORY].dtype.kind == "U":
        # Text of a fixed length has no place in version 3 of the format.
        plain = plain.assign_coords({TRAJECTORY: plain[TRAJECTORY].astype(object)})
    with staged(path) as hidden:
        try:
            plain.to_zarr(hidden, mode="w-", zarr_format=3, consolidated=False)
        except (ValueError, TypeError, NotImplementedError) as error:
            raise DatasetError(f"{os.fspath(path)} cannot be written: {error}") from error
    return Path(path).expanduser().absolute()
