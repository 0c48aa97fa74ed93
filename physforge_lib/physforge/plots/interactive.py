"""A scene that can be turned: what a page is sent when somebody clicks on a poster."""

from __future__ import annotations

import json
from html import escape
from importlib import import_module
from typing import Any

import xarray as xr

from physforge.plots.rendering import quiet_vtk
from physforge.plots.scene import Scene
from physforge.plots.scene_grid import Frame
from physforge.plots.scene_plotter import INTERACTIVE, Composition, compose, draw
from physforge.plots.theme import GUIDE, THEMES, ColourScale, even_ticks, number_text

#: Of the letters of axes, in pixels.
_LETTERS = 13

#: Colours of the bar that are named in its style; a page draws those in between.
_STOPS = 17


def interactive(ds: xr.Dataset, scene: Scene | None = None, *, height: int = 420) -> Any:
    """Make a scene for Panel that can be turned and zoomed.

    Parameters
    ----------
    ds : xarray.Dataset
        The data; of what stays on disk only the samples that are drawn are read.
    scene : Scene, optional
        What is to be seen; by default isosurfaces of the first field at the last time.
    height : int, default 420
        In pixels; it is as wide as there is room.

    Returns
    -------
    panel.Column
        The scene, drawn by vtk.js in the browser, and below it the bar of colours. Load it by
        ``pn.extension("vtk")``; nothing comes from outside, and the server keeps nothing of it.

    Raises
    ------
    DatasetError
        If the data have no such scene.
    MissingExtraError
        If PyVista is not installed.
    """
    pn: Any = import_module("panel")
    wanted = scene if scene is not None else Scene()
    theme = THEMES[wanted.theme]
    with quiet_vtk():
        shown = compose(ds, wanted, INTERACTIVE)
        plotter = draw(shown, wanted, (640, height))
        try:
            _add_edges(plotter, shown.frame)
            plotter.render()
            pane = pn.pane.VTK(
                plotter.render_window,
                serialize_on_instantiation=True,
                axes=browser_axes(shown.frame),
                orientation_widget=False,
                height=height,
                sizing_mode="stretch_width",
            )
            # The bar of colours is written below, in words that a screen reader finds.
            pane.color_mappers = []
            # Axes are written in black by the pane, which loses the option `stylesheets` in a served page.
            pane._stylesheets = [".axes-canvas { filter: invert(1); }"] if wanted.theme == "dark" else []
        finally:
            plotter.close()
    bar = pn.pane.HTML(colour_bar(shown.scale, shown.label, theme.ink), sizing_mode="stretch_width")
    return pn.Column(pane, bar, sizing_mode="stretch_width", name=scene_text(shown, wanted))


def payload_bytes(view: Any) -> int:
    """Say how much a browser is sent of a scene.

    Parameters
    ----------
    view : panel.Column
        What `interactive` returned.

    Returns
    -------
    int
        Bytes of its arrays and of its description, not compressed.
    """
    pane = view[0]
    arrays = sum(len(one) for one in pane._arrays.values())
    return arrays + len(json.dumps(pane._scene)) + len(view[1].object.encode())


def scene_text(shown: Composition, scene: Scene) -> str:
    """Say in words what is to be seen, for whoever cannot see it.

    Parameters
    ----------
    shown : Composition
        What is drawn.
    scene : Scene
        Its description.

    Returns
    -------
    str
        One sentence.
    """
    kinds = {"isosurface": "isosurfaces", "warp": "a surface as high as its values", "surface": "its outside"}
    axes = ", ".join(label for label in shown.frame.labels if label)
    low, high = number_text(shown.scale.low), number_text(shown.scale.high)
    return f"{shown.label} over {axes}: {kinds.get(scene.kind, scene.kind)}; colours from {low} to {high}."


def browser_axes(frame: Frame) -> dict[str, Any]:
    """Return axes as Panel's pane draws them.

    Parameters
    ----------
    frame : Frame
        The box around the scene.

    Returns
    -------
    dict
        Round ticks; the last of each axis bears its name and unit.
    """
    tickers = {}
    for axis, (label, ends) in enumerate(zip(frame.labels, frame.ranges, strict=True)):
        ticks = even_ticks(min(ends), max(ends)) if ends[0] != ends[1] else (ends[0],)
        words = [number_text(one) for one in ticks]
        if label:
            words[-1] = f"{label} = {words[-1]}"
        places = [float(one) for one in frame.place(axis, ticks)]
        tickers[f"{'xyz'[axis]}ticker"] = {"ticks": places, "labels": words if frame.lengths[axis] else [""]}
    return {
        # The corner nearest to whoever looks: no axis is behind what is drawn.
        "origin": [frame.lengths[0], 0.0, 0.0],
        **tickers,
        "fontsize": _LETTERS,
        "show_grid": False,
        "grid_opacity": 0.0,
        "axes_opacity": 0.0,
    }


def colour_bar(scale: ColourScale, label: str, ink: str) -> str:
    """Write a bar of colours as HTML.

    Parameters
    ----------
    scale : ColourScale
        The colours.
    label : str
        What they say; it is text, whatever is in it.
    ink : str
        Of the letters.

    Returns
    -------
    str
        One element, without a script.
    """
    palette = scale.palette
    stops = ", ".join(palette[round(one * 255 / (_STOPS - 1))] for one in range(_STOPS))
    low, middle, high = (number_text(one) for one in (scale.low, (scale.low + scale.high) / 2, scale.high))
    numbers = f"<span>{low}</span><span>{middle}</span><span>{high}</span>"
    said = f"{escape(label)}: colours from {low} to {high}"
    return (
        f'<div style="max-width: 30rem; color: {ink}" role="img" aria-label="{said}">'
        f'<div style="text-align: center">{escape(label)}</div>'
        f'<div style="height: 0.7rem; background: linear-gradient(to right, {stops})"></div>'
        f'<div style="display: flex; justify-content: space-between">{numbers}</div></div>'
    )


def _add_edges(plotter: Any, frame: Frame) -> None:
    """Draw the edges of the box: thin lines that a browser is sent at little cost."""
    box = import_module("pyvista").Box(bounds=[end for length in frame.lengths for end in (0.0, length)])
    edges = box.extract_feature_edges(feature_edges=True, boundary_edges=False, manifold_edges=False)
    edges.clear_data()
    # Grey and not translucent, for which a browser would draw the whole scene twice.
    plotter.add_mesh(edges, color=GUIDE, lighting=False, show_scalar_bar=False, reset_camera=False)
