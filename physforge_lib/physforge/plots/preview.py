"""What is shown of a dataset before anybody has chosen anything: curves, colours, or a picture in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr

from physforge.datasets.conventions import POINT, SPACE, TIME, TRAJECTORY, field_names, spatial_dims
from physforge.errors import DatasetError
from physforge.plots.backend import holoviews
from physforge.plots.dataset import axis_label, field_image, plot_curves
from physforge.plots.poster import poster
from physforge.plots.scene import Scene, scene_kinds
from physforge.plots.scene_grid import thin
from physforge.plots.theme import DATA, HEIGHT, SERIES, WIDTH, colour_scale, number_text

#: Samples that are drawn: of a curve, along each axis of a picture, and of scattered points; and runs.
_CURVE, _PICTURE, _POINTS, _RUNS = 2000, 240, 3000, 30


@dataclass(frozen=True, eq=False)
class Preview:
    """One picture of one field.

    Parameters
    ----------
    kind : str
        ``"curves"``, ``"image"`` (over x and t, or x and y), ``"points"`` or ``"poster"`` (in space).
    said : str
        What is to be seen, in one sentence; it is text, whatever is in it.
    frames : int
        So many indices there are to go through; 1 where there is no slider.
    index : int
        The one that is shown.
    place : str
        What the index stands for, such as ``"t = 0.5 (s)"``; empty where there is no slider.
    figure : holoviews object or None
        None for a poster.
    picture : bytes or None
        The poster, as webp.
    scene : Scene or None
        What the poster shows, for `physforge.plots.interactive`.
    """

    kind: Literal["curves", "image", "points", "poster"]
    said: str
    frames: int = 1
    index: int = 0
    place: str = ""
    figure: Any = None
    picture: bytes | None = None
    scene: Scene | None = None


def preview(
    ds: xr.Dataset,
    field: str | None = None,
    index: int | None = None,
    *,
    theme: Literal["light", "dark"] = "light",
    scene: Scene | None = None,
) -> Preview:
    """Choose what to show of a dataset, and draw it.

    Parameters
    ----------
    ds : xarray.Dataset
        Any; large ones are thinned, with both ends of each axis.
    field : str, optional
        Which field; by default the first.
    index : int, optional
        Of the time of a plane or of a volume, or of the run where there are several; by default the last time and
        the first run. It is kept within what there is.
    theme : {"light", "dark"}, default "light"
        Of the page, for pictures in space.
    scene : Scene, optional
        What is to be seen in space; its field, time and theme are taken from the other arguments.

    Returns
    -------
    Preview
        The same for the same arguments.

    Raises
    ------
    DatasetError
        If there is no such field, or nothing to be seen.
    MissingExtraError
        If PyVista is needed and not installed.
    """
    known = field_names(ds)
    if field is not None and field not in known:
        raise DatasetError(f"There is no field {field!r} to draw; there are {', '.join(known)}.")
    name = field if field is not None else known[0]
    if POINT in ds.dims:
        return _scattered(ds, name, index, theme, scene)
    space = [dim for dim in spatial_dims(ds) if dim in ds[name].dims]
    if len(space) == 3:
        return _in_space(ds, name, index, theme, scene)
    if TRAJECTORY in ds[name].dims:
        return _of_runs(ds, name, index, len(space))
    match len(space), TIME in ds[name].dims:
        case (0, True) | (1, False):
            return _curves(ds, name)
        case (1, True) | (2, False):
            return _image(ds[name])
        case (2, True):
            return _plane(ds[name], index)
    raise DatasetError(f"A field over {tuple(ds[name].dims)} has no picture.")


def _at(wanted: int | None, count: int, default: int) -> int:
    index = default if wanted is None else wanted
    return int(np.clip(index + count if index < 0 else index, 0, count - 1))


def _curves(ds: xr.Dataset, name: str) -> Preview:
    keep = [one for one in (name, f"{name}_sd") if one in ds]
    shown = thin(ds[keep], _CURVE)
    return Preview("curves", f"{axis_label(ds[name])} over {ds[name].dims[0]}.", figure=plot_curves(shown, [name]))


def _of_runs(ds: xr.Dataset, name: str, index: int | None, space: int) -> Preview:
    count = ds.sizes[TRAJECTORY]
    run = _at(index, count, 0)
    place = f"run {run + 1} of {count}"
    one = ds.isel({TRAJECTORY: run})
    if space:
        return _with_slider(_image(one[name]) if space == 1 else _plane(one[name], -1), count, run, place)
    hv = holoviews()
    runs = np.unique(np.linspace(0, count - 1, min(count, _RUNS)).astype(int))
    shown = thin(ds[[name]].isel({TRAJECTORY: [*runs, run]}), max(_CURVE // len(runs), 200)).load()
    labels = axis_label(ds[TIME]), axis_label(ds[name])
    curves = [
        hv.Curve((shown[TIME].values, shown[name].isel({TRAJECTORY: one}).values), *labels)
        for one in range(runs.size + 1)
    ]
    others = [one.opts(color=DATA, alpha=0.4, line_width=1) for one in curves[:-1]]
    figure = hv.Overlay([*others, curves[-1].opts(color=SERIES[0], line_width=2.5)])
    figure = figure.opts(width=2 * WIDTH, height=HEIGHT, show_grid=True, show_legend=False)
    said = f"{axis_label(ds[name])} over t: {place} before the others."
    return Preview("curves", said, count, run, place, figure)


def _image(field: xr.DataArray, **options: Any) -> Preview:
    shown = thin(field.to_dataset(name=str(field.name)), _PICTURE)[field.name].load()
    over = " and ".join(map(str, shown.dims))
    figure = field_image(shown, axis_label(field), width=2 * WIDTH, **options)
    return Preview("image", f"{axis_label(field)} in colours over {over}.", figure=figure)


def _plane(field: xr.DataArray, index: int | None) -> Preview:
    count = field.sizes[TIME]
    if count == 0:
        raise DatasetError(f"The field {field.name!r} has no times.")
    time = _at(index, count, count - 1)
    # The same colours at all times, from a few samples of all of them.
    colours = colour_scale(thin(field.to_dataset(name="all"), 48)["all"].values).options
    place = f"t = {number_text(float(field[TIME][time]))}{_unit(field)}"
    return _with_slider(_image(field.isel({TIME: time}, drop=True), **colours), count, time, place)


def _with_slider(shown: Preview, frames: int, index: int, place: str) -> Preview:
    said = f"{shown.said.removesuffix('.')}, {place}."
    return Preview(shown.kind, said, frames, index, place, shown.figure)


def _unit(field: xr.DataArray) -> str:
    units = field[TIME].attrs.get("units")
    return f" {units}" if units else ""


def _in_space(
    ds: xr.Dataset, name: str, index: int | None, theme: Literal["light", "dark"], scene: Scene | None
) -> Preview:
    count = ds.sizes.get(TIME, 1)
    time = _at(index, count, count - 1)
    asked = (scene or Scene(kind=scene_kinds(ds)[0])).model_copy(update={"field": name, "time": time, "theme": theme})
    place = "" if TIME not in ds.dims else f"t = {number_text(float(ds[TIME][time]))}{_unit(ds[name])}"
    what = {"isosurface": "isosurfaces", "surface": "the outside"}.get(asked.kind, asked.kind)
    said = f"{axis_label(ds[name])} in space: {what}{', ' if place else ''}{place}."
    return Preview("poster", said, count, time, place, picture=poster(ds, asked), scene=asked)


def _scattered(
    ds: xr.Dataset, name: str, index: int | None, theme: Literal["light", "dark"], scene: Scene | None
) -> Preview:
    places = [dim for dim in SPACE if dim in ds.coords]
    if len(places) == 3 or (scene is not None and scene_kinds(ds)):
        return _in_space(ds, name, index, theme, scene or Scene(kind="surface"))
    hv = holoviews()
    moving = TIME in ds[name].dims
    count = ds.sizes[TIME] if moving else 1
    time = _at(index, count, count - 1)
    shown = ds[[name]].isel({TIME: time}) if moving else ds[[name]]
    shown = thin(shown, _POINTS).load()
    axes = [*places, TIME][:2] if TIME in shown.coords and shown[TIME].ndim else [*places, name][:2]
    columns = tuple(shown[one].values for one in axes)
    labels = [axis_label(shown[one]) for one in axes]
    colours = {"color": name, "colorbar": True, **colour_scale(shown[name].values).options} if name not in axes else {}
    values = (*columns, shown[name].values) if name not in axes else columns
    figure = hv.Points(values, labels, [name] if name not in axes else [])
    figure = figure.opts(size=4, width=2 * WIDTH, height=HEIGHT, show_grid=True, **(colours or {"color": SERIES[0]}))
    place = f"t = {number_text(float(ds[TIME][time]))}{_unit(ds[name])}" if moving else ""
    return Preview("points", f"Samples of {axis_label(ds[name])} at {' and '.join(axes)}.", count, time, place, figure)
