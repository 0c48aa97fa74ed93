"""The preview of a data set: field, plane, animation, and a picture in 3D."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import holoviews as hv
import panel as pn
import panel_material_ui as pmui

from physforge.apps.data.preview_picture import picture, place_of
from physforge.apps.markup import STYLE, text
from physforge.apps.person import Person
from physforge.errors import PhysForgeError

#: Milliseconds that a plane is shown while they are played.
_PLANE_MS = 250

_Plane = hv.streams.Stream.define("Plane", k=0)


class PreviewView(pn.viewable.Viewer):
    """What is in a version, thinned by the person's own server.

    Parameters
    ----------
    person : Person
        Whose page it is.
    """

    def __init__(self, person: Person) -> None:
        super().__init__()
        self._person = person
        self._data, self._version = "", 0
        self._found: Mapping[str, Any] = {}
        self._stream: Any = _Plane()
        self._filling = False
        self.field = pmui.Select(label="Field", options=[], visible=False, width=200)
        self.through = pmui.Select(label="Go through", options=[], visible=False, width=160)
        self.at = pmui.FloatSlider(label="Cut at", start=0.0, end=1.0, step=0.05, value=0.5, visible=False, width=220)
        self.plane = pmui.IntSlider(label="Plane", start=0, end=1, value=0, visible=False, sizing_mode="stretch_width")
        self.play = pmui.Toggle(label="Play", value=False, visible=False, width=110, height=44)
        self._words = pn.pane.HTML("", stylesheets=[STYLE])
        self._place = pn.pane.HTML("", stylesheets=[STYLE])
        self._picture = pn.Column(sizing_mode="stretch_width")
        self._player: Any = None
        for one in (self.field, self.through):
            one.param.watch(self._ask_again, "value")
        self.at.param.watch(self._ask_again, "value_throttled")
        self.plane.param.watch(self._show_plane, "value")
        self.play.param.watch(self._play, "value")

    def __panel__(self) -> Any:
        """Return what is shown."""
        return pn.Column(
            pn.FlexBox(self.field, self.through, self.at),
            self._picture,
            pn.Row(self.play, self.plane, sizing_mode="stretch_width"),
            self._place,
            self._words,
            sizing_mode="stretch_width",
        )

    async def present(self, data: str, version: int) -> None:
        """Show a version.

        Parameters
        ----------
        data : str
            Id of the data set.
        version : int
            Which.
        """
        self.stop()
        self._data, self._version = data, version
        self._picture.objects = []
        for one in (self.field, self.through, self.at, self.plane, self.play):
            one.visible = False
        self._place.object = ""
        await self._ask({})

    @property
    def sizes(self) -> Mapping[str, int]:
        """Samples along each dim of what is shown; empty before that is known."""
        sizes: Mapping[str, int] = self._found.get("sizes", {})
        return sizes

    def stop(self) -> None:
        """Play no more."""
        self.play.value = False

    async def _ask_again(self, event: Any) -> None:
        if self._filling:
            return
        self.stop()
        choice = {"field": self.field.value, "at": self.at.value}
        if event.obj is not self.field:
            choice["through"] = self.through.value
        await self._ask(choice)

    async def _ask(self, choice: Mapping[str, Any]) -> None:
        asked = (self._data, self._version)
        request = {"act": "preview", "data": self._data, "version": self._version, **choice}
        try:
            found = await self._person.kernel.run(request, self._say)
        except (PhysForgeError, TimeoutError) as error:
            found = {"error": str(error) or "Your server took too long to start; open the data set again."}
        if asked != (self._data, self._version):
            return
        if "error" in found:
            self._words.object = f'<p role="alert"><strong>Error:</strong> {text(found["error"])}</p>'
            return
        self._draw(found)

    def _say(self, words: str) -> None:
        self._words.object = f'<p role="status">{text(words)} ...</p>'

    def _draw(self, found: Mapping[str, Any]) -> None:
        self._found = found
        self._filling = True
        try:
            self._fill(found)
        finally:
            self._filling = False
        self._words.object = f"<p>{text(found['said'])}</p>" if found["said"] else ""
        if found["kind"] == "none":
            self._picture.objects = []
            return
        self._stream = _Plane()
        drawn = picture(found, lambda: self.plane.value, [self._stream])
        self._picture.objects = [pn.pane.HoloViews(drawn, sizing_mode="stretch_width", height=360)]
        self._say_place()

    def _fill(self, found: Mapping[str, Any]) -> None:
        """Set the widgets to what is shown, without asking for it again."""
        self.field.param.update(options=found["fields"], value=found["field"], visible=len(found["fields"]) > 1)
        dims = [dim for dim in ("trajectory", "t", "z", "y", "x") if dim in found["sizes"]]
        is_many = found["kind"] == "planes"
        first = found["dims"][0] if is_many else ""
        options = dims if is_many else []
        self.through.param.update(options=options, value=first or None, visible=is_many)
        fixed = found.get("fixed") or []
        self.at.visible = bool(fixed)
        if fixed:
            units = found["units"].get(fixed[0]["dim"], "")
            self.at.label = f"Cut at {fixed[0]['dim']} = {fixed[0]['value']:.4g} {units}".rstrip()
        last = len(found["axes"][first]) - 1 if is_many else 1
        now = min(self.plane.value, last) if is_many and self.plane.visible else (last if is_many else 0)
        self.plane.param.update(end=max(last, 1), value=now, label=f"Along {first}", visible=is_many and last > 0)
        self.play.visible = is_many and last > 0

    def _show_plane(self, _event: Any) -> None:
        if not self._filling:
            self._stream.event(k=self.plane.value)
            self._say_place()

    def _say_place(self) -> None:
        shown = self._found.get("kind") == "planes"
        self._place.object = f"<p>{text(place_of(self._found, self.plane.value))}</p>" if shown else ""

    def _play(self, event: Any) -> None:
        if event.new and self._player is None:
            self._player = pn.state.add_periodic_callback(self._next, period=_PLANE_MS)
        elif not event.new and self._player is not None:
            self._player.stop()
            self._player = None
        self.play.label = "Stop" if event.new else "Play"

    def _next(self) -> None:
        self.plane.value = 0 if self.plane.value >= self.plane.end else self.plane.value + 1
