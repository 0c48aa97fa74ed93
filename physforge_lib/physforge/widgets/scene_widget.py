"""A field in space: a picture at once, and on request a scene that can be turned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
import xarray as xr
from bokeh.document import Document
from bokeh.models import ImportedStyleSheet
from bokeh.models.ui import UIElement

from physforge.datasets.conventions import TIME, field_names, spatial_dims
from physforge.errors import PhysForgeError
from physforge.plots import Scene, interactive, poster, scene_kinds
from physforge.widgets.bokeh_widget import BOKEH, BokehWidget
from physforge.widgets.positions import Positions
from physforge.widgets.words import paragraph

#: What the browser needs to turn a scene, once a page.
_SCRIPTS = (*BOKEH, "bokeh-widgets.min.js", "bokeh-tables.min.js", "vtk.js", "panel.min.js")

_SIZE = (560, 420)

_NARROW = {"width": "200px"}


class SceneView(ipywidgets.VBox):
    """Shows scenes of a dataset; nothing is drawn before `begin`.

    Parameters
    ----------
    ds : xarray.Dataset
        With dims of space.
    """

    def __init__(self, ds: xr.Dataset) -> None:
        self._ds = ds
        self._has_begun = False
        self.kind = ipywidgets.Dropdown(description="scene", options=list(scene_kinds(ds)), layout=_NARROW)
        self.field = ipywidgets.Dropdown(description="field", options=field_names(ds), layout=_NARROW)
        self.positions = Positions()
        self.picture = ipywidgets.Image(format="webp", layout=ipywidgets.Layout(max_width="100%"))
        self.turn = ipywidgets.Button(
            description="Turn it", tooltip="Load the scene into the browser, to turn and zoom it"
        )
        self.scene = BokehWidget("scene that can be turned", _SCRIPTS)
        self.words = ipywidgets.HTML()
        controls = ipywidgets.HBox([self.kind, self.field, self.turn], layout=ipywidgets.Layout(flex_flow="row wrap"))
        super().__init__([controls, self.positions, self.picture, self.scene, self.words])
        if TIME in ds.dims and len(spatial_dims(ds)) > 1:
            self.positions.show(ds, {TIME: ds.sizes[TIME] - 1})
        self.kind.observe(self._draw, "value")
        self.field.observe(self._draw, "value")
        self.scene.observe(self._draw, "theme")
        self.positions.on_change(self._draw)
        self.turn.on_click(self._show_scene)

    def begin(self) -> None:
        """Draw, if that was not done before."""
        if not self._has_begun:
            self._has_begun = True
            self._draw(None)

    def _wanted(self) -> Scene:
        slider = self.positions.sliders.get(TIME)
        return Scene(
            kind=self.kind.value,
            field=self.field.value,
            time=-1 if slider is None else int(slider.value),
            theme="dark" if self.scene.theme == "dark" else "light",
        )

    def _draw(self, _change: Any) -> None:
        if not self._has_begun:
            return
        self.scene.layout.display = "none"
        self.picture.layout.display = self.turn.layout.display = ""
        self._try(lambda: setattr(self.picture, "value", poster(self._ds, self._wanted(), size=_SIZE)))

    def _show_scene(self, _button: Any) -> None:
        self._try(lambda: self.scene.put(scene_document(self._ds, self._wanted())))
        self.scene.layout.display = ""
        self.picture.layout.display = self.turn.layout.display = "none"

    def _try(self, draw: Callable[[], None]) -> None:
        try:
            draw()
        except PhysForgeError as error:
            self.words.value = paragraph(str(error))
        else:
            self.words.value = ""


def scene_document(ds: xr.Dataset, scene: Scene) -> Document:
    """Make a document that a browser draws and turns by itself.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    scene : Scene
        What is to be seen.

    Returns
    -------
    bokeh.document.Document
        With the scene, decimated; it needs no server.

    Raises
    ------
    PhysForgeError
        If the data have no such scene, or PyVista is not installed.
    """
    view = interactive(ds, scene, height=_SIZE[1])
    view.sizing_mode, view.width = None, _SIZE[0]
    document = Document()
    document.add_root(view.get_root(document))
    for model in document.models:
        # Panel links to styles on a content delivery network; a scene needs none of them.
        if isinstance(model, UIElement):
            model.stylesheets = [one for one in model.stylesheets if not isinstance(one, ImportedStyleSheet)]
    return document
