"""NetCDF files (.nc), and any HDF5 file (.h5, .hdf5) that holds arrays."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import xarray as xr

from physforge.datasets.lazy import Choice, rechunked
from physforge.datasets.limits import check_size
from physforge.datasets.matching import match_arrays
from physforge.datasets.readers.guard import try_hdf5
from physforge.datasets.readers.hdf5 import is_hdf5, list_arrays, read_arrays
from physforge.datasets.readers.labelled import rename_axes, select
from physforge.errors import DatasetError

#: What a damaged file raises inside xarray, h5netcdf and SciPy.
_DAMAGE = (OSError, ValueError, TypeError, LookupError, RuntimeError, AttributeError, OverflowError, MemoryError)


def read(
    path: Path,
    *,
    dims: Sequence[str] | None = None,
    fields: Sequence[str] | None = None,
    lazy: bool | None = None,
    trusted: bool = False,
) -> xr.Dataset:
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
    lazy : bool, optional
        Whether the variables stay on disk, as dask arrays, until they are computed
        with; by default where they take more than `physforge.datasets.lazy.LAZY_BYTES`.
    trusted : bool, default False
        Whether to leave out the trial in a child process, which costs 0.2 s and
        refuses damaged HDF5 files that would hang or crash this one.

    Returns
    -------
    xarray.Dataset
        With the attributes of the file.

    Raises
    ------
    DatasetError
        If the file is damaged, reaches outside itself, or cannot be matched to axes.
    """
    if is_hdf5(path):
        if not trusted:
            try_hdf5(path)
        list_arrays(path)
        if not _has_dimensions(path):
            return match_arrays(read_arrays(path, lazy), where=path.name, dims=dims, fields=fields)
        return _open(path, "h5netcdf", path, dims, fields, lazy)
    # Bytes, not a path, for netCDF 3: SciPy would map the file, and a mapped file cut short kills the process. A
    # large one is mapped nevertheless, since SciPy compares its length with what its header announces.
    large = Choice(lazy)(path.stat().st_size)
    return _open(path, "scipy", path if large else io.BytesIO(path.read_bytes()), dims, fields, lazy)


def _open(
    path: Path,
    engine: Literal["h5netcdf", "scipy"],
    source: Path | io.BytesIO,
    dims: Sequence[str] | None,
    fields: Sequence[str] | None,
    lazy: bool | None,
) -> xr.Dataset:
    try:
        opened = xr.open_dataset(source, engine=engine)
        try:
            chosen = select(opened, fields, path.name)
            if Choice(lazy)(chosen.nbytes) and isinstance(source, Path):
                return rename_axes(rechunked(chosen), dims, path.name)
            check_size(chosen.nbytes, path.stat().st_size, path.name)
            loaded = chosen.load()
        except BaseException:
            opened.close()
            raise
        opened.close()
    except _DAMAGE as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{path.name}: it is not a readable netCDF or HDF5 file ({error}).") from error
    return rename_axes(loaded, dims, path.name)


def _has_dimensions(path: Path) -> bool:
    """Say whether an HDF5 file names the dims of its arrays, as netCDF 4 does."""
    import h5py

    with h5py.File(path, "r") as file:
        return any(isinstance(item, h5py.Dataset) and item.is_scale for item in file.values())
