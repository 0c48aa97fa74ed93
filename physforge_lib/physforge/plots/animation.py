"""A scene over time as a moving picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import POINT, TIME
from physforge.errors import DatasetError
from physforge.plots.poster import drawn_pixels
from physforge.plots.rendering import quiet_vtk
from physforge.plots.scene import Scene
from physforge.plots.scene_grid import at_time, load_box
from physforge.plots.scene_plotter import POSTER, compose
from physforge.plots.scene_shapes import default_levels
from physforge.plots.theme import colour_scale

#: Longest animation, in frames; samples of each axis, and times, that choose its colours.
_MOST_FRAMES, _FEW, _LOOKED_AT = 48, 32, 8


def animation(
    ds: xr.Dataset,
    scene: Scene | None = None,
    *,
    frames: int = 24,
    size: tuple[int, int] = (480, 360),
    pace_ms: int = 120,
) -> bytes:
    """Draw a scene over time as a moving webp picture.

    Parameters
    ----------
    ds : xarray.Dataset
        With dim ``t``.
    scene : Scene, optional
        What is to be seen; its time is not used.
    frames : int, default 24
        Even indices of the times, the first and the last among them; at most 48.
    size : tuple of int, default (480, 360)
        Width and height in pixels.
    pace_ms : int, default 120
        Milliseconds of each frame.

    Returns
    -------
    bytes
        The file. Colours mean the same in all frames, and so do the levels of isosurfaces.

    Raises
    ------
    DatasetError
        If there is no time to go through, or the data have no such scene.
    """
    wanted = scene if scene is not None else Scene()
    count = ds.sizes.get(TIME, 0)
    if count < 2:
        raise DatasetError("An animation needs a dim 't' with two times or more.")
    times = np.unique(np.round(np.linspace(0, count - 1, min(frames, count, _MOST_FRAMES))).astype(int))
    pictures: list[Any] = []
    with quiet_vtk():
        wanted = shared_scene(ds, wanted, [int(one) for one in times])
        for time in times:
            one = wanted.model_copy(update={"time": int(time)})
            pictures.append(_frame(ds, one, size))
    known = [one for one in pictures if one is not None]
    if not known:
        raise DatasetError("The scene has nothing to show at any of its times; choose other levels.")
    return _moving([known[0] if one is None else one for one in pictures], pace_ms)


def _frame(ds: xr.Dataset, scene: Scene, size: tuple[int, int]) -> Any:
    """Return a frame, or None where the level does not occur at that time."""
    try:
        return drawn_pixels(compose(ds, scene, POSTER), scene, size)
    except DatasetError:
        return None


def shared_scene(ds: xr.Dataset, scene: Scene, times: Sequence[int]) -> Scene:
    """Give all times the same colours, and the same levels.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    scene : Scene
        What is to be seen.
    times : sequence of int
        Indices; a few of them are looked at.

    Returns
    -------
    Scene
        With limits and, for isosurfaces, levels; those that it had are kept.
    """
    few = [times[one] for one in np.unique(np.linspace(0, len(times) - 1, _LOOKED_AT).astype(int))]
    values = np.concatenate([_values(ds, scene, time) for time in few])
    scale = colour_scale(values)
    changes: dict[str, Any] = {}
    if scene.limits is None:
        changes["limits"] = (scale.low, scale.high)
    if scene.kind == "isosurface" and scene.levels is None:
        changes["levels"] = default_levels(values, scale)
    return scene.model_copy(update=changes)


def _values(ds: xr.Dataset, scene: Scene, time: int) -> Any:
    names = scene.chosen_vector(ds) if scene.kind == "streamlines" else (scene.chosen_field(ds),)
    if POINT in ds.dims:
        shown = at_time(ds, names, time)
        found = [np.asarray(shown[name], dtype=float).ravel() for name in names]
    else:
        box = load_box(ds, names, time, _FEW)
        found = [box.values[name].ravel() for name in names]
    return np.sqrt(sum(one**2 for one in found)) if scene.kind == "streamlines" else found[0]


def _moving(pictures: list[Any], pace_ms: int) -> bytes:
    images = [import_module("PIL.Image").fromarray(one) for one in pictures]
    kept = io.BytesIO()
    images[0].save(
        kept, "webp", save_all=True, append_images=images[1:], duration=pace_ms, loop=0, quality=60, method=2
    )
    return kept.getvalue()
