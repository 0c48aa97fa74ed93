"""Draw data, a simulation of them, and the difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import TIME, field_names, spatial_dims
from physforge.plots.backend import holoviews
from physforge.plots.dataset import axis_label, field_image
from physforge.plots.theme import DATA, SERIES, THIRD, colour_scale
from physforge.widgets.sections import value_range

_HEIGHT = 240


def beside_figure(measured: xr.Dataset, simulated: xr.Dataset, moment: int) -> tuple[Any, object]:
    """Draw a simulation beside data.

    Parameters
    ----------
    measured : xarray.Dataset
        With dims ``t`` and any of space.
    simulated : xarray.Dataset
        On the same samples.
    moment : int
        Index of the time that is shown where there are two dims of space or three.

    Returns
    -------
    figure : holoviews.Layout
        Curves over time without space, else pictures: data, simulation, difference. Of three dims the middle of
        the last is shown.
    shape : object
        See `FigureWidget.show`.
    """
    hv = holoviews()
    names = [name for name in field_names(measured) if name in simulated]
    space = spatial_dims(measured)
    if not space:
        panels = [_curves(measured[name], simulated[name]) for name in names]
        return hv.Layout(panels).cols(1), ("curves", tuple(names))
    held = {TIME: moment} if len(space) > 1 else {}
    held |= {dim: measured.sizes[dim] // 2 for dim in space[2:]}
    order = [*space[:2], TIME][:2]
    panels = []
    for name in names:
        data, found = (one[name].isel(held).transpose(*order) for one in (measured, simulated))
        panels += _images(name, data, found, value_range(measured, name))
    return hv.Layout(panels).cols(3), ("images", tuple(names), tuple(order), tuple(measured.sizes.items()))


def _curves(measured: xr.DataArray, simulated: xr.DataArray) -> Any:
    hv = holoviews()
    name, time = str(measured.name), axis_label(measured[TIME])
    points = hv.Scatter((measured[TIME].values, measured.values), time, name, label="data")
    line = hv.Curve((simulated[TIME].values, simulated.values), time, name, label="simulation")
    margin = 0.25 * float(np.ptp(measured.values[np.isfinite(measured.values)])) or 1.0
    low, high = value_range(measured.to_dataset(), name)
    return (line.opts(line_width=2, color=SERIES[0]) * points.opts(size=5, color=DATA)).opts(
        width=2 * THIRD,
        height=_HEIGHT,
        legend_position="right",
        show_grid=True,
        ylim=(low - margin, high + margin),
        ylabel=axis_label(measured),
    )


def _images(name: str, measured: xr.DataArray, simulated: xr.DataArray, limits: tuple[float, float]) -> list[Any]:
    size = {"width": THIRD - 40, "height": _HEIGHT, "colorbar_opts": {"width": 8}, "toolbar": None}
    difference = (simulated - measured.values).rename(f"{name} difference").astype(np.float32)
    half = 0.5 * (limits[1] - limits[0])
    even = colour_scale((-half, half), diverging=True)
    return [
        field_image(measured.astype(np.float32), f"{name}: data", **colour_scale(limits).options, **size),
        field_image(simulated.astype(np.float32), f"{name}: simulation", **colour_scale(limits).options, **size),
        field_image(difference, "simulation - data", **even.options, **size),
    ]
