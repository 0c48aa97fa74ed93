"""The fields of a result in space: a picture first, drawn by the person's own server when it is asked for."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import panel as pn
import panel_material_ui as pmui
from panel.pane.image import WebP

from physforge.apps.person import Person
from physforge.apps.results.figures import Figures


class SceneView(pn.viewable.Viewer):
    """A field is chosen, and seen in space.

    Parameters
    ----------
    person : Person
        Whose kernel draws.
    job_id : str
        Of the job.
    names : sequence of str
        Of the fields.
    """

    def __init__(self, person: Person, job_id: str, names: Sequence[str]) -> None:
        super().__init__()
        self._figures = Figures(person, job_id)
        self._field = pmui.Select(label="Field in 3D", options=list(names), value=names[0], width=200)
        self._go = pmui.Button(label="See it in 3D", variant="outlined", sx={"minHeight": "44px"})
        self._picture = pn.Column(sizing_mode="stretch_width", margin=0)
        self._go.on_click(self._ask)

    def __panel__(self) -> Any:
        """Return what is shown."""
        asked = pn.FlexBox(self._field, self._go, align_items="center", gap="8px")
        return pn.Column(asked, self._figures.said, self._picture, sizing_mode="stretch_width", margin=0)

    async def _ask(self, _event: Any) -> None:
        self._go.disabled = True
        name = str(self._field.value)
        try:
            found = await self._figures.ask("result_scene", field=name)
        finally:
            self._go.disabled = False
        if found is not None:
            picture = base64.b64decode(found["poster"])
            drawn = WebP(picture, sizing_mode="scale_width", max_width=720, alt_text=f"{name} in 3D")
            self._picture.objects = [drawn]
