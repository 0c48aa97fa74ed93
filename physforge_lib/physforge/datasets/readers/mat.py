"""MATLAB files (.mat), of versions 4, 5 and 7.3."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import xarray as xr

from physforge.datasets.limits import check_size
from physforge.datasets.matching import match_arrays
from physforge.datasets.readers.guard import try_hdf5
from physforge.datasets.readers.hdf5 import is_hdf5, read_arrays
from physforge.datasets.readers.mat5 import Cells, read_cells, read_mat5
from physforge.datasets.readers.mat73 import list_variables, read_cells73
from physforge.datasets.readers.runs import take_run
from physforge.errors import DatasetError


def read(
    path: Path,
    *,
    dims: Sequence[str] | None = None,
    fields: Sequence[str] | None = None,
    run: int | None = None,
    lazy: bool | None = None,
    trusted: bool = False,
) -> xr.Dataset:
    """Read a MATLAB file.

    Parameters
    ----------
    path : pathlib.Path
        The file. Structures and objects in it are left out.
    dims, fields : sequence of str, optional
        See `physforge.datasets.matching.match_arrays`; `dims` in MATLAB's order.
        `fields` may also name cell arrays, each cell of which is a run.
    run : int, optional
        The one run to take from cell arrays, counted from 1 as MATLAB does; by
        default all of them, along ``trajectory``, if they have the same times.
    lazy : bool, optional
        Whether the arrays of a file of version 7.3 stay on disk, as dask arrays;
        by default where they take more than `physforge.datasets.lazy.LAZY_BYTES`.
    trusted : bool, default False
        Whether to leave out the trial in a child process, which costs 0.2 s and
        refuses damaged HDF5 files that would hang or crash this one.

    Returns
    -------
    xarray.Dataset
        Fields over the axes found.

    Raises
    ------
    DatasetError
        If the file is damaged, its arrays cannot be matched to axes, or it holds
        several runs of different length and none is named.
    """
    if is_hdf5(path):
        if not trusted:
            try_hdf5(path)
        found = list_variables(path)
        return _build(
            lambda: read_arrays(path, lazy, reverse=True, only=found.numbers),
            found.others,
            lambda: read_cells73(path),
            where=path.name,
            dims=dims,
            fields=fields,
            run=run,
        )
    size = path.stat().st_size
    check_size(size, size, path.name)
    if _is_version_4(path):
        return match_arrays(_read_version_4(path), where=path.name, dims=dims, fields=fields)
    arrays, others = read_mat5(path)
    return _build(lambda: arrays, others, lambda: read_cells(path), where=path.name, dims=dims, fields=fields, run=run)


def _build(
    arrays: Callable[[], Mapping[str, Any]],
    others: Mapping[str, str],
    cells: Callable[[], Cells],
    *,
    where: str,
    dims: Sequence[str] | None,
    fields: Sequence[str] | None,
    run: int | None,
) -> xr.Dataset:
    """Build a dataset of arrays, or of cell arrays where these are asked for."""
    wants_cells = fields is not None and any(others.get(name) == "cell" for name in fields)
    if run is not None or wants_cells:
        return take_run(cells(), where=where, dims=dims, fields=fields, run=run)
    found = arrays()
    if others and not any(array.size > 1 for array in found.values()):
        raise DatasetError(_only(others, cells() if "cell" in others.values() else {}, where))
    return match_arrays(found, where=where, dims=dims, fields=fields)


def _only(others: Mapping[str, str], cells: Cells, where: str) -> str:
    kinds = ", ".join(f"{name} ({kind})" for name, kind in others.items())
    if not cells:
        return f"{where}: it holds {kinds}; only arrays of numbers are read, so save them as such."
    listed = ", ".join(f"{name} has {len(runs)}" for name, runs in cells.items())
    example = max(cells, key=lambda name: max(array.size for array in cells[name]))
    return (
        f"{where}: it holds {kinds}. The cells are read as runs ({listed}); name what was measured, and one run, or "
        f"all of them if their times agree, for example fields=({example!r},), run=1."
    )


def _is_version_4(path: Path) -> bool:
    """Say whether the file begins with a version 4 type code, which has zero bytes where later versions have text."""
    with path.open("rb") as stream:
        start = stream.read(4)
    return len(start) == 4 and 0 in start


def _read_version_4(path: Path) -> dict[str, npt.NDArray[Any]]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        loaded = loadmat(path)
    except (ValueError, TypeError, LookupError, OverflowError, MemoryError, MatReadError) as error:
        raise DatasetError(f"{path.name}: it is not a readable MATLAB file of version 4 ({error}).") from error
    return {name: array for name, array in loaded.items() if hasattr(array, "dtype")}
