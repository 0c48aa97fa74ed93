"""What a network learned: beside the data and a simulation, with what the law leaves, and how training went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import panel as pn

from physforge.apps.markup import listed, table
from physforge.apps.person import Person
from physforge.apps.results.cards import number, sheet, words
from physforge.apps.results.field_panels import FieldPanels
from physforge.apps.results.figures import Figures
from physforge.apps.results.history import history_plot
from physforge.apps.results.intervals import interval_plot, interval_table


class NetworkView(pn.viewable.Viewer):
    """The result of training.

    Parameters
    ----------
    person : Person
        Whose kernel evaluates the network.
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

    def __panel__(self) -> Any:
        """Return what is shown."""
        rows = self._content.get("rows", [])
        network = self._content.get("network", {})
        facts = [
            ("held-out residual", number(self._content.get("held_out"))),
            ("network", ", ".join(f"{name} {value}" for name, value in network.items() if value is not None)),
            ("steps", str(rows[-1]["step"]) if rows else "-"),
        ]
        parts = [
            sheet("The solution", self._figures.said, self._found),
            sheet("How training went", words(table(("what", "value"), facts, label="Training"))),
        ]
        if rows:
            parts[1].append(pn.pane.Bokeh(history_plot(rows), sizing_mode="stretch_width"))
        return pn.Column(*parts, sizing_mode="stretch_width", margin=0)

    async def begin(self) -> None:
        """Evaluate the network."""
        found = await self._figures.ask()
        if found is not None:
            self._show(found)

    def _show(self, found: Mapping[str, Any]) -> None:
        parts: list[Any] = []
        if found["parameters"]:
            rows = found["parameters"]
            parts.append(words(interval_table(rows, "Parameters with intervals of 95 %")))
            if all(one["low"] is not None for one in rows):
                plot = interval_plot(rows, "Parameters with intervals of 95 %")
                parts.append(pn.pane.Bokeh(plot, sizing_mode="stretch_width"))
        parts += [FieldPanels(one["name"], one["pictures"]) for one in found["panels"] if one["pictures"]]
        if found["residual"] is not None:
            parts.append(FieldPanels("what the laws leave, log10", {"residual": found["residual"]}))
        parts.append(words(listed(found["notes"])))
        self._found.objects = parts
