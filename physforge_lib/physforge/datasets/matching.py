"""Match the named arrays of a .mat, .npz or HDF5 file to axes, by name and by length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.columns import from_columns
from physforge.datasets.conventions import TIME
from physforge.datasets.names import axis_of, field_of
from physforge.errors import DatasetError

Array = npt.NDArray[Any]
Placed = dict[str, tuple[tuple[str, ...], Array]]

#: An array beside a lone ``t`` may hold at most this many variables of a system.
MAX_STATES = 20


def match_arrays(
    arrays: Mapping[str, Array],
    *,
    where: str,
    dims: Sequence[str] | None = None,
    fields: Sequence[str] | None = None,
) -> xr.Dataset:
    """Build a dataset from named arrays.

    Vectors called t, tt, time, x, y or z are axes, and so are meshgrids of these
    names, which collapse. The other arrays are fields: each of their axes is the
    one of equal length. Scalars are left out.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        What the file holds.
    where : str
        Named in messages.
    dims : sequence of str, optional
        Names of the axes of the field array, in its own order; needed only where
        two axes are equally long. For a file of vectors alone, which of them are
        axes (see `physforge.datasets.columns.from_columns`).
    fields : sequence of str, optional
        Names, as in the file, of the arrays to take as fields; all by default.

    Returns
    -------
    xarray.Dataset
        ``usol`` and ``uu`` are called ``u``. An array of shape (n, k) beside a
        ``t`` of length n alone is a system of k variables ``u1 ... uk``.

    Raises
    ------
    DatasetError
        If an array fits no axes, or fits in more than one way.

    Examples
    --------
    >>> import numpy as np
    >>> ds = match_arrays({"t": np.arange(3.0), "x": np.arange(2.0), "usol": np.zeros((2, 3))}, where="demo")
    >>> ds["u"].dims
    ('x', 't')
    """
    chosen = _choose(arrays, fields, where)
    if all(_is_vector(array) for array in chosen.values()):
        return _from_vectors(chosen, where, dims)
    axes = _find_axes(chosen)
    placed: Placed = {}
    for name, array in chosen.items():
        if name not in axes.sources:
            placed.update(_place(field_of(name, chosen), array, axes, where, dims))
    if not placed:
        raise DatasetError(f"{where}: every array is an axis ({', '.join(chosen)}); there is no field.")
    used = {dim for names, _ in placed.values() for dim in names}
    return xr.Dataset(placed, {dim: values for dim, values in axes.vectors.items() if dim in used})


@dataclass
class _Axes:
    """The axes found in a file."""

    vectors: dict[str, Array] = field(default_factory=dict)
    #: Shape of a meshgrid -> which of its axes is which dim.
    meshes: dict[tuple[int, ...], dict[int, str]] = field(default_factory=dict)
    #: Names of the arrays that are axes.
    sources: set[str] = field(default_factory=set)


def _choose(arrays: Mapping[str, Array], fields: Sequence[str] | None, where: str) -> dict[str, Array]:
    numeric = {name: array for name, array in arrays.items() if array.dtype.kind in "biufc" and array.size > 1}
    if fields is not None:
        missing = [name for name in fields if name not in numeric]
        if missing:
            raise DatasetError(f"{where}: there is no array of numbers {missing[0]!r}; it has {', '.join(numeric)}.")
        numeric = {name: array for name, array in numeric.items() if name in fields or axis_of(name)}
    _refuse_twins(numeric, where)
    if not numeric:
        raise DatasetError(f"{where}: there is no array of numbers in it (found: {', '.join(arrays) or 'nothing'}).")
    return numeric


def _refuse_twins(arrays: Mapping[str, Array], where: str) -> None:
    names: dict[str, str] = {}
    for name in arrays:
        new = field_of(name, arrays)
        if new in names:
            raise DatasetError(
                f"{where}: the arrays {names[new]!a} and {name!a} could not be told apart, since both become {new!r}; "
                "rename one."
            )
        names[new] = name


def _is_vector(array: Array) -> bool:
    return bool(max(array.shape) == array.size)


def _from_vectors(arrays: Mapping[str, Array], where: str, dims: Sequence[str] | None) -> xr.Dataset:
    lengths = {name: array.size for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        sizes = ", ".join(f"{name} ({size})" for name, size in lengths.items())
        raise DatasetError(f"{where}: it holds vectors of different lengths, {sizes}, and no field over them.")
    axes: dict[str, str] = {}
    for name in _lower_case_first(arrays):
        if (dim := axis_of(name)) is not None and dim not in axes.values():
            axes[name] = dim
    columns = {axes.get(name) or field_of(name, arrays): array.ravel() for name, array in arrays.items()}
    return from_columns(columns, where=where, dims=dims)


def _lower_case_first(names: Iterable[str]) -> list[str]:
    """Order the names that may be those of axes: beside a `t`, a `T` is a temperature."""
    return sorted(names, key=lambda name: (not name.islower(), name))


def _find_axes(arrays: Mapping[str, Array]) -> _Axes:
    axes = _Axes()
    for name in _lower_case_first(arrays):
        dim = axis_of(name)
        if dim is None or dim in axes.vectors:
            continue
        array = arrays[name]
        if _is_vector(array):
            axes.vectors[dim] = array.ravel()
        elif (along := _mesh_axis(array)) is not None:
            axes.vectors[dim] = np.moveaxis(array, along, 0).reshape(array.shape[along], -1)[:, 0]
            axes.meshes.setdefault(array.shape, {})[along] = dim
        else:
            continue
        axes.sources.add(name)
    return axes


def _mesh_axis(array: Array) -> int | None:
    """Return the one axis along which a meshgrid varies, or None if it is no meshgrid."""
    for along in range(array.ndim):
        lines = np.moveaxis(array, along, 0).reshape(array.shape[along], -1)
        if (lines == lines[:, :1]).all() and np.unique(lines[:, 0]).size > 1:
            return along
    return None


def _place(name: str, array: Array, axes: _Axes, where: str, dims: Sequence[str] | None) -> Placed:
    mesh = axes.meshes.get(array.shape, {})
    if dims is None and len(mesh) == array.ndim:
        return {name: (tuple(mesh[k] for k in range(array.ndim)), array)}
    squeezed = array.squeeze()
    if dims is not None and len(dims) == squeezed.ndim:
        _check_lengths(name, squeezed, tuple(dims), axes, where)
        return {name: (tuple(dims), squeezed)}
    return _place_by_length(name, squeezed, axes, where)


def _check_lengths(name: str, array: Array, dims: tuple[str, ...], axes: _Axes, where: str) -> None:
    for dim, size in zip(dims, array.shape, strict=True):
        if dim in axes.vectors and axes.vectors[dim].size != size:
            raise DatasetError(
                f"{where}: dims={dims} makes {dim!r} an axis of length {size} of {name!r} (shape {array.shape}), "
                f"but {dim!r} has {axes.vectors[dim].size} values; give dims in the order of the array's axes."
            )


def _place_by_length(name: str, array: Array, axes: _Axes, where: str) -> Placed:
    sizes = {dim: values.size for dim, values in axes.vectors.items()}
    ways = [
        way
        for way in permutations(sizes, array.ndim)
        if all(sizes[dim] == size for dim, size in zip(way, array.shape, strict=True))
    ]
    if len(ways) == 1:
        return {name: (ways[0], array)}
    known = ", ".join(f"{dim} ({size})" for dim, size in sizes.items()) or "none"
    if ways:
        choices = " or ".join(f"dims={way}" for way in ways)
        raise DatasetError(
            f"{where}: the axes of {name!r}, shape {array.shape}, are equally long ({known}); "
            f"say which is which: {choices}."
        )
    if list(sizes) == [TIME] and array.ndim == 2 and sizes[TIME] in array.shape:
        return _states(name, array, sizes[TIME], where)
    raise DatasetError(
        f"{where}: {name!r} has shape {array.shape}, which fits none of the axes found: {known}; "
        "give the missing axes, or name the wanted arrays with fields=(...)."
    )


def _states(name: str, array: Array, samples: int, where: str) -> Placed:
    rows = array if array.shape[0] == samples else array.T
    if array.shape == (samples, samples) or rows.shape[1] > MAX_STATES:
        raise DatasetError(
            f"{where}: {name!r} has shape {array.shape} and only 't' ({samples}) is known; "
            "add its other axis to the file."
        )
    return {f"{name}{k + 1}": ((TIME,), rows[:, k]) for k in range(rows.shape[1])}
