"""From a description of a scene to a plotter that holds it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import POINT, TIME, spatial_dims
from physforge.errors import DatasetError
from physforge.plots.rendering import pyvista
from physforge.plots.scene import Camera, Scene, scene_kinds
from physforge.plots.scene_flow import cloud, cloud_opacity, speed, streamlines
from physforge.plots.scene_grid import Box, Frame, at_time, label_of, lengths_of, load_box, thin
from physforge.plots.scene_mesh import body_of
from physforge.plots.scene_shapes import (
    VALUES,
    Detail,
    Part,
    decimated,
    default_levels,
    heights,
    isosurfaces,
    outside,
    slices,
)
from physforge.plots.theme import THEMES, ColourScale, colour_scale

#: What a small picture shows, and what a page is sent when somebody wants to turn the scene.
POSTER = Detail(samples=72, plane=128, triangles=120_000, beads=6000)
INTERACTIVE = Detail(samples=64, plane=72, triangles=24_000, beads=3600)

#: How high the surface of a field over a plane is.
_HEIGHT = 0.5

#: How much nearer than the whole sphere around the box one looks: its axes need room.
_ROOM = 0.85

#: How one looks at what is flat.
_FROM_ABOVE = Camera(azimuth=-90.0, elevation=65.0)


@dataclass(frozen=True, eq=False)
class Composition:
    """What is drawn.

    Parameters
    ----------
    parts : list of Part
        The bodies.
    frame : Frame
        The box around them.
    scale : ColourScale
        The colours.
    label : str
        What the colours say, with its unit.
    """

    parts: list[Part]
    frame: Frame
    scale: ColourScale
    label: str


def compose(ds: xr.Dataset, scene: Scene, detail: Detail) -> Composition:
    """Load what a scene shows, and make its bodies.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    scene : Scene
        What is to be seen.
    detail : Detail
        How much of it.

    Returns
    -------
    Composition
        Ready to be drawn.

    Raises
    ------
    DatasetError
        If the data have no such scene, field, time or level.
    """
    kinds = scene_kinds(ds)
    if scene.kind not in kinds:
        have = f"it has {', '.join(kinds)}" if kinds else "it has none"
        raise DatasetError(f"A dataset with dims {tuple(ds.dims)} has no scene {scene.kind!r}; {have}.")
    if scene.kind == "streamlines":
        return _flow(ds, scene, detail)
    name = scene.chosen_field(ds)
    if scene.kind == "surface" and POINT in ds.dims:
        return _body(ds, scene, name, detail)
    if scene.kind == "warp":
        box = _plane(ds, name, scene.time, detail.plane)
    else:
        most = detail.plane if scene.kind in ("slices", "surface") else detail.samples
        box = load_box(ds, (name,), scene.time, most)
    scale = _scale(scene, box.values[name])
    label = label_of(ds[name])
    parts = _parts(box, scene, name, scale, detail)
    return Composition(parts, _raised(box.frame, scale, scene, label), scale, label)


def _parts(box: Box, scene: Scene, name: str, scale: ColourScale, detail: Detail) -> list[Part]:
    match scene.kind:
        case "isosurface":
            levels = scene.levels or default_levels(box.values[name], scale)
            return isosurfaces(box, name, levels, scale, detail)
        case "slices":
            return slices(box, name, scene.at)
        case "volume":
            return cloud(box, name, scale)
        case "surface":
            return outside(box, name)
    return heights(box, name, scale)


def _flow(ds: xr.Dataset, scene: Scene, detail: Detail) -> Composition:
    names = scene.chosen_vector(ds)
    box = load_box(ds, names, scene.time, detail.samples)
    scale = _scale(scene, speed(box, names))
    label = label_of(ds[names[0]], f"length of ({', '.join(names)})")
    return Composition(streamlines(box, names, detail), box.frame, scale, label)


def _body(ds: xr.Dataset, scene: Scene, name: str, detail: Detail) -> Composition:
    frame, body = body_of(ds, (name,), scene.time)
    scale = _scale(scene, np.asarray(body[name]))
    if body.n_cells and not isinstance(body, pyvista().PolyData):
        skin = body.cell_data_to_point_data() if name in body.cell_data else body
        body = decimated(skin.extract_surface(algorithm="dataset_surface").triangulate(), detail.triangles)
    shown = np.asarray(body.point_data[name], dtype=np.float32)
    body.clear_cell_data()
    for other in [one for one in body.point_data if one != "Normals"]:
        del body.point_data[other]
    body.point_data[VALUES] = shown
    return Composition([Part(body)], frame, scale, label_of(ds[name]))


def _plane(ds: xr.Dataset, name: str, time: int, most: int) -> Box:
    """Load a field over two axes of space, or over one and time."""
    if len(spatial_dims(ds)) == 2:
        box = load_box(ds, (name,), time, most)
        return replace(box, frame=replace(box.frame, lengths=(*box.frame.lengths[:2], _HEIGHT)))
    (space,) = spatial_dims(ds)
    shown = thin(at_time(ds.rename({TIME: "moment"}), (name,), 0), most).load()
    dims = (space, "moment")
    ends = [(float(shown[dim][0]), float(shown[dim][-1])) for dim in dims]
    labels = (label_of(shown[space]), label_of(shown["moment"], TIME), "")
    frame = Frame(labels, (*ends, (0.0, 0.0)), (*lengths_of(ends, ("space", "time")), _HEIGHT))
    axes = (frame.place(0, shown[space].to_numpy()), frame.place(1, shown["moment"].to_numpy()), np.zeros(1))
    values = shown[name].transpose(*dims).to_numpy().astype(np.float32)[:, :, None]
    return Box(frame, axes, {name: values})


def _raised(frame: Frame, scale: ColourScale, scene: Scene, label: str) -> Frame:
    if scene.kind != "warp":
        return frame
    return replace(frame, labels=(*frame.labels[:2], label), ranges=(*frame.ranges[:2], (scale.low, scale.high)))


def _scale(scene: Scene, values: Any) -> ColourScale:
    if scene.limits is None:
        return colour_scale(values)
    low, high = scene.limits
    return ColourScale(low, high, colour_scale(scene.limits).diverging and low == -high)


def draw(shown: Composition, scene: Scene, size: tuple[int, int]) -> Any:
    """Put a composition into a plotter without a window.

    Parameters
    ----------
    shown : Composition
        What is drawn.
    scene : Scene
        For its camera and theme.
    size : tuple of int
        Width and height in pixels.

    Returns
    -------
    pyvista.Plotter
        To be closed by whoever asked for it. Axes and the bar of colours are left to them too.
    """
    theme = THEMES[scene.theme]
    plotter = pyvista().Plotter(off_screen=True, window_size=list(size), lighting="light kit")
    plotter.set_background(theme.background)
    colours = colour_table(shown.scale)
    for part in shown.parts:
        if part.cloud:
            _add_cloud(plotter, part, shown.scale)
        else:
            _add_surface(plotter, part, colours)
    _look(plotter, scene, shown.frame)
    return plotter


def _add_surface(plotter: Any, part: Part, colours: Any) -> None:
    look = {
        "opacity": part.opacity,
        "show_scalar_bar": False,
        "copy_mesh": False,
        "point_size": 5.0,
        "ambient": 0.3,
        "diffuse": 0.8,
    }
    if part.colour is not None:
        actor = plotter.add_mesh(part.body, color=part.colour, specular=0.2, **look)
    else:
        options = {"scalars": VALUES, "cmap": colours, "clim": colours.scalar_range, "interpolate_before_map": True}
        actor = plotter.add_mesh(part.body, lighting=_has_normals(part), **options, **look)
    if _has_normals(part):
        actor.prop.interpolation = "Gouraud"


def _has_normals(part: Part) -> bool:
    """Say whether light falls on it: planes and points keep their colours as they are."""
    return bool({"Normals", "TubeNormals"} & set(part.body.point_data.keys()))


def _add_cloud(plotter: Any, part: Part, scale: ColourScale) -> None:
    plotter.add_volume(
        part.body,
        scalars=VALUES,
        cmap=list(scale.palette),
        clim=(0, 255),
        opacity=cloud_opacity(scale) * 255,
        opacity_unit_distance=0.1,
        show_scalar_bar=False,
        mapper="smart",
    )


def colour_table(scale: ColourScale) -> Any:
    """Return colours as VTK has them.

    Parameters
    ----------
    scale : ColourScale
        Any.

    Returns
    -------
    pyvista.LookupTable
        Of 256 colours.
    """
    channels = [[int(colour[place : place + 2], 16) for place in (1, 3, 5)] + [255] for colour in scale.palette]
    return pyvista().LookupTable(values=np.asarray(channels, dtype=np.uint8), scalar_range=(scale.low, scale.high))


def _look(plotter: Any, scene: Scene, frame: Frame) -> None:
    """Look at the middle of the box, from so far that all of it is in the picture."""
    middle = np.asarray(frame.lengths) / 2
    camera = scene.camera or (Camera() if frame.lengths[2] else _FROM_ABOVE)
    azimuth, elevation = np.radians(camera.azimuth), np.radians(camera.elevation)
    towards = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    plotter.camera_position = [tuple(middle + 3.0 * towards), tuple(middle), (0.0, 0.0, 1.0)]
    plotter.reset_camera(bounds=[end for length in frame.lengths for end in (0.0, length)])
    plotter.camera.zoom(_ROOM * camera.zoom)
