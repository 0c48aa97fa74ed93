"""What a discovery found: equations, intervals, rivals, and a place to change them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.markup import table
from physforge.apps.person import Person
from physforge.apps.results.candidates import candidate_rows, candidate_table, found_equations, pareto_plot
from physforge.apps.results.cards import code, heading, number, paragraph, sheet, words
from physforge.apps.results.editor import EquationEditor
from physforge.apps.results.figures import Figures
from physforge.apps.results.formula import Formula
from physforge.apps.results.held_out_view import HeldOutView
from physforge.apps.results.intervals import interval_plot, interval_table
from physforge.equations import System
from physforge.errors import EquationError

_NONE = "No equation is supported by these data: the reasons are above, and what was considered is below."


class DiscoveryView(pn.viewable.Viewer):
    """The result of a discovery.

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
        texts = found_equations(content)
        self._formula = Formula()
        self.editor: EquationEditor | None = None
        self._held_out: HeldOutView | None = None
        fields = tuple(content["fields"])
        if _can_be_read(texts, fields):
            self._formula.draw(System.parse(texts, fields=fields))
            self.editor = EquationEditor(person, job_id, "\n".join(texts), fields)
            self._held_out = HeldOutView(person, job_id)

    def __panel__(self) -> Any:
        """Return what is shown."""
        rows = candidate_rows(self._content)
        texts = found_equations(self._content)
        as_text = words(code("\n".join(texts)) if texts else paragraph(_NONE))
        equations = self._formula if self.editor is not None else as_text
        parts = [
            sheet(
                "The equation" if len(self._targets) == 1 else "The equations", equations, words(_sure(self._content))
            )
        ]
        parts.append(sheet("How sure the coefficients are", self._figures.said, self._found))
        if self.editor is not None:
            parts.append(sheet("Change the equations, and see what they do", self.editor))
        considered = [part for target in self._targets for part in _considered(rows, target)]
        parts.append(sheet("What else was considered", *considered))
        if self._held_out is not None:
            parts.append(sheet("Try it on data that were held out", self._held_out))
        return pn.Column(*parts, sizing_mode="stretch_width", margin=0)

    async def begin(self) -> None:
        """Read the arrays, and simulate the equations."""
        found = await self._figures.ask()
        if found is not None:
            self._show(found)
        if self.editor is not None:
            await self.editor.begin()

    @property
    def _targets(self) -> list[str]:
        return [str(one["target"]) for one in self._content["findings"]]

    def _show(self, found: Mapping[str, Any]) -> None:
        rows = found["intervals"]
        parts: list[Any] = []
        if rows:
            note = "They hold given these terms; whether the terms are right is said above."
            parts += [
                words(interval_table(rows, "Intervals of 95 %") + paragraph(note)),
                pn.pane.Bokeh(interval_plot(rows, "Intervals of 95 %"), sizing_mode="stretch_width"),
            ]
        details = words(_inclusion(found) + code(found["summary"]))
        parts.append(pmui.Details(details, title="How probable each term is, and all of it in words", collapsed=True))
        self._found.objects = parts


def _can_be_read(texts: list[str], fields: tuple[str, ...]) -> bool:
    """Tell whether there are equations that can be edited: names of fields may be anything."""
    try:
        System.parse(texts, fields=fields)
    except EquationError:
        return False
    return True


def _sure(content: Mapping[str, Any]) -> str:
    """Say for each target how probable its terms are, and what they leave unexplained."""
    rows = [
        (
            one["target"],
            one["status"],
            f"{one['probability']:.0%}" if one["probability"] is not None else "-",
            f"{one['unexplained']:.2%}" if one["unexplained"] is not None else "-",
            f"{one['samples']} of {one['measured']}",
        )
        for one in content["findings"]
    ]
    head = ("target", "form", "probability of these terms", "left unexplained", "samples")
    return table(head, rows, label="How sure the equations are")


def _considered(rows: list[dict[str, Any]], target: str) -> list[Any]:
    own = [one for one in rows if one["target"] == target]
    if not own:
        return [words(paragraph(f"Nothing was considered for {target}."))]
    plot = pn.pane.Bokeh(pareto_plot(own), sizing_mode="stretch_width")
    return [heading(target, 3), plot, words(candidate_table(own))]


def _inclusion(found: Mapping[str, Any]) -> str:
    rows = [(one["target"], one["term"], number(one["probability"], 3)) for one in found["inclusion"][:40]]
    return table(("target", "term", "probability"), rows, label="Probability of each term") if rows else ""
