"""The arrays of an HDF5 file, without following it to other files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from physforge.datasets.limits import check_size
from physforge.errors import DatasetError


def is_hdf5(path: Path) -> bool:
    """Say whether a file is HDF5 (netCDF 4 and MATLAB 7.3 are).

    Parameters
    ----------
    path : pathlib.Path
        Any file.

    Returns
    -------
    bool
        By its content; the name does not matter.
    """
    import h5py

    return bool(h5py.is_hdf5(path))


def list_arrays(path: Path) -> dict[str, Any]:
    """List the datasets of an HDF5 file, and refuse those that reach outside it.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    dict
        Name with its groups -> (shape, dtype).

    Raises
    ------
    DatasetError
        For a damaged file; an external link, external storage or a virtual
        dataset, which read other files of the machine; or more data than memory
        should take.
    """
    import h5py

    found: dict[str, Any] = {}
    try:
        with h5py.File(path, "r") as file:
            _walk(file, "", path, found, {file["/"].id})
    except (OSError, RuntimeError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{path.name}: it is not a readable HDF5 file ({error}).") from error
    declared = sum(int(np.prod(shape, dtype=object)) * dtype.itemsize for shape, dtype in found.values())
    check_size(declared, path.stat().st_size, path.name)
    return found


def read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Read the arrays of numbers of an HDF5 file.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    dict
        Last part of the name -> array. A compound of ``real`` and ``imag`` (as
        MATLAB writes) is complex.

    Raises
    ------
    DatasetError
        See `list_arrays`; also if two groups hold arrays of one name.
    """
    import h5py

    arrays: dict[str, npt.NDArray[Any]] = {}
    listed = list_arrays(path)
    with h5py.File(path, "r") as file:
        for name, (shape, dtype) in listed.items():
            if not shape or not (dtype.kind in "biufc" or dtype.names == ("real", "imag")):
                continue
            short = name.rsplit("/", 1)[-1]
            if short in arrays:
                raise DatasetError(f"{path.name}: two groups hold an array {short!r}; keep one group a file.")
            try:
                values = file[name][()]
            except (OSError, RuntimeError, TypeError, ValueError) as error:
                raise DatasetError(f"{path.name}, array {name!r}: it cannot be read ({error}).") from error
            arrays[short] = _complex(values) if dtype.names else values
    return arrays


def _complex(parts: Any) -> npt.NDArray[np.complex128]:
    whole = np.empty(parts.shape, dtype=np.complex128)
    whole.real, whole.imag = parts["real"], parts["imag"]
    return whole


def _walk(group: Any, prefix: str, path: Path, found: dict[str, Any], seen: set[Any]) -> None:
    import h5py

    for key in group:
        link = group.get(key, getlink=True)
        name = f"{prefix}{key}"
        if isinstance(link, h5py.ExternalLink):
            raise DatasetError(
                f"{path.name}: {name!r} is a link to another file, which is not followed; copy the data in."
            )
        item = group.get(key)
        if isinstance(item, h5py.Group):
            if item.id not in seen:
                seen.add(item.id)
                _walk(item, f"{name}/", path, found, seen)
        elif isinstance(item, h5py.Dataset):
            if item.external or item.is_virtual:
                raise DatasetError(f"{path.name}: {name!r} keeps its data in another file, which is not followed.")
            found[name] = (item.shape or (), item.dtype)
