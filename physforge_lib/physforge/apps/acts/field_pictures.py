"""Thin a field out to what a page draws of it: a curve, a plane of colours, or a plane for each moment."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import xarray as xr

from physforge.apps.acts.packing import pack
from physforge.datasets.conventions import POINT, SD_SUFFIX, SPACE, TIME, TRAJECTORY, field_names, is_uniform

#: Samples of a curve; along each axis of a plane, and of a plane that changes in time; moments of that.
CURVE, PLANE, MOVING, MOMENTS = 1000, 160, 80, 40

#: Fields that are drawn.
FIELDS = 6


def field_picture(field: xr.DataArray, sd: xr.DataArray | None = None) -> dict[str, Any] | None:
    """Describe a field for a page.

    Parameters
    ----------
    field : xarray.DataArray
        On a grid; of several runs the first is taken, of a third axis in space the middle.
    sd : xarray.DataArray, optional
        Its standard deviation, drawn as a band around a curve.

    Returns
    -------
    dict or None
        ``name``, ``units``, ``axes`` (name, unit and places of each), ``values`` in the order of the axes (packed),
        ``sd`` and ``note``; time is the first of three axes. None where there is nothing to draw on.
    """
    if POINT in field.dims or not field.dims or not set(field.dims) <= {TRAJECTORY, TIME, *SPACE}:
        return None
    field, note = _plane(field)
    field = _thin(field)
    axes = [
        {"name": str(dim), "units": str(field[dim].attrs.get("units", "")), "places": field[dim].to_numpy().tolist()}
        for dim in field.dims
    ]
    band = None
    if sd is not None and len(axes) == 1:
        band = pack(_thin(_plane(sd)[0]).to_numpy())
    return {
        "name": str(field.name),
        "units": str(field.attrs.get("units", "")),
        "axes": axes,
        "values": pack(field.to_numpy()),
        "sd": band,
        "note": note,
    }


def dataset_pictures(ds: xr.Dataset) -> list[dict[str, Any]]:
    """Describe the fields of a data set.

    Parameters
    ----------
    ds : xarray.Dataset
        With standard deviations or without.

    Returns
    -------
    list of dict
        See `field_picture`; at most `FIELDS` of them.
    """
    drawn = [field_picture(ds[name], ds.get(name + SD_SUFFIX)) for name in field_names(ds)[:FIELDS]]
    return [one for one in drawn if one is not None]


def _plane(field: xr.DataArray) -> tuple[xr.DataArray, str]:
    """Leave at most time and two axes of space, and say what was taken of the others."""
    notes = []
    if TRAJECTORY in field.dims:
        notes.append(f"the first of {field.sizes[TRAJECTORY]} runs")
        field = field.isel({TRAJECTORY: 0})
    space = [dim for dim in SPACE if dim in field.dims]
    if len(space) == 3:
        middle = field.sizes[space[2]] // 2
        notes.append(f"the middle of {space[2]}, at {float(field[space[2]][middle]):.4g}")
        field = field.isel({space[2]: middle})
    kept = [dim for dim in (TIME, *SPACE) if dim in field.dims]
    return field.transpose(*kept).sortby(list(kept)), ", ".join(notes)


def _thin(field: xr.DataArray) -> xr.DataArray:
    most = {1: {}, 2: {}, 3: {TIME: MOMENTS}}[len(field.dims)]
    usual = {1: CURVE, 2: PLANE, 3: MOVING}[len(field.dims)]
    steps = {dim: math.ceil(size / most.get(str(dim), usual)) for dim, size in field.sizes.items()}
    thinned = field.isel({dim: slice(None, None, step) for dim, step in steps.items()})
    uneven = [dim for dim in thinned.dims if len(field.dims) > 1 and not is_uniform(thinned[dim])]
    if not uneven:
        return thinned
    # Colours are drawn in cells of one size.
    even = {dim: np.linspace(float(thinned[dim][0]), float(thinned[dim][-1]), thinned.sizes[dim]) for dim in uneven}
    moved: xr.DataArray = thinned.interp(even)
    return moved
