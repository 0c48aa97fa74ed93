"""Write a stored version to a file: its original bytes, or the dataset in another format."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import xarray as xr

from physforge.datasets.export import write_csv, write_hdf5, write_netcdf, write_zarr
from physforge.datasets.export.atomic import staged
from physforge.datasets.store.blobs import BlobReader
from physforge.datasets.store.opening import open_version
from physforge.datasets.store.records import Version
from physforge.datasets.store.tree import read_manifest
from physforge.errors import DatasetError

#: The bytes as they were added.
ORIGINAL = "original"

#: Format -> writer.
WRITERS: dict[str, Callable[[xr.Dataset, str | os.PathLike[str]], Path]] = {
    "netcdf": write_netcdf,
    "hdf5": write_hdf5,
    "csv": write_csv,
    "zarr": write_zarr,
}


def export_version(
    version: Version,
    layout: str,
    blobs: BlobReader,
    path: str | os.PathLike[str],
    format: str = ORIGINAL,  # noqa: A002
) -> Path:
    """Write a version.

    Parameters
    ----------
    version : Version
        Which one.
    layout : {"file", "tree"}
        Whether its blob is the file or a manifest.
    blobs : BlobReader
        Where the bytes are.
    path : str or path-like
        Where to; appears whole or not at all.
    format : {"original", "netcdf", "hdf5", "csv", "zarr"}
        In what form.

    Returns
    -------
    pathlib.Path
        What was written, as an absolute path.

    Raises
    ------
    DatasetError
        If the format is unknown or cannot hold the dataset, or the disk refuses.
    StoreError
        If the stored bytes are missing or changed.
    """
    if format in WRITERS:
        return WRITERS[format](open_version(version, layout, blobs, {}), path)
    if format != ORIGINAL:
        raise DatasetError(f"Nothing writes the format {format!r}; known are {', '.join((ORIGINAL, *WRITERS))}.")
    with staged(path) as hidden:
        if layout == "tree":
            _write_folder(version, blobs, hidden)
        else:
            blobs.verify(version.sha256)
            with blobs.open(version.sha256) as source, hidden.open("xb") as target:
                shutil.copyfileobj(source, target, 2**20)
    return Path(path).expanduser().absolute()


def _write_folder(version: Version, blobs: BlobReader, folder: Path) -> None:
    for name, sha256 in read_manifest(blobs.read(version.sha256)).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(blobs.read(sha256))
