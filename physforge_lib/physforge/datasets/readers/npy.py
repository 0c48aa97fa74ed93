"""A single NumPy array (.npy), with its coordinates from companion files or arrays."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.lazy import Choice, from_source
from physforge.datasets.matching import match_arrays
from physforge.datasets.readers.numpy_format import map_array, read_array
from physforge.errors import DatasetError


def read(
    path: Path,
    *,
    coords: Mapping[str, str | os.PathLike[str] | npt.ArrayLike] | None = None,
    dims: Sequence[str] | None = None,
    name: str = "u",
    lazy: bool | None = None,
) -> xr.Dataset:
    """Read an array and the coordinates that go with it.

    Parameters
    ----------
    path : pathlib.Path
        The file. Pickled objects in it are refused.
    coords : mapping of str to path or array_like
        Axis -> its values, or a .npy file that holds them (relative to the folder
        of `path`). An array alone says nothing about its axes, so they are needed.
    dims : sequence of str, optional
        The axes of the array, in order; needed where two are equally long.
    name : str, default "u"
        What to call the field.
    lazy : bool, optional
        Whether the field stays on disk, as a dask array, until it is computed with;
        by default if it takes more than `physforge.datasets.lazy.LAZY_BYTES`.

    Returns
    -------
    xarray.Dataset
        One field.

    Raises
    ------
    DatasetError
        If a file is damaged, or no coordinates are given, or they do not fit.
    """
    size = path.stat().st_size
    field = from_source(map_array(path)) if Choice(lazy)(size) else _load(path)
    if not coords:
        raise DatasetError(
            f"{path.name}: an array of shape {field.shape} without axes; "
            "give them, for example coords={'t': 'times.npy', 'x': 'places.npy'}."
        )
    arrays = {axis: _coordinate(path, axis, values) for axis, values in coords.items()}
    return match_arrays({**arrays, name: field}, where=path.name, dims=dims)


def _coordinate(path: Path, axis: str, values: Any) -> npt.NDArray[Any]:
    if not isinstance(values, str | os.PathLike):
        return np.asarray(values)
    companion = path.parent / Path(values).expanduser()
    if not companion.is_file():
        raise DatasetError(f"{path.name}: there is no file {companion} for the coordinate {axis!r}.")
    return _load(companion)


def _load(path: Path) -> npt.NDArray[Any]:
    size = path.stat().st_size
    with path.open("rb") as stream:
        return read_array(stream, size, size, path.name)
