"""Draw a section of a dataset."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from physforge.plots.backend import holoviews
from physforge.plots.dataset import axis_label, field_image
from physforge.plots.theme import SERIES, colour_scale
from physforge.widgets.sections import Section, cut, is_even, stride_of

WIDTH, HEIGHT = 520, 360


def section_figure(ds: xr.Dataset, section: Section, limits: tuple[float, float]) -> tuple[Any, object]:
    """Draw a curve or a picture.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    section : Section
        Which part of them.
    limits : (float, float)
        Range of the values, the same at every position.

    Returns
    -------
    figure : holoviews.Element
        What to show.
    shape : object
        Equal for figures that differ in their values alone (see `FigureWidget.show`).
    """
    part = with_coordinates(cut(ds, section))
    if section.up is None:
        return _curve(part, limits), section.shape
    part = part.transpose(section.across, section.up)
    size = {"width": WIDTH, "height": HEIGHT}
    # Half the bytes, and no eye sees the difference.
    figure = field_image(part.astype(np.float32), "", **colour_scale(limits).options, **size)
    return figure, (*section.shape, is_even(part))


def with_coordinates(part: xr.DataArray) -> xr.DataArray:
    """Number the samples along dims that have no coordinate.

    Parameters
    ----------
    part : xarray.DataArray
        Any.

    Returns
    -------
    xarray.DataArray
        With a coordinate along each dim.
    """
    missing = {dim: np.arange(size, dtype=float) for dim, size in part.sizes.items() if dim not in part.coords}
    return part.assign_coords(missing) if missing else part


def _curve(part: xr.DataArray, limits: tuple[float, float]) -> Any:
    hv = holoviews()
    across = part[part.dims[0]]
    margin = 0.05 * (limits[1] - limits[0])
    curve = hv.Curve((across.values, part.values), hv.Dimension(str(across.name), label=axis_label(across)), "value")
    return curve.opts(
        width=WIDTH,
        height=HEIGHT,
        show_grid=True,
        ylim=(limits[0] - margin, limits[1] + margin),
        ylabel=axis_label(part),
        line_width=2,
        color=SERIES[0],
        tools=["hover"],
    )


def words_on(ds: xr.Dataset, section: Section) -> str:
    """Say where the section lies, and what was left out to draw it.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    section : Section
        Which part.

    Returns
    -------
    str
        Plain text, possibly empty.
    """
    places = [f"{dim} = {_value(ds, dim, index)}" for dim, index in section.held.items()]
    axes = [dim for dim in (section.across, section.up) if dim is not None]
    strides = {dim: stride_of(ds.sizes[dim]) for dim in axes}
    thinned = [f"one sample of {step} along {dim} is drawn" for dim, step in strides.items() if step > 1]
    return ", ".join(places) + ("; " if places and thinned else "") + ", ".join(thinned)


def _value(ds: xr.Dataset, dim: str, index: int) -> str:
    if dim not in ds.coords:
        return str(index)
    units = ds[dim].attrs.get("units")
    value = ds[dim].values[index]
    shown = f"{value:.4g}" if np.issubdtype(ds[dim].dtype, np.number) else str(value)
    return f"{shown} {units}" if units else shown
