"""Equations and their rivals on data that their fit never saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.markup import table
from physforge.apps.person import Person
from physforge.apps.results.cards import number, paragraph, words
from physforge.apps.results.figures import Figures

_WHY = (
    "Other data with the same fields: the equations are simulated from the first state and compared with the rest. "
    "Where two candidates fit alike, this is the test that they did not choose."
)


class HeldOutView(pn.viewable.Viewer):
    """A data set is named, and the equations are tried on it.

    Parameters
    ----------
    person : Person
        Whose kernel simulates.
    job_id : str
        Of the discovery.
    """

    def __init__(self, person: Person, job_id: str) -> None:
        super().__init__()
        self._figures = Figures(person, job_id)
        self._data = pmui.TextInput(
            label="Data set that was held out", placeholder="name in the catalog or the store", min_width=220
        )
        self._go = pmui.Button(label="Try", variant="outlined", align="center", sx={"minHeight": "44px"})
        self._found = words()
        self._go.on_click(self._try)

    def __panel__(self) -> Any:
        """Return what is shown."""
        asked = pn.FlexBox(self._data, self._go, align_items="center", gap="8px")
        return pn.Column(
            words(paragraph(_WHY)), asked, self._figures.said, self._found, sizing_mode="stretch_width", margin=0
        )

    async def _try(self, _event: Any) -> None:
        name = str(self._data.value or self._data.value_input).strip()
        if not name:
            return
        self._go.disabled, self._found.object = True, ""
        try:
            found = await self._figures.ask("held_out", data=name)
        finally:
            self._go.disabled = False
        if found is not None:
            self._found.object = _tables(found)


def _tables(found: Mapping[str, Any]) -> str:
    errors = [
        (
            one["field"],
            number(one["rms_error"]),
            number(one["relative_error"], 3),
            number(one["horizon"]),
            one["status"],
        )
        for one in found["errors"]
    ]
    rivals = [
        (
            ("chosen: " if one["chosen"] else "") + one["equation"],
            number(one["forecast_error"], 3),
            number(one["horizon"]),
        )
        for one in found["rivals"]
    ]
    return (
        paragraph(f"On {found['title']}:")
        + table(("field", "rms error", "rms error / sd", "holds until t =", "simulation"), errors, label="Errors")
        + table(("equation", "rms error / sd", "holds until t ="), rivals, label="Rivals on held-out data")
    )
