"""The arrays of an HDF5 file, without following it to other files."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from physforge.datasets.lazy import Choice, from_source
from physforge.datasets.limits import check_chunk, check_ratio, check_size
from physforge.datasets.names import axis_of
from physforge.errors import DatasetError

#: What a damaged file raises inside h5py.
DAMAGE = (OSError, RuntimeError, LookupError, TypeError, ValueError, AttributeError, OverflowError, MemoryError)


@dataclass(frozen=True)
class Stored:
    """An array as a file announces it.

    Parameters
    ----------
    shape : tuple of int
        Empty for a scalar.
    dtype : numpy.dtype
        Of its values.
    chunks : tuple of int or None
        Shape of the chunks it is kept in; None if it is contiguous.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunks: tuple[int, ...] | None

    @property
    def size(self) -> int:
        """Bytes of all its values."""
        return math.prod(self.shape) * int(self.dtype.itemsize)

    @property
    def is_complex_pair(self) -> bool:
        """Whether it is a compound of ``real`` and ``imag``, as MATLAB writes complex numbers."""
        return self.dtype.names == ("real", "imag")


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


def list_arrays(path: Path) -> dict[str, Stored]:
    """List the arrays of an HDF5 file, and refuse those that reach outside it.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    dict of str to Stored
        By name with its groups.

    Raises
    ------
    DatasetError
        For a damaged file; an external link, external storage or a virtual
        dataset, which read other files of the machine; far more data than the file
        is long; or chunks too large to read.
    """
    import h5py

    found: dict[str, Stored] = {}
    try:
        with h5py.File(path, "r") as file:
            _walk(file, "", path, found, {file["/"].id})
    except DAMAGE as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{path.name}: it is not a readable HDF5 file ({error}).") from error
    check_ratio(sum(stored.size for stored in found.values()), path.stat().st_size, path.name)
    for name, stored in found.items():
        check_chunk(math.prod(stored.chunks or ()) * stored.dtype.itemsize, f"{path.name}, array {name!r}")
    return found


def read_arrays(
    path: Path, lazy: bool | None = None, reverse: bool = False, only: Collection[str] | None = None
) -> dict[str, Any]:
    """Read the arrays of numbers of an HDF5 file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    lazy : bool, optional
        Whether arrays that are no axes stay on disk, as dask arrays; by default if
        the file is large.
    reverse : bool, default False
        Whether to turn the order of the axes round: MATLAB writes arrays column by
        column, which HDF5 takes for transposed.
    only : collection of str, optional
        Names, with their groups, of the arrays to take; all by default.

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
    wanted = {name: stored for name, stored in list_arrays(path).items() if only is None or name in only}
    listed = {name: stored for name, stored in wanted.items() if _is_numeric(stored)}
    total = sum(stored.size for stored in listed.values())
    stays = Choice(lazy)(total)
    if not stays:
        check_size(total, path.stat().st_size, path.name)
    arrays: dict[str, Any] = {}
    for name, stored in listed.items():
        short = name.rsplit("/", 1)[-1]
        if short in arrays:
            raise DatasetError(f"{path.name}: two groups hold an array {short!r}; keep one group a file.")
        source = _Source(path, name, stored.shape, _complex_type(stored))
        on_disk = stays and len(stored.shape) > 0 and axis_of(short) is None
        array = from_source(source, stored.chunks) if on_disk else source[()]
        arrays[short] = array.T if reverse else array
    return arrays


@dataclass(frozen=True)
class _Source:
    """An array of an HDF5 file, which is opened for each part, so that it can be read in another process."""

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        import h5py

        try:
            with h5py.File(self.path, "r") as file:
                values = file[self.name][index]
        except DAMAGE as error:
            raise DatasetError(f"{self.path.name}, array {self.name!r}: it cannot be read ({error}).") from error
        return as_complex(values) if values.dtype.names else values


def _is_numeric(stored: Stored) -> bool:
    return bool(stored.shape) and (stored.dtype.kind in "biufc" or stored.is_complex_pair)


def _complex_type(stored: Stored) -> np.dtype[Any]:
    return np.dtype(np.complex128) if stored.is_complex_pair else stored.dtype


def as_complex(parts: Any) -> npt.NDArray[np.complex128]:
    """Return complex numbers of a compound of ``real`` and ``imag``.

    Parameters
    ----------
    parts : ndarray
        With these two fields.

    Returns
    -------
    ndarray of complex
        Of the same shape.
    """
    whole = np.empty(parts.shape, dtype=np.complex128)
    whole.real, whole.imag = parts["real"], parts["imag"]
    return whole


def _walk(group: Any, prefix: str, path: Path, found: dict[str, Stored], seen: set[Any]) -> None:
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
            found[name] = Stored(item.shape or (), item.dtype, item.chunks)
