"""NetCDF files (.nc), and any HDF5 file (.h5, .hdf5) that holds arrays."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from physforge.datasets.limits import check_size
from physforge.datasets.matching import match_arrays
from physforge.datasets.readers.hdf5 import is_hdf5, list_arrays, read_arrays
from physforge.datasets.readers.labelled import rename_axes, select
from physforge.errors import DatasetError


def read(path: Path, *, dims: Sequence[str] | None = None, fields: Sequence[str] | None = None) -> xr.Dataset:
    """Read a netCDF or plain HDF5 file.

    Parameters
    ----------
    path : pathlib.Path
        NetCDF 3 or 4, or HDF5. Links to other files are refused.
    dims : sequence of str, optional
        For netCDF, new names of the file's dims, in their order; a dim named
        ``time`` is ``t`` without being told. For plain HDF5, the axes of the field
        array (see `physforge.datasets.matching.match_arrays`).
    fields : sequence of str, optional
        Variables to take; all by default.

    Returns
    -------
    xarray.Dataset
        With the attributes of the file.

    Raises
    ------
    DatasetError
        If the file is damaged, reaches outside itself, or cannot be matched to axes.
    """
    size = path.stat().st_size
    check_size(size, size, path.name)
    hdf5 = is_hdf5(path)
    if hdf5:
        list_arrays(path)
        if not _has_dimensions(path):
            return match_arrays(read_arrays(path), where=path.name, dims=dims, fields=fields)
    try:
        # Bytes, not a path, for netCDF 3: SciPy would map the file, and a mapped file cut short kills the process.
        source = path if hdf5 else io.BytesIO(path.read_bytes())
        with xr.open_dataset(source, engine="h5netcdf" if hdf5 else "scipy") as opened:
            loaded = select(opened, fields, path.name).load()
    except (OSError, ValueError, TypeError, LookupError, RuntimeError) as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{path.name}: it is not a readable netCDF or HDF5 file ({error}).") from error
    return rename_axes(loaded, dims, path.name)


def _has_dimensions(path: Path) -> bool:
    """Say whether an HDF5 file names the dims of its arrays, as netCDF 4 does."""
    import h5py

    with h5py.File(path, "r") as file:
        return any(isinstance(item, h5py.Dataset) and item.is_scale for item in file.values())
