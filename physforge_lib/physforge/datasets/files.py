"""Open one file: choose its reader, read it, bring it to the conventions."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import xarray as xr

from physforge.datasets.conform import conform
from physforge.datasets.lazy import is_lazy
from physforge.errors import DatasetError, MissingExtraError

#: Entry-point group; the name of an entry is the format, its value ``read(path, **options) -> xarray.Dataset``.
GROUP = "physforge.readers"

#: File extension -> format. An extension not listed is looked up as a format itself.
EXTENSIONS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".dat": "csv",
    ".npz": "npz",
    ".npy": "npy",
    ".nc": "netcdf",
    ".nc4": "netcdf",
    ".cdf": "netcdf",
    ".h5": "netcdf",
    ".hdf5": "netcdf",
    ".mat": "mat",
    ".zarr": "zarr",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".vti": "vtk",
    ".vtr": "vtk",
    ".vtu": "vtk",
    ".pvd": "vtk",
}

#: Extensions of files that run code when they are read.
PICKLES = frozenset({".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt"})

#: Readers that open no file, and so cannot be chosen by extension.
NOT_FILES = frozenset({"problem"})


def find_reader(name: str) -> Callable[..., xr.Dataset]:
    """Return the reader of a format.

    Parameters
    ----------
    name : str
        For example ``"csv"``.

    Returns
    -------
    callable
        ``read(path, **options)``.

    Raises
    ------
    DatasetError
        If no installed package reads it.
    MissingExtraError
        If its reader needs a package that is not installed.
    """
    for entry in entry_points(group=GROUP, name=name):
        try:
            reader: Callable[..., xr.Dataset] = entry.load()
        except ImportError as error:
            raise MissingExtraError(
                f"Reading the format {name!r} needs {error.name}, which is not installed."
            ) from error
        return reader
    known = ", ".join(sorted({entry.name for entry in entry_points(group=GROUP)} - NOT_FILES))
    raise DatasetError(f"Nothing installed reads the format {name!r}; known are {known}.")


def open_file(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
    dims: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    **options: Any,
) -> xr.Dataset:
    """Open a data file.

    Parameters
    ----------
    path : str or path-like
        The file; for zarr a folder.
    format : str, optional
        The reader's name; by the extension by default (see `EXTENSIONS`).
    dims : sequence of str, optional
        Names of the axes, where the file leaves them open.
    units : mapping of str to str, optional
        Variable or coordinate -> unit.
    **options
        What the reader of that format takes; see the modules of
        `physforge.datasets.readers`.

    Returns
    -------
    xarray.Dataset
        Following the conventions; attributes ``title``, ``source`` (the file's
        name) and, where the data were read and do not stay on disk, ``sha256``.
        Formats that can be read in parts (netCDF, HDF5, MATLAB 7.3, zarr, npy,
        Parquet, series of VTK files) stay on disk where they take more than
        `physforge.datasets.lazy.LAZY_BYTES`: their variables are dask arrays, and
        only their axes and shapes are checked on opening (see
        `physforge.datasets.check.check`).

    Raises
    ------
    DatasetError
        If the file is missing or unreadable or its data break the conventions.
    """
    target = _as_path(path)
    if not _exists(target):
        raise DatasetError(f"There is no file {target}; check the path (the current folder is {Path.cwd()}).")
    if not (target.is_file() or target.is_dir()):
        raise DatasetError(f"{target} is neither a file nor a folder (a pipe or a device), and is not opened.")
    reader = find_reader(format or _format_of(target))
    if dims is not None:
        options["dims"] = _as_names(dims)
    _check_options(reader, options, target)
    try:
        raw = reader(target, **options)
    except MemoryError as error:
        raise DatasetError(f"{target.name}: it does not fit into the memory that is free.") from error
    except OSError as error:
        raise DatasetError(f"{target.name}: it cannot be read: {error}") from error
    ds = conform(raw, where=target.name, units=units)
    ds.attrs.setdefault("title", target.stem)
    ds.attrs.update(source=target.name)
    if not is_lazy(ds):
        ds.attrs.update(sha256=sha256_of(target))
    return ds


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, or of a folder's files and their names.

    Parameters
    ----------
    path : pathlib.Path
        A file, or a zarr folder.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    if path.is_file():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    digest = hashlib.sha256()
    for part in sorted(part for part in path.rglob("*") if part.is_file()):
        digest.update(f"{part.relative_to(path).as_posix()}\0{sha256_of(part)}\n".encode())
    return digest.hexdigest()


def _format_of(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in PICKLES:
        raise DatasetError(
            f"{path.name}: it is a pickle, which runs code when it is read, and is not opened; save arrays instead, "
            "for example numpy.savez(file, t=t, x=x, u=u)."
        )
    if suffix in EXTENSIONS:
        return EXTENSIONS[suffix]
    name = suffix.removeprefix(".")
    if name and name not in NOT_FILES and any(entry.name == name for entry in entry_points(group=GROUP)):
        return name
    known = ", ".join(EXTENSIONS)
    raise DatasetError(f"{path.name}: no reader for the extension {suffix!r}; known are {known}, or say format='csv'.")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name longer than any file's, or a folder that may not be entered
        return False


def _as_path(path: str | os.PathLike[str]) -> Path:
    if "\0" in os.fspath(path):
        raise DatasetError(f"The path {os.fspath(path)!r} holds a zero byte; no file has such a name.")
    return Path(path).expanduser()


def _as_names(dims: Sequence[str]) -> tuple[str, ...]:
    return (dims,) if isinstance(dims, str) else tuple(dims)


def _check_options(reader: Callable[..., Any], options: Mapping[str, Any], path: Path) -> None:
    parameters = list(inspect.signature(reader).parameters.values())[1:]
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    accepted = [parameter.name for parameter in parameters]
    for name in options:
        if name not in accepted:
            raise DatasetError(f"{path.name}: its reader has no option {name!r}; it has {', '.join(accepted)}.")
