"""A scene as a picture: small, and there at once."""

from __future__ import annotations

import hashlib
import io
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from physforge.plots.rendering import pyvista, quiet_vtk
from physforge.plots.scene import Scene
from physforge.plots.scene_plotter import POSTER, Composition, colour_table, compose, draw
from physforge.plots.theme import THEMES

#: The largest file, in bytes, and the qualities that are tried for it.
_MOST_BYTES, _QUALITIES = 30_000, (85, 75, 65, 50, 35, 20)


def poster(ds: xr.Dataset, scene: Scene | None = None, *, size: tuple[int, int] = (640, 480)) -> bytes:
    """Draw a scene as a webp picture of at most 30 kB.

    Parameters
    ----------
    ds : xarray.Dataset
        The data; of what stays on disk only the samples that are drawn are read.
    scene : Scene, optional
        What is to be seen; by default isosurfaces of the first field at the last time.
    size : tuple of int, default (640, 480)
        Width and height in pixels.

    Returns
    -------
    bytes
        The file; the same for the same data and scene on one machine.

    Raises
    ------
    DatasetError
        If the data have no such scene.
    MissingExtraError
        If PyVista is not installed.
    """
    return _webp(poster_pixels(ds, scene, size=size))


def poster_pixels(ds: xr.Dataset, scene: Scene | None = None, *, size: tuple[int, int] = (640, 480)) -> Any:
    """Draw a scene.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    scene : Scene, optional
        See `poster`.
    size : tuple of int, default (640, 480)
        Width and height in pixels.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        The picture.

    Raises
    ------
    DatasetError
        If the data have no such scene.
    MissingExtraError
        If PyVista is not installed.
    """
    wanted = scene if scene is not None else Scene()
    with quiet_vtk():
        return drawn_pixels(compose(ds, wanted, POSTER), wanted, size)


def drawn_pixels(shown: Composition, scene: Scene, size: tuple[int, int]) -> Any:
    """Draw a composition with its axes and its bar of colours.

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
    ndarray of uint8, shape (height, width, 3)
        The picture.
    """
    plotter = draw(shown, scene, size)
    try:
        _add_axes(plotter, shown, scene)
        _add_bar(plotter, shown, scene)
        return np.array(plotter.screenshot(return_img=True))[..., :3]
    finally:
        plotter.close()


def kept_poster(
    ds: xr.Dataset, scene: Scene, folder: Path, *, content: str, size: tuple[int, int] = (640, 480)
) -> bytes:
    """Return a poster that was drawn before, or draw it and keep it.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    scene : Scene
        What is to be seen.
    folder : pathlib.Path
        Where posters are kept; it exists.
    content : str
        Names the content of `ds`, for example its sha256.
    size : tuple of int, default (640, 480)
        Width and height in pixels.

    Returns
    -------
    bytes
        As `poster` returns them.
    """
    asked = f"{content}\n{scene.model_dump_json()}\n{size}\n{pyvista().__version__}"
    path = folder / f"{hashlib.sha256(asked.encode()).hexdigest()}.webp"
    if path.exists():
        return path.read_bytes()
    drawn = poster(ds, scene, size=size)
    scratch = path.with_suffix(f".{id(drawn)}.part")
    scratch.write_bytes(drawn)
    scratch.replace(path)
    return drawn


def _add_axes(plotter: Any, shown: Composition, scene: Scene) -> None:
    frame = shown.frame
    bounds = [end for length in frame.lengths for end in (0.0, length)]
    flat = frame.lengths[2] == 0.0
    plotter.show_bounds(
        bounds=bounds,
        axes_ranges=[end for ends in frame.ranges for end in ends],
        xtitle=plain(frame.labels[0]),
        ytitle=plain(frame.labels[1]),
        ztitle=plain(frame.labels[2]),
        show_zaxis=not flat,
        show_zlabels=not flat,
        n_xlabels=3,
        n_ylabels=3,
        n_zlabels=3,
        fmt="%.3g",
        font_size=11,
        bold=False,
        color=THEMES[scene.theme].ink,
        location="outer",
        grid="back",
        ticks="outside",
    )


def _add_bar(plotter: Any, shown: Composition, scene: Scene) -> None:
    bar = plotter.add_scalar_bar(
        title=plain(shown.label),
        lookup_table=colour_table(shown.scale),
        color=THEMES[scene.theme].ink,
        n_labels=3,
        fmt="%.3g",
        vertical=True,
        position_x=0.86,
        position_y=0.2,
        width=0.06,
        height=0.6,
        title_font_size=14,
        label_font_size=12,
    )
    bar.SetVerticalTitleSeparation(10)


def plain(text: str) -> str:
    r"""Write a name so that VTK draws it: a dollar begins no formula, and a bar, which would be a column, is broken.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    str
        Not empty.

    Examples
    --------
    >>> print(plain("|u| ($)"))
    ¦u¦ (\$)
    """
    return text.replace("$", r"\$").replace("|", "¦") or " "


def _webp(pixels: Any) -> bytes:
    image = import_module("PIL.Image").fromarray(pixels)
    for quality in _QUALITIES:
        kept = io.BytesIO()
        image.save(kept, "webp", quality=quality, method=4)
        if kept.tell() <= _MOST_BYTES:
            break
    return kept.getvalue()
