"""What is MATLAB's own in its version 7.3 files, which are HDF5 else: classes, empty arrays and cell arrays.

A cell array is a dataset of references to datasets in the group ``#refs#``. A
reference is an address in the file; only those of datasets that were listed, and so
have been checked, are followed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from physforge.datasets.limits import check_size
from physforge.datasets.readers.hdf5 import DAMAGE, Stored, as_complex, list_arrays
from physforge.datasets.readers.mat5 import Cells
from physforge.errors import DatasetError

#: Groups that hold what other variables are made of.
_INNER = ("#refs#/", "#subsystem#/")

_NUMERIC = frozenset(
    {"double", "single", "logical", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}
)

#: More cells than this are no list of runs.
_MAX_CELLS = 10_000


@dataclass(frozen=True)
class Contents:
    """The variables of a file of version 7.3.

    Parameters
    ----------
    numbers : frozenset of str
        Names, with their groups, of arrays of numbers.
    others : dict of str to str
        Variables left out, and their kind (cell, char, ...).
    """

    numbers: frozenset[str]
    others: dict[str, str]


def list_variables(path: Path) -> Contents:
    """List the variables of a file by what MATLAB says that they are.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    Contents
        An array without a class (some other program wrote it) is one of numbers if
        its type is. The fields of structures are listed like variables.

    Raises
    ------
    DatasetError
        See `physforge.datasets.readers.hdf5.list_arrays`.
    """
    listed = list_arrays(path)
    with _opened(path) as file:
        kinds = dict(_kinds(file, listed))
    numbers = frozenset(name for name, kind in kinds.items() if kind in _NUMERIC)
    return Contents(numbers, {name: kind for name, kind in kinds.items() if name not in numbers})


def read_cells73(path: Path) -> Cells:
    """Read the cell arrays whose cells are arrays of numbers.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    dict of str to list of ndarray
        The cells in MATLAB's order; cell arrays of anything else are left out.

    Raises
    ------
    DatasetError
        If the file is damaged, or the cells together are larger than memory should
        take or many times larger than the file, as where one is referred to often.
    """
    listed = list_arrays(path)
    found: Cells = {}
    total = 0
    with _opened(path) as file:
        known = {_address(file[name]): name for name, stored in listed.items() if stored.shape}
        for name in (name for name, kind in _kinds(file, listed) if kind == "cell"):
            cells = _targets(file, file[name], known)
            total += sum(listed[cell].size for cell in cells)
            check_size(total, path.stat().st_size, f"{path.name}, cell array {name!r}")
            if cells and all(_kind(file[cell], listed[cell]) in _NUMERIC for cell in cells):
                found[name.rsplit("/", 1)[-1]] = [_values(file[cell]) for cell in cells]
    return found


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file
    except DAMAGE as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{path.name}: its variables cannot be read ({error}).") from error


def _kinds(file: Any, listed: Mapping[str, Stored]) -> Iterator[tuple[str, str]]:
    """Go through what is not part of something else: name and kind."""
    for name, stored in listed.items():
        if not name.startswith(_INNER):
            yield name, _kind(file[name], stored)


def _kind(item: Any, stored: Stored) -> str:
    """Return MATLAB's class of a dataset, or a guess by its type."""
    said = item.attrs.get("MATLAB_class")
    kind = said.decode("ascii", "replace") if isinstance(said, bytes) else str(said or "")
    is_number = stored.dtype.kind in "biufc" or stored.is_complex_pair
    if kind in _NUMERIC or not kind:
        return "double" if is_number else kind or f"type {stored.dtype}"
    return kind


def _targets(file: Any, item: Any, known: Mapping[Any, str]) -> list[str]:
    """Return the names of the datasets that a cell array refers to; none if it refers to anything else."""
    import h5py

    if h5py.check_ref_dtype(item.dtype) is not h5py.Reference or not 0 < math.prod(item.shape) <= _MAX_CELLS:
        return []
    # HDF5 has MATLAB's axes turned round, so its order of rows is MATLAB's of columns.
    targets = [file[reference] if reference else None for reference in item[()].ravel()]
    if not all(isinstance(target, h5py.Dataset) for target in targets):
        return []
    names = [known.get(_address(target)) for target in targets]
    return [name for name in names if name is not None] if all(names) else []


def _address(item: Any) -> Any:
    import h5py

    return h5py.h5o.get_info(item.id).addr


def _values(item: Any) -> npt.NDArray[Any]:
    values = item[()]
    if item.attrs.get("MATLAB_empty"):  # the dataset holds the shape instead
        return np.empty(tuple(int(length) for length in values.ravel()[:32]) if 0 in values else (0, 0))
    return as_complex(values).T if values.dtype.names else values.T
