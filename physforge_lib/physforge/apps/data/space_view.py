"""A data set in space: a picture first, drawn by the person's own server."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.markup import STYLE, text
from physforge.apps.person import Person
from physforge.errors import PhysForgeError


class SpaceView(pn.viewable.Viewer):
    """A button that asks for the picture, offered where there is something to see.

    Parameters
    ----------
    person : Person
        Whose page it is.
    """

    def __init__(self, person: Person) -> None:
        super().__init__()
        self._person = person
        self._data, self._version = "", 0
        self.go = pmui.Button(label="See in 3D", height=44, width=140, visible=False)
        self._words = pn.pane.HTML("", stylesheets=[STYLE])
        self._picture = pn.Column(sizing_mode="stretch_width")
        self.go.on_click(self._ask)

    def __panel__(self) -> Any:
        """Return what is shown."""
        return pn.Column(self.go, self._words, self._picture, sizing_mode="stretch_width")

    def forget(self, data: str, version: int) -> None:
        """Begin with another version.

        Parameters
        ----------
        data : str
            Id of the data set.
        version : int
            Which.
        """
        self._data, self._version = data, version
        self.go.visible = False
        self._words.object, self._picture.objects = "", []

    def offer(self, sizes: Mapping[str, int]) -> None:
        """Offer the picture.

        Parameters
        ----------
        sizes : mapping of str to int
            Of the data set's dims.
        """
        self.go.visible = len(sizes) >= 2 or bool(sizes.keys() - {"t", "trajectory"})

    async def _ask(self, _event: Any) -> None:
        asked = (self._data, self._version)
        request = {"act": "scene", "data": self._data, "version": self._version}
        self.go.disabled = True
        try:
            found = await self._person.kernel.run(request, self._say)
            picture = b"" if "error" in found else base64.b64decode(found["poster"], validate=True)
        except (PhysForgeError, TimeoutError, binascii.Error) as error:
            found = {"error": str(error) or "Your server took too long to start; try again."}
        finally:
            self.go.disabled = False
        if asked != (self._data, self._version):
            return
        if "error" in found:
            self._words.object = f'<p role="alert"><strong>Error:</strong> {text(found["error"])}</p>'
            return
        self._words.object = ""
        drawn = pn.pane.image.WebP(picture, sizing_mode="scale_width", max_width=720, alt_text="The data set in 3D")
        self._picture.objects = [drawn]

    def _say(self, words: str) -> None:
        self._words.object = f'<p role="status">{text(words)} ...</p>'
