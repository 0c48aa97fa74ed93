"""Draw a simulation beside the data that it should reproduce."""

from __future__ import annotations

from typing import Any

import xarray as xr

from physforge.datasets.conventions import field_names, spatial_dims
from physforge.errors import DatasetError
from physforge.plots.backend import holoviews
from physforge.plots.dataset import axis_label, field_image
from physforge.plots.theme import DATA, HEIGHT, SERIES, THIRD, WIDTH, colour_scale


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
    points = hv.Scatter((measured["t"].values, measured.values), time, value, label="data").opts(size=6, color=DATA)
    line = hv.Curve((simulated["t"].values, simulated.values), time, value, label="simulation").opts(color=SERIES[0])
    return (line * points).opts(width=2 * WIDTH, height=HEIGHT, legend_position="right", show_grid=True)


def _images(measured: xr.DataArray, simulated: xr.DataArray) -> list[Any]:
    name = str(measured.name)
    on_grid = simulated.transpose(*measured.dims)
    shared = {**colour_scale(measured.values).options, "width": THIRD}
    difference = (on_grid - measured.values).rename(f"{name} difference")
    return [
        field_image(measured, f"{name}: data", **shared),
        field_image(on_grid, f"{name}: simulation", **shared),
        difference_image(difference, "simulation - data", width=THIRD),
    ]


def difference_image(difference: xr.DataArray, title: str, **options: Any) -> Any:
    """Draw a difference; white is none.

    Parameters
    ----------
    difference : xarray.DataArray
        With two dims.
    title : str
        Above the picture.
    **options
        Passed on to HoloViews.

    Returns
    -------
    holoviews.Image or holoviews.QuadMesh
        As `field_image` draws it.
    """
    return field_image(difference, title, **colour_scale(difference.values, diverging=True).options, **options)
