"""Several runs in one file, as lists of arrays: one of them, or all along ``trajectory``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import TIME, TRAJECTORY
from physforge.datasets.matching import match_arrays
from physforge.datasets.names import axis_of
from physforge.errors import DatasetError

Runs = Mapping[str, list[npt.NDArray[Any]]]


def take_run(
    lists: Runs,
    *,
    where: str,
    fields: Sequence[str] | None = None,
    run: int | None = None,
    dims: Sequence[str] | None = None,
) -> xr.Dataset:
    """Build a dataset from lists that hold one array a run.

    Parameters
    ----------
    lists : mapping of str to list of ndarray
        For example ``{"Time_id": [t1, t2], "Y_id": [y1, y2]}``. A name whose first
        part is a time is ``t``.
    where : str
        Named in messages.
    fields : sequence of str, optional
        The lists to take as fields; all by default. The axes are those of as many
        runs of the same length.
    run : int, optional
        Counted from 1; by default all, if they have the same times.
    dims : sequence of str, optional
        See `physforge.datasets.matching.match_arrays`.

    Returns
    -------
    xarray.Dataset
        What follows the underscore of a name shared by all is left out: ``Y_id`` is
        ``Y``, and its rows are ``Y1, Y2, ...``.

    Raises
    ------
    DatasetError
        For an unknown name or run, lists of different length, or runs whose times differ.
    """
    chosen = _choose(lists, fields, where)
    count = len(next(iter(chosen.values())))
    if run is not None:
        if not 1 <= run <= count:
            raise DatasetError(f"{where}: there is no run {run}; there are 1 to {count}.")
        return match_arrays({name: runs[run - 1] for name, runs in chosen.items()}, where=where, dims=dims)
    parts = [
        match_arrays({name: runs[k] for name, runs in chosen.items()}, where=f"{where}, run {k + 1}", dims=dims)
        for k in range(count)
    ]
    for k, part in enumerate(parts[1:], start=2):
        if not xr.Dataset(part.coords).equals(xr.Dataset(parts[0].coords)):
            raise DatasetError(
                f"{where}: run {k} has other times than run 1; open the runs one by one, as run=1 ... run={count}."
            )
    numbers = xr.Variable(TRAJECTORY, range(1, count + 1))
    return xr.concat(parts, numbers, coords="minimal", compat="override", join="override")


def _choose(lists: Runs, fields: Sequence[str] | None, where: str) -> dict[str, list[npt.NDArray[Any]]]:
    for name in fields or ():
        if name not in lists:
            raise DatasetError(f"{where}: there is no list of runs {name!r}; it has {', '.join(lists) or 'none'}.")
    axes = {name: axis for name in lists if name not in (fields or ()) and (axis := _axis(name)) is not None}
    wanted = [name for name in lists if name not in axes and (fields is None or name in fields)]
    counts = {name: len(lists[name]) for name in wanted}
    if len(set(counts.values())) != 1 or not all(counts.values()):
        listed = ", ".join(f"{name} ({len(runs)})" for name, runs in lists.items())
        raise DatasetError(f"{where}: it holds lists of runs, {listed}; name those that belong together: fields=(...).")
    suffixes = {f"_{name.rpartition('_')[2]}" if "_" in name else "" for name in wanted}
    suffix = suffixes.pop() if len(suffixes) == 1 else ""
    found: dict[str, list[npt.NDArray[Any]]] = {}
    for name, axis in axes.items():
        if len(lists[name]) != counts[wanted[0]]:
            continue
        if axis in found:
            raise DatasetError(f"{where}: more than one list of runs could be {axis!r}; keep one of them in the file.")
        found[axis] = lists[name]
    return {**found, **{name.removesuffix(suffix) or name: lists[name] for name in wanted}}


def _axis(name: str) -> str | None:
    # Time_id is a time, but Y_id may be any output.
    return axis_of(name) or (TIME if axis_of(name.split("_")[0]) == TIME else None)
