"""Choose how a dataset in memory is kept, and write it."""

from __future__ import annotations

import math
from pathlib import Path

import xarray as xr

from physforge.datasets.conventions import validate
from physforge.datasets.export import write_netcdf, write_zarr
from physforge.datasets.export.prepare import prepare

#: Datasets up to this size become one netCDF file, in bytes; larger ones a zarr folder.
SINGLE_FILE = 16 * 2**20

#: Attributes that a store sets when it opens a version, and that are not part of the data.
PROVENANCE = ("sha256", "store_dataset", "store_version")

# A folder of a hundred chunks: one that changes costs about a hundredth.
_CHUNKS = 100
_LEAST, _MOST = 2**18, 2**24


def serialise(ds: xr.Dataset, folder: Path) -> Path:
    """Write a dataset into a folder.

    Parameters
    ----------
    ds : xarray.Dataset
        Following the conventions, but for complex fields: ``h`` is kept as ``h_re`` and
        ``h_im``.
    folder : pathlib.Path
        An empty one.

    Returns
    -------
    pathlib.Path
        ``dataset.nc`` for at most `SINGLE_FILE` bytes in memory, else ``dataset.zarr``
        (version 3) in chunks of about a hundredth of the data, between 256 KiB and
        16 MiB. Dask arrays always become zarr, in their own chunks, one computed at a
        time.

    Raises
    ------
    DatasetError
        If it breaks the conventions, or has attributes that no file can hold.
    """
    lazy = any(variable.chunks is not None for variable in ds.variables.values())
    bare = ds.drop_attrs(deep=False).assign_attrs(
        {key: value for key, value in ds.attrs.items() if key not in PROVENANCE}
    )
    if not lazy:
        where = str(ds.attrs.get("title") or "dataset")
        bare = prepare(bare, where)  # a complex field is two real ones, as in a file
        validate(bare, where)
        if ds.nbytes <= SINGLE_FILE:
            return write_netcdf(bare, folder / "dataset.nc")
    return write_zarr(bare.chunk(_chunk_sizes(bare)), folder / "dataset.zarr")


def _chunk_sizes(ds: xr.Dataset) -> dict[str, int]:
    """Cut the largest variable along its first dims, so that chunks are runs of whole rows."""
    largest = max(ds.data_vars.values(), key=lambda field: field.nbytes)
    target = min(max(ds.nbytes // _CHUNKS, _LEAST), _MOST)
    sizes = {str(dim): int(size) for dim, size in ds.sizes.items()}
    room = max(1, target // largest.dtype.itemsize)
    for dim in reversed(largest.dims):
        sizes[str(dim)] = min(sizes[str(dim)], max(1, room))
        room = max(1, math.floor(room / sizes[str(dim)]))
    # Chunks of one size, which zarr needs; where dask's are, they stay as they are.
    own = {str(dim): max(parts) for dim, parts in ds.unify_chunks().chunksizes.items()}
    return {**sizes, **own}
