"""Zarr folders, as xarray writes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from physforge.datasets.lazy import Choice, rechunked
from physforge.datasets.limits import check_chunk, check_ratio, check_size
from physforge.datasets.readers.labelled import rename_axes, select
from physforge.datasets.readers.zarr_tree import check_tree
from physforge.errors import DatasetError

#: What a damaged or hostile folder raises inside zarr and its codecs.
_DAMAGE = (OSError, ValueError, LookupError, TypeError, RuntimeError, AttributeError, RecursionError, EOFError)


def read(
    path: Path,
    *,
    dims: Sequence[str] | None = None,
    fields: Sequence[str] | None = None,
    lazy: bool | None = None,
) -> xr.Dataset:
    """Read a zarr folder.

    Parameters
    ----------
    path : pathlib.Path
        The folder (version 3 or 2).
    dims : sequence of str, optional
        New names of its dims, in their order; ``time`` is ``t`` without being told.
    fields : sequence of str, optional
        Variables to take; all by default.
    lazy : bool, optional
        Whether the variables stay on disk, as dask arrays, until they are computed
        with; by default where they take more than `physforge.datasets.lazy.LAZY_BYTES`.

    Returns
    -------
    xarray.Dataset
        In memory, or with dask arrays in blocks of some 32 MiB.

    Raises
    ------
    DatasetError
        If the folder is not zarr, is damaged, is compressed in a way that could run
        code, or holds links that leave it.
    """
    if not path.is_dir():
        raise DatasetError(f"{path.name}: a zarr dataset is a folder, and this is a file; unpack it first.")
    stored = check_tree(path)
    try:
        # The groups are listed from the folder; consolidated metadata could name anything.
        with xr.open_zarr(path, chunks=None, consolidated=False) as opened:
            chosen = select(_sorted(opened), fields, path.name)
            for name, variable in chosen.variables.items():
                check_chunk(_chunk_bytes(variable), f"{path.name}, variable {name!r}")
            if Choice(lazy)(chosen.nbytes):
                check_ratio(chosen.nbytes, stored, path.name)
                taken = rechunked(chosen)
            else:
                check_size(chosen.nbytes, stored, path.name)
                taken = chosen.load()
    except _DAMAGE as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{path.name}: it is not a readable zarr folder ({error}).") from error
    return rename_axes(taken, dims, path.name)


def _sorted(ds: xr.Dataset) -> xr.Dataset:
    """Put the fields in the order of their names; a folder lists them in another one on each machine."""
    fields = {name: ds[name].variable for name in sorted(ds.data_vars, key=str)}
    return ds.drop_vars(list(fields)).assign(fields)


def _chunk_bytes(variable: Any) -> int:
    chunks = variable.encoding.get("chunks") or ()
    return math.prod(int(length) for length in chunks) * int(variable.dtype.itemsize)
