"""A Bokeh document in a notebook: scripts come through the kernel, and only what changes is sent."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import anywidget
import bokeh
import traitlets
from bokeh.core.json_encoder import serialize_json
from bokeh.document import Document
from bokeh.document.events import DocumentPatchedEvent
from bokeh.protocol.messages.patch_doc import patch_doc

#: What every document needs.
BOKEH = ("bokeh.min.js",)


class BokehWidget(anywidget.AnyWidget):
    """Shows a Bokeh document.

    Parameters
    ----------
    label : str
        What is shown, for screen readers.
    scripts : sequence of str
        Names for `script`, in the order in which they are loaded.

    Notes
    -----
    The scripts come from the installed packages through the kernel, compressed and once a page: nothing
    is fetched from elsewhere, and the notebook keeps no copy of them.
    """

    _esm = Path(__file__).parent / "static" / "figure.js"

    label = traitlets.Unicode("").tag(sync=True)
    scripts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    theme = traitlets.Enum(["light", "dark"], "light").tag(sync=True)
    bokeh_version = traitlets.Unicode(bokeh.__version__).tag(sync=True)

    def __init__(self, label: str = "", scripts: Sequence[str] = BOKEH) -> None:
        super().__init__(label=label, scripts=list(scripts))
        self._document: Document | None = None
        self._events: list[DocumentPatchedEvent] = []
        self.on_msg(self._answer)

    def put(self, document: Document) -> None:
        """Show another document.

        Parameters
        ----------
        document : bokeh.document.Document
            With one root.
        """
        self._document, self._events = document, []
        document.on_change(self._note)
        self._send_document()

    def send_changes(self) -> None:
        """Send what was changed in the document since it was sent."""
        events, self._events = self._events, []
        if not events:
            return
        message = patch_doc.create(events)
        buffers = message.buffers
        self.send(
            {"kind": "patch", "patch": message.content_json, "buffers": [one.id for one in buffers]},
            buffers=[one.to_bytes() for one in buffers],
        )

    def _note(self, event: Any) -> None:
        if isinstance(event, DocumentPatchedEvent) and event.document is self._document:
            self._events.append(event)

    def _send_document(self) -> None:
        if self._document is not None:
            self.send({"kind": "document", "document": serialize_json(self._document.to_json(deferred=False))})

    def _answer(self, _widget: Any, message: dict[str, Any], _buffers: Any) -> None:
        if message.get("ask") == "document":
            self._send_document()
        elif message.get("ask") in self.scripts:
            self.send({"answer": message["ask"]}, buffers=[script(message["ask"])])


@cache
def script(name: str) -> bytes:
    """Return a script of the installed version of Bokeh or Panel.

    Parameters
    ----------
    name : str
        ``"panel.min.js"``, ``"vtk.js"``, or the name of a file of BokehJS.

    Returns
    -------
    bytes
        Compressed by gzip.
    """
    return gzip.compress(_file(name).read_bytes(), 6, mtime=0)


def _file(name: str) -> Traversable:
    if name == "panel.min.js":
        return files("panel") / "dist" / name
    if name == "vtk.js":
        bundled = files("panel") / "dist" / "bundled" / "abstractvtkplot"
        (folder,) = (one for one in bundled.iterdir() if one.name.startswith("vtk.js"))
        return folder / name
    return files("bokeh") / "server" / "static" / "js" / name
