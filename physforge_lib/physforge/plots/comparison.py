"""Draw a simulation beside the data that it should reproduce."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import field_names, spatial_dims
from physforge.errors import DatasetError
from physforge.plots.backend import holoviews
from physforge.plots.dataset import HEIGHT, WIDTH, axis_label, field_image

#: Three pictures side by side fit into a notebook.
THIRD = 300


def plot_comparison(measured: xr.Dataset, simulated: xr.Dataset) -> Any:
    """Draw data and simulation in one figure.

    Parameters
    ----------
    measured : xarray.Dataset
        With dims ``(t)`` or ``(t, x)``.
    simulated : xarray.Dataset
        With the same fields; for curves its times may be finer.

    Returns
    -------
    holoviews.Layout
        Curves: points for the data, lines for the simulation, one panel a field.
        Colours: data, simulation and their difference, one row a field.

    Raises
    ------
    DatasetError
        If a field is missing, or the dataset has more than one spatial dimension.
    """
    names = field_names(measured)
    missing = [name for name in names if name not in simulated]
    if missing:
        raise DatasetError(f"The simulation has no field {missing[0]!r}; it has {field_names(simulated)}.")
    space = spatial_dims(measured)
    if len(space) > 1:
        raise DatasetError(f"A dataset with dims {tuple(measured.dims)} has no flat picture; select a slice first.")
    hv = holoviews()
    if not space:
        return hv.Layout([_curves(measured[name], simulated[name]) for name in names]).cols(1)
    panels = [panel for name in names for panel in _images(measured[name], simulated[name])]
    return hv.Layout(panels).cols(3)


def _curves(measured: xr.DataArray, simulated: xr.DataArray) -> Any:
    hv = holoviews()
    time, value = axis_label(measured["t"]), axis_label(measured)
    points = hv.Scatter((measured["t"].values, measured.values), time, value, label="data").opts(size=6, color="black")
    line = hv.Curve((simulated["t"].values, simulated.values), time, value, label="simulation")
    return (line * points).opts(width=2 * WIDTH, height=HEIGHT, legend_position="right", show_grid=True)


def _images(measured: xr.DataArray, simulated: xr.DataArray) -> list[Any]:
    name = str(measured.name)
    on_grid = simulated.transpose(*measured.dims)
    values = measured.values[np.isfinite(measured.values)]
    shared = (float(values.min()), float(values.max()))
    difference = (on_grid - measured.values).rename(f"{name} difference")
    largest = float(np.nanmax(np.abs(difference.values))) or 1.0
    narrow = {"width": THIRD}
    return [
        field_image(measured, f"{name}: data", clim=shared, **narrow),
        field_image(on_grid, f"{name}: simulation", clim=shared, **narrow),
        field_image(difference, "simulation - data", clim=(-largest, largest), cmap="RdBu_r", **narrow),
    ]
