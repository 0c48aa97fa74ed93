"""The fields that a simulation or a differentiation made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import panel as pn

from physforge.apps.person import Person
from physforge.apps.results.cards import paragraph, sheet, words
from physforge.apps.results.field_panels import FieldPanels
from physforge.apps.results.figures import Figures
from physforge.apps.results.scene_view import SceneView
from physforge.datasets.conventions import SD_SUFFIX


class DatasetView(pn.viewable.Viewer):
    """Curves with their bands, planes of colours, and planes that change in time.

    Parameters
    ----------
    person : Person
        Whose kernel reads the arrays.
    job_id : str
        Of the job.
    content : mapping
        Of its ``result.json``.
    """

    def __init__(self, person: Person, job_id: str, content: Mapping[str, Any]) -> None:
        super().__init__()
        self._content = content
        self._figures = Figures(person, job_id)
        self._found = pn.Column(sizing_mode="stretch_width", margin=0)
        fields = [str(one) for one in content.get("variables", ()) if not str(one).endswith(SD_SUFFIX)]
        in_space = len(content.get("sizes", {}).keys() & {"x", "y", "z"}) > 1
        self._scene = SceneView(person, job_id, fields) if fields and in_space else None

    def __panel__(self) -> Any:
        """Return what is shown."""
        over = ", ".join(f"{dim} ({size})" for dim, size in self._content.get("sizes", {}).items())
        names = ", ".join(self._content.get("variables", ()))
        parts = [sheet("The fields", words(paragraph(f"{names} over {over}.")), self._figures.said, self._found)]
        if self._scene is not None:
            parts.append(sheet("In space", self._scene))
        return pn.Column(*parts, sizing_mode="stretch_width", margin=0)

    async def begin(self) -> None:
        """Read the arrays."""
        found = await self._figures.ask()
        if found is None:
            return
        shown = [FieldPanels(one["name"], {"field": one}) for one in found["fields"]]
        self._found.objects = shown or [words(paragraph("They are not on a grid, so that they are not drawn here."))]
