"""Open the bytes of a version as a dataset."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import xarray as xr

from physforge.datasets.conform import conform
from physforge.datasets.files import find_reader
from physforge.datasets.limits import check_chunk, check_ratio
from physforge.datasets.readers.labelled import rename_axes, select
from physforge.datasets.readers.zarr_tree import check_tree
from physforge.datasets.store.blobs import BlobReader
from physforge.datasets.store.records import Version
from physforge.datasets.store.tree import read_manifest
from physforge.errors import DatasetError

#: Files of a zarr folder that say how the others are to be read.
METADATA = frozenset({"zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"})


def open_version(
    version: Version,
    layout: str,
    blobs: BlobReader,
    options: Mapping[str, Any],
    *,
    units: Mapping[str, str] | None = None,
    verify: bool = True,
) -> xr.Dataset:
    """Open a version.

    Parameters
    ----------
    version : Version
        Which one.
    layout : {"file", "tree"}
        Whether its blob is the file or a manifest.
    blobs : BlobReader
        Where the bytes are.
    options : mapping
        For the reader; they go before the version's own.
    units : mapping of str to str, optional
        Variable or coordinate -> unit; goes before the version's own.
    verify : bool, default True
        Whether a file is hashed first.

    Returns
    -------
    xarray.Dataset
        With title, source, hash and where it comes from as attributes.

    Raises
    ------
    DatasetError
        If the bytes cannot be read as a dataset.
    StoreError
        If they are missing or changed.
    """
    told = {**version.options, **options}
    all_units = {**told.pop("units", {}), **(units or {})}
    if "dims" in told and not isinstance(told["dims"], str):
        told["dims"] = tuple(told["dims"])
    raw = _open_tree(version, blobs, told) if layout == "tree" else _open_file(version, blobs, told, verify)
    ds = conform(raw, where=version.reference, units=all_units)
    ds.attrs.update(version.attributes)
    ds.attrs.setdefault("title", version.name)
    ds.attrs.setdefault("source", version.original_name)
    ds.attrs.update(sha256=version.sha256, store_dataset=version.reference, store_version=version.id)
    return ds


def _open_file(version: Version, blobs: BlobReader, options: Mapping[str, Any], verify: bool) -> xr.Dataset:
    if verify:
        blobs.verify(version.sha256)
    reader = find_reader(version.format)
    with _as_local_file(version.sha256, blobs) as (path, is_copy):
        try:
            ds = reader(path, **options)
            return ds.load() if is_copy else ds
        except TypeError as error:
            raise DatasetError(f"{version.reference}: its reader does not take these options ({error}).") from error
        except OSError as error:
            raise DatasetError(f"{version.reference}: it cannot be read: {error}.") from error
        except DatasetError as error:
            # Readers name the file, and nobody knows it by its hash.
            raise type(error)(str(error).replace(path.name, version.reference)) from error


@contextmanager
def _as_local_file(sha256: str, blobs: BlobReader) -> Iterator[tuple[Path, bool]]:
    path = blobs.local_path(sha256)
    if path is not None:
        yield path, False
        return
    with tempfile.TemporaryDirectory(prefix="physforge-") as folder:
        copy = Path(folder) / sha256
        with blobs.open(sha256) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        yield copy, True


def _open_tree(version: Version, blobs: BlobReader, options: Mapping[str, Any]) -> xr.Dataset:
    from physforge.datasets.store.zarr_tree import ZarrTree

    unknown = set(options) - {"dims", "fields"}
    if unknown:
        raise DatasetError(f"{version.reference}: zarr has no option {min(unknown)!r}; it has dims, fields.")
    files = read_manifest(blobs.read(version.sha256))
    _check_metadata(version, files, blobs)
    try:
        ds = xr.open_zarr(ZarrTree(files, blobs), chunks={}, consolidated=False)
    except (ValueError, LookupError, TypeError) as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{version.reference}: it is not a readable zarr folder ({error}).") from error
    chosen = select(ds, options.get("fields"), version.reference)
    for name, variable in chosen.variables.items():
        chunk = math.prod(variable.encoding.get("chunks") or ()) * variable.dtype.itemsize
        check_chunk(chunk, f"{version.reference}, variable {name!r}")
    check_ratio(chosen.nbytes, version.size, version.reference)
    return rename_axes(chosen, options.get("dims"), version.reference)


def _check_metadata(version: Version, files: Mapping[str, str], blobs: BlobReader) -> None:
    """Refuse codecs that could run code, as for a folder that is opened by its path."""
    metadata = [name for name in files if PurePosixPath(name).name in METADATA]
    with tempfile.TemporaryDirectory(prefix="physforge-") as folder:
        # Numbered folders: a stored path is never one of this machine.
        for number, name in enumerate(metadata):
            place = Path(folder) / str(number) / PurePosixPath(name).name
            place.parent.mkdir()
            place.write_bytes(blobs.read(files[name]))
            try:
                check_tree(place.parent)
            except DatasetError as error:
                reason = str(error).rpartition(f"{place.name}: ")[2]
                raise DatasetError(f"{version.reference}, {name}: {reason}") from error
