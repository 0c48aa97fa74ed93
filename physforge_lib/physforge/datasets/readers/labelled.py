"""What the formats with named dims (netCDF, zarr) have in common."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from physforge.datasets.conventions import DIM_ORDER
from physforge.datasets.names import axis_of
from physforge.errors import DatasetError


def select(ds: xr.Dataset, fields: Sequence[str] | None, where: str) -> xr.Dataset:
    """Return the dataset with the wanted variables only.

    Parameters
    ----------
    ds : xarray.Dataset
        As opened.
    fields : sequence of str or None
        Variables to take; None for all.
    where : str
        Named in messages.

    Returns
    -------
    xarray.Dataset
        With all coordinates.

    Raises
    ------
    DatasetError
        If a variable is not there.
    """
    if fields is None:
        return ds
    missing = [name for name in fields if name not in ds.data_vars]
    if missing:
        raise DatasetError(f"{where}: there is no variable {missing[0]!r}; it has {', '.join(map(str, ds.data_vars))}.")
    return ds[list(fields)]


def rename_axes(ds: xr.Dataset, dims: Sequence[str] | None, where: str) -> xr.Dataset:
    """Give the dims their conventional names.

    Parameters
    ----------
    ds : xarray.Dataset
        As opened.
    dims : sequence of str or None
        New names in the order of the file's dims; by the file's names if None.
    where : str
        Named in messages.

    Returns
    -------
    xarray.Dataset
        With dims out of t, x, y, z as far as they could be told.

    Raises
    ------
    DatasetError
        If `dims` does not name each dim.
    """
    present = [str(dim) for dim in ds.dims]
    if dims is None:
        renamed = {dim: axis_of(dim) or dim for dim in present if dim not in DIM_ORDER}
        renamed = {old: new for old, new in renamed.items() if new not in ds.variables and new not in present}
    elif len(dims) == len(present):
        renamed = {old: new for old, new in zip(present, dims, strict=True) if old != new}
    else:
        raise DatasetError(f"{where}: dims={tuple(dims)} must name each of the file's dims, {', '.join(present)}.")
    return ds.rename(renamed)
