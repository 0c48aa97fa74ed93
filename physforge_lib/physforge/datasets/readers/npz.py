"""NumPy archives (.npz) of named arrays."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from physforge.datasets.limits import check_size
from physforge.datasets.matching import match_arrays
from physforge.datasets.readers.numpy_format import read_array
from physforge.errors import DatasetError


def read(path: Path, *, dims: Sequence[str] | None = None, fields: Sequence[str] | None = None) -> xr.Dataset:
    """Read a NumPy archive.

    Parameters
    ----------
    path : pathlib.Path
        The file. Pickled objects in it are refused.
    dims, fields : sequence of str, optional
        See `physforge.datasets.matching.match_arrays`.

    Returns
    -------
    xarray.Dataset
        Fields over the axes found.

    Raises
    ------
    DatasetError
        If the archive is damaged, or its arrays cannot be matched to axes.
    """
    arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            total = sum(info.file_size for info in members)
            check_size(total, sum(info.compress_size for info in members), path.name)
            for info in members:
                name = info.filename.removesuffix(".npy")
                with archive.open(info) as stream:
                    arrays[name] = read_array(
                        stream, info.file_size, info.compress_size, f"{path.name}, array {name!r}"
                    )
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise DatasetError(f"{path.name}: it is not a readable .npz archive ({error}).") from error
    return match_arrays(arrays, where=path.name, dims=dims, fields=fields)
