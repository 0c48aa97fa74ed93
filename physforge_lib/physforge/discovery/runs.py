"""Runs of an experiment, and stretches of time within them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from physforge.datasets.conventions import POINT, TRAJECTORY
from physforge.errors import DiscoveryError


def split_runs(ds: xr.Dataset | Sequence[xr.Dataset]) -> tuple[xr.Dataset, ...]:
    """Return the runs that data consist of.

    Parameters
    ----------
    ds : xarray.Dataset or sequence of xarray.Dataset
        One run, several along ``trajectory``, or a sequence.

    Returns
    -------
    tuple of xarray.Dataset
        At least one.

    Raises
    ------
    DiscoveryError
        If there is none.
    """
    if not isinstance(ds, xr.Dataset):
        if not ds:
            raise DiscoveryError("Give at least one run.")
        return tuple(ds)
    if TRAJECTORY in ds.dims:
        return tuple(ds.isel({TRAJECTORY: index}) for index in range(ds.sizes[TRAJECTORY]))
    return (ds,)


def stretches(runs: Sequence[xr.Dataset], count: int, fewest: int) -> list[tuple[xr.Dataset, ...]]:
    """Deal data out to stretches, each of which can be left out: whole runs, or parts of the time of a single one.

    Parameters
    ----------
    runs : sequence of xarray.Dataset
        On a grid, or scattered samples.
    count : int
        Stretches wanted.
    fewest : int
        Samples in time of a part, at least.

    Returns
    -------
    list of tuple of xarray.Dataset
        At least two, and fewer than wanted where there are not enough runs or samples.

    Raises
    ------
    DiscoveryError
        If a single run is too short.
    """
    if len(runs) > 1:
        groups = np.array_split(np.arange(len(runs)), min(count, len(runs)))
        return [tuple(runs[index] for index in group) for group in groups]
    (run,) = runs
    dim = POINT if POINT in run.dims else "t"
    size = run.sizes[dim]
    parts = min(count, size // fewest)
    if parts < 2:
        raise DiscoveryError(
            f"{size} samples in time cannot be parted into stretches of {fewest}, one of which is left out; measure "
            "longer, or give several runs."
        )
    # Scattered samples need not be in order.
    order = np.argsort(run["t"].to_numpy(), kind="stable") if dim == POINT else np.arange(size)
    return [
        (run.isel({dim: slice(part[0], part[-1] + 1) if dim == "t" else np.sort(part)}),)
        for part in np.array_split(order, parts)
    ]
