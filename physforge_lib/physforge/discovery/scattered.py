"""Scattered samples: how they are told from a grid, and which coordinates they have."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from physforge.datasets.conventions import POINT, TIME
from physforge.derivatives.points import point_axes
from physforge.errors import DiscoveryError


def is_scattered(ds: xr.Dataset, fields: Sequence[str]) -> bool:
    """Say whether fields are over the one dim ``point``.

    Parameters
    ----------
    ds : xarray.Dataset
        One run.
    fields : sequence of str
        Its fields.

    Returns
    -------
    bool
        True where all fields are scattered samples.
    """
    return all(ds[field].dims == (POINT,) for field in fields)


def scattered_dims(ds: xr.Dataset) -> list[str]:
    """Return the coordinates of scattered samples that discovery can use.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields over ``point``.

    Returns
    -------
    list of str
        ``t`` first, then those of x, y, z that are coordinates along ``point``.

    Raises
    ------
    DiscoveryError
        If there is no time, or nothing but time.
    """
    dims = list(point_axes(ds))
    if TIME not in dims:
        listed = ", ".join(dims) or "none of t, x, y, z"
        raise DiscoveryError(
            f"Scattered samples need their times as a coordinate 't' along 'point'; there is {listed}. "
            "Add it with ds.assign_coords(t=('point', ...))."
        )
    if dims == [TIME]:
        raise DiscoveryError(
            "Samples that have no place but only a time are a series: make time their dim with "
            "ds.swap_dims(point='t').sortby('t'), or give places with ds.assign_coords(x=('point', ...))."
        )
    return dims
