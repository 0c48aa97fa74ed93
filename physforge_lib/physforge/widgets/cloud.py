"""Draw samples that lie scattered."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import POINT, SPACE, TIME
from physforge.plots.backend import holoviews
from physforge.plots.dataset import axis_label
from physforge.plots.theme import colour_scale
from physforge.widgets.section_figure import HEIGHT, WIDTH
from physforge.widgets.sections import Section

#: Most points that are drawn.
MOST_POINTS = 4000


def is_scattered(ds: xr.Dataset, name: str) -> bool:
    """Say whether a field's samples lie at points that are no grid.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    name : str
        The field.

    Returns
    -------
    bool
        True if it has the dim ``point``, and coordinates along it.
    """
    return POINT in ds[name].dims and bool(cloud_axes(ds))


def cloud_axes(ds: xr.Dataset) -> list[str]:
    """List the coordinates of scattered samples.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.

    Returns
    -------
    list of str
        Those of x, y, z and t that there are.
    """
    return [name for name in (*SPACE, TIME) if name in ds.coords and ds[name].dims == (POINT,)]


def cloud_figure(ds: xr.Dataset, section: Section, limits: tuple[float, float]) -> tuple[Any, object]:
    """Draw samples as points.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    section : Section
        Coordinates across and up; without one up, the values are drawn against the one across.
    limits : (float, float)
        Range of the values.

    Returns
    -------
    figure : holoviews.Points
        What to show.
    shape : object
        See `FigureWidget.show`.
    """
    hv = holoviews()
    field = ds[section.field].isel(dict(section.held))
    chosen = slice(None, None, max(1, -(-field.sizes[POINT] // MOST_POINTS)))
    across, values = ds[section.across][chosen], field[chosen]
    up = values if section.up is None else ds[section.up][chosen]
    columns = tuple(np.asarray(one.values, dtype=np.float32) for one in (across, up, values))
    axes = [hv.Dimension(f"axis {place}", label=axis_label(one)) for place, one in enumerate((across, up))]
    points = hv.Points(columns, axes, hv.Dimension("value", label=axis_label(values)))
    style = {"size": 5, "color": "value", "colorbar": True, "tools": ["hover"], "show_grid": True}
    return points.opts(width=WIDTH, height=HEIGHT, **style, **colour_scale(limits).options), section.shape
