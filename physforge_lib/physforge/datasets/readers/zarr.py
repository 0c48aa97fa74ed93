"""Zarr folders, as xarray writes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from physforge.datasets.limits import check_size
from physforge.datasets.readers.labelled import rename_axes, select
from physforge.errors import DatasetError


def read(path: Path, *, dims: Sequence[str] | None = None, fields: Sequence[str] | None = None) -> xr.Dataset:
    """Read a zarr folder.

    Parameters
    ----------
    path : pathlib.Path
        The folder (version 3 or 2).
    dims : sequence of str, optional
        New names of its dims, in their order; ``time`` is ``t`` without being told.
    fields : sequence of str, optional
        Variables to take; all by default.

    Returns
    -------
    xarray.Dataset
        In memory.

    Raises
    ------
    DatasetError
        If the folder is not zarr, is damaged, or holds links that leave it.
    """
    if not path.is_dir():
        raise DatasetError(f"{path.name}: a zarr dataset is a folder, and this is a file; unpack it first.")
    inside = path.resolve()
    for part in path.rglob("*"):
        if part.is_symlink() and not part.resolve().is_relative_to(inside):
            raise DatasetError(f"{path.name}: {part.name!r} is a link that leaves the folder, which is not followed.")
    try:
        with xr.open_zarr(path, chunks=None, consolidated=False) as opened:
            chosen = select(opened, fields, path.name)
            check_size(chosen.nbytes, sum(part.stat().st_size for part in path.rglob("*") if part.is_file()), path.name)
            loaded = chosen.load()
    except (OSError, ValueError, LookupError, TypeError, RuntimeError) as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{path.name}: it is not a readable zarr folder ({error}).") from error
    return rename_axes(loaded, dims, path.name)
