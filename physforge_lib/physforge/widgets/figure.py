"""A HoloViews figure as a widget: drawn once, then only what changes is sent."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import anywidget
import bokeh
import traitlets
from bokeh.core.json_encoder import serialize_json
from bokeh.document import Document
from bokeh.document.events import DocumentPatchedEvent
from bokeh.protocol.messages.patch_doc import patch_doc

from physforge.plots.backend import holoviews

STATIC = Path(__file__).parent / "static"


class FigureWidget(anywidget.AnyWidget):
    """Shows a HoloViews figure with Bokeh's tools for zooming.

    Parameters
    ----------
    label : str
        What the figure shows, for screen readers.

    Notes
    -----
    BokehJS comes from the installed package through the kernel, compressed and once a page: nothing
    is fetched from elsewhere, and the notebook keeps no copy of it.
    """

    _esm = STATIC / "figure.js"

    label = traitlets.Unicode("").tag(sync=True)
    bokeh_version = traitlets.Unicode(bokeh.__version__).tag(sync=True)

    def __init__(self, label: str = "") -> None:
        super().__init__(label=label)
        self._document = Document()
        self._plot: Any = None
        self._stream: Any = None
        self._shape: object = None
        self._events: list[DocumentPatchedEvent] = []
        self.on_msg(self._answer)

    def show(self, figure: Any, shape: object = None) -> None:
        """Draw a figure, or change the one that is there.

        Parameters
        ----------
        figure : holoviews object
            What to draw.
        shape : object, optional
            What the figure is made of, comparable. Where it equals the one before, the axes, the zoom and the
            tools stay, and only what differs is sent. By default everything is drawn anew.
        """
        hv = holoviews()
        if self._plot is not None and shape is not None and shape == self._shape:
            self._stream.event(figure=figure)
            self._send_changes()
            return
        self._shape = shape
        self._stream = hv.streams.Stream.define("Shown", figure=figure)()
        moving = hv.DynamicMap(lambda figure: figure, streams=[self._stream]) if shape is not None else figure
        self._draw(hv, moving)

    def _draw(self, hv: Any, figure: Any) -> None:
        self._document = Document()
        self._plot = hv.renderer("bokeh").get_plot(figure, doc=self._document)
        self._document.add_root(self._plot.state)
        self._document.on_change(self._note)
        self._events = []
        self._send_document()

    def _note(self, event: Any) -> None:
        if isinstance(event, DocumentPatchedEvent):
            self._events.append(event)

    def _send_changes(self) -> None:
        events, self._events = self._events, []
        if not events:
            return
        message = patch_doc.create(events)
        buffers = message.buffers
        self.send(
            {"kind": "patch", "patch": message.content_json, "buffers": [one.id for one in buffers]},
            buffers=[one.to_bytes() for one in buffers],
        )

    def _send_document(self) -> None:
        if self._plot is not None:
            self.send({"kind": "document", "document": serialize_json(self._document.to_json(deferred=False))})

    def _answer(self, _widget: Any, message: dict[str, Any], _buffers: Any) -> None:
        if message.get("ask") == "library":
            self.send({"answer": "library"}, buffers=[bokeh_script()])
        elif message.get("ask") == "document":
            self._send_document()


@cache
def bokeh_script() -> bytes:
    """Return BokehJS of the installed version.

    Returns
    -------
    bytes
        A script, compressed by gzip.
    """
    folder = files("bokeh") / "server" / "static" / "js"
    return gzip.compress((folder / "bokeh.min.js").read_bytes(), 6, mtime=0)
