"""Draw the fields of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import (
    POINT,
    SD_SUFFIX,
    TIME,
    TRAJECTORY,
    field_names,
    is_uniform,
    spatial_dims,
)
from physforge.errors import DatasetError
from physforge.plots.backend import holoviews
from physforge.plots.scene import Kind, Scene, scene_kinds
from physforge.plots.scene_grid import label_of, thin
from physforge.plots.theme import HEIGHT, SERIES, WIDTH, colour_scale, plain_words

#: Moments of a plane, and samples along each of its axes: a notebook keeps them all.
_MOMENTS, _ACROSS = 20, 160

#: Runs that are drawn, and fields that are drawn in space.
_RUNS, _SCENES = 40, 4


def plot_dataset(
    ds: xr.Dataset, *, fields: Sequence[str] | None = None, title: str | None = None, kind: Kind | None = None
) -> Any:
    """Draw fields of `ds`: curves, colours over a plane, or pictures in space.

    Parameters
    ----------
    ds : xarray.Dataset
        On a grid, scattered or a mesh; curves over its one dim, colours over x and t, colours over x and y with
        a slider for the time, or a picture in space at the last time.
    fields : sequence of str, optional
        Which ones; by default all.
    title : str, optional
        Above the figure; by default the dataset's own title for curves, and the
        fields' names for colours.
    kind : str, optional
        Of a picture in space (see `physforge.plots.Scene`), for example ``"warp"`` or ``"slices"``.
        To turn it, use `physforge.plots.interactive`.

    Returns
    -------
    holoviews.Overlay, holoviews.Layout or holoviews.HoloMap
        Shown by a notebook as it is; save it with ``holoviews.save``.

    Raises
    ------
    DatasetError
        If the dataset has no such field or picture.
    MissingExtraError
        If PyVista is needed and not installed.
    """
    names = _chosen(ds, fields)
    if kind is not None or POINT in ds.dims or len(spatial_dims(ds)) == 3:
        return _scenes(ds, names, title, kind)
    if TRAJECTORY in ds.dims and spatial_dims(ds):
        ds = ds.isel({TRAJECTORY: 0})
    match spatial_dims(ds):
        case []:
            return plot_curves(ds, names, title=title) if TRAJECTORY not in ds.dims else _runs(ds, names, title)
        case [_] if TIME not in ds.dims:
            return plot_curves(ds, names, title=title)
        case [_, _] if TIME in ds.dims:
            return _over_time(ds, names, title)
    panels = [field_image(ds[name], title or name) for name in names]
    return holoviews().Layout(panels).cols(2)


def plot_curves(ds: xr.Dataset, names: Sequence[str], *, title: str | None = None) -> Any:
    """Draw fields as curves over their one dim, with bands of two sd where these are known.

    Parameters
    ----------
    ds : xarray.Dataset
        With one dim, ``t`` or one of space.
    names : sequence of str
        The fields.
    title : str, optional
        By default the dataset's own.

    Returns
    -------
    holoviews.Overlay
        One curve a field, with a legend.
    """
    hv = holoviews()
    (dim,) = ds[names[0]].dims
    places, label = ds[dim].values, axis_label(ds[dim])
    # Figures with axes of one name would be moved together.
    value = axis_label(ds[names[0]]) if len(names) == 1 else hv.Dimension(", ".join(names), label="value")
    bands, curves = [], []
    for number, name in enumerate(names):
        colour = SERIES[number % len(SERIES)]
        if name + SD_SUFFIX in ds:
            reach = 2.0 * ds[name + SD_SUFFIX].values
            band = hv.Spread((places, ds[name].values, reach), label, [value, "two sd"], label=name)
            bands.append(band.opts(alpha=0.25, line_alpha=0.0, color=colour))
        curves.append(hv.Curve((places, ds[name].values), label, value, label=name).opts(color=colour))
    return hv.Overlay([*bands, *curves]).opts(
        title=title if title is not None else str(ds.attrs.get("title", "")),
        width=2 * WIDTH,
        height=HEIGHT,
        legend_position="right",
        show_grid=True,
    )


def _runs(ds: xr.Dataset, names: Sequence[str], title: str | None) -> Any:
    """Draw each field in a panel of its own, with a thin curve for each run."""
    hv = holoviews()
    count = ds.sizes[TRAJECTORY]
    runs = np.unique(np.linspace(0, count - 1, min(count, _RUNS)).astype(int))
    panels = []
    for name in names:
        label, value = axis_label(ds[TIME]), axis_label(ds[name])
        curves = [
            hv.Curve((ds[TIME].values, ds[name].isel({TRAJECTORY: run}).values), label, value).opts(
                color=SERIES[0], alpha=max(0.25, 1 / len(runs)), line_width=1.5
            )
            for run in runs
        ]
        number = str(count) if len(runs) == count else f"{len(runs)} of {count}"
        look = {"width": WIDTH, "height": HEIGHT, "show_grid": True, "show_legend": False}
        panels.append(hv.Overlay(curves).opts(title=f"{title or name}: {number} runs", **look))
    return hv.Layout(panels).cols(2)


def _over_time(ds: xr.Dataset, names: Sequence[str], title: str | None) -> Any:
    """Draw colours over a plane with a slider for the time; they mean the same at all times."""
    hv = holoviews()
    count = ds.sizes[TIME]
    times = np.unique(np.round(np.linspace(0, count - 1, min(count, _MOMENTS))).astype(int))
    shown = thin(ds[list(names)].isel({TIME: times}), _ACROSS).load()
    panels = []
    for name in names:
        colours = colour_scale(shown[name].values).options
        pictures = {
            float(shown[TIME][one]): field_image(shown[name].isel({TIME: one}, drop=True), title or name, **colours)
            for one in range(shown.sizes[TIME])
        }
        panels.append(hv.HoloMap(pictures, kdims=axis_label(ds[TIME])))
    return panels[0] if len(panels) == 1 else hv.Layout(panels).cols(2)


def _scenes(ds: xr.Dataset, names: Sequence[str], title: str | None, kind: Kind | None) -> Any:
    kinds = scene_kinds(ds)
    if not kinds:
        raise DatasetError(f"A dataset with dims {tuple(ds.dims)} has no picture in space.")
    chosen = kind or kinds[0]
    wanted = [None] if chosen == "streamlines" else list(names[:_SCENES])
    panels = [scene_picture(ds, Scene(kind=chosen, field=name), title or name or "") for name in wanted]
    return holoviews().Layout(panels).cols(2)


def scene_picture(ds: xr.Dataset, scene: Scene, title: str) -> Any:
    """Draw a scene as a picture among other figures.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    scene : Scene
        What is to be seen.
    title : str
        Above the picture.

    Returns
    -------
    holoviews.RGB
        Without axes of its own: the scene has its.

    Raises
    ------
    DatasetError
        If the data have no such scene.
    """
    from physforge.plots.poster import poster_pixels

    size = (int(1.4 * WIDTH), int(1.4 * HEIGHT))
    picture = holoviews().RGB(poster_pixels(ds, scene, size=size), bounds=(0, 0, *size))
    return picture.opts(title=title, width=size[0], height=size[1], xaxis=None, yaxis=None, default_tools=[])


def _chosen(ds: xr.Dataset, fields: Sequence[str] | None) -> list[str]:
    known = field_names(ds)
    unknown = [name for name in fields or () if name not in known]
    if unknown:
        raise DatasetError(f"There is no field {unknown[0]!r} to draw; there are {', '.join(known)}.")
    return list(fields) if fields is not None else known


def field_image(field: xr.DataArray, title: str, **options: Any) -> Any:
    """Draw one field over space (across) and time (up), or over two dims of space.

    Parameters
    ----------
    field : xarray.DataArray
        With dims ``(t, x)``, or two of space: the first across, the second up.
    title : str
        Above the picture.
    **options
        Passed on to HoloViews, for example ``clim`` or ``cmap``.

    Returns
    -------
    holoviews.Image or holoviews.QuadMesh
        Coloured, with a colour bar; white is zero where both signs occur. A mesh where the grid is not uniform.
    """
    hv = holoviews()
    across, up = sorted(field.dims, key=lambda dim: dim == TIME)
    # A mesh draws each cell with its own edges, which shimmer; an image has none.
    kind = hv.Image if is_uniform(field[across]) and is_uniform(field[up]) else hv.QuadMesh
    picture = kind(
        (field[across].values, field[up].values, field.transpose(up, across).values),
        [axis_label(field[across]), axis_label(field[up])],
        str(field.name or "value"),
    )
    colours = {} if "cmap" in options else colour_scale(field.values).options
    chosen = {**colours, "colorbar": True, "width": WIDTH, "height": HEIGHT, "tools": ["hover"], **options}
    return picture.opts(title=plain_words(title), **chosen)


def axis_label(coordinate: xr.DataArray) -> str:
    """Return an axis label: the coordinate's name and, where known, its unit."""
    return plain_words(label_of(coordinate))
