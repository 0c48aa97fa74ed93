"""The equations to play with: each change is set in LaTeX at once, and simulated beside the data."""

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.markup import Link, address, cell, table
from physforge.apps.person import Person
from physforge.apps.results.cards import heading, number, paragraph, words
from physforge.apps.results.coefficients import Coefficients
from physforge.apps.results.draft import EquationDraft
from physforge.apps.results.export_view import ExportView
from physforge.apps.results.field_panels import FieldPanels
from physforge.apps.results.formula import Formula
from physforge.apps.results.resimulation import Resimulation
from physforge.apps.said import Said

_TARGET = {"minHeight": "44px", "minWidth": "44px"}


class EquationEditor(pn.viewable.Viewer):
    """Text, coefficients, LaTeX, simulation, and export of equations.

    Parameters
    ----------
    person : Person
        Whose kernel simulates.
    job_id : str
        Whose data the simulation is drawn beside.
    text : str
        The equations that were found, one a line.
    fields : tuple of str
        Names of all fields.
    """

    def __init__(self, person: Person, job_id: str, text: str, fields: tuple[str, ...]) -> None:
        super().__init__()
        self.draft = EquationDraft(text, fields)
        self.simulation = Resimulation(person, job_id)
        self._text = pmui.TextAreaInput(
            label="Equations, one a line", value=text, rows=2, auto_grow=True, sizing_mode="stretch_width"
        )
        self._formula = Formula()
        self._error, self._simulated = Said(), Said()
        self._doing, self._outcome = words(), words()
        self._panels: dict[str, FieldPanels] = {}
        self._pictures = pn.Column(sizing_mode="stretch_width", margin=0)
        self._link = words()
        self._steps = {
            name: pmui.Button(label=name, variant="outlined", sx=_TARGET) for name in ("Undo", "Redo", "Reset")
        }
        self._connect()
        self._show()

    def __panel__(self) -> Any:
        """Return what is shown."""
        steps = pn.FlexBox(*self._steps.values(), gap="8px")
        edited = pn.Column(self._text, steps, self._error, Coefficients(self.draft), styles=_side(360), margin=0)
        drawn = pn.Column(
            self._formula, self._doing, self._simulated, self._outcome, self._pictures, styles=_side(480), margin=0
        )
        sides = pn.FlexBox(edited, drawn, gap="16px", align_items="flex-start", sizing_mode="stretch_width")
        taken = [heading("Take them along", 3), ExportView(self.draft), self._link]
        return pn.Column(sides, *taken, sizing_mode="stretch_width")

    async def begin(self) -> None:
        """Simulate the equations as they were found."""
        await self.simulation.ask(self.draft.text)

    def _connect(self) -> None:
        self._text.param.watch(lambda event: self.draft.write(event.new), ["value_input", "value"])
        for name, act in (("Undo", self.draft.undo), ("Redo", self.draft.redo), ("Reset", self.draft.reset)):
            self._steps[name].on_click(lambda _event, act=act: act())
        self.draft.param.watch(self._show, ["text", "error", "system"])
        self.draft.param.watch(self._simulate, "system")
        self.simulation.param.watch(self._draw, ["found", "failure", "doing"])

    async def _simulate(self, *_events: Any) -> None:
        await self.simulation.ask(str(self.draft.system))

    def _show(self, *_events: Any) -> None:
        draft = self.draft
        if self._text.value_input != draft.text and self._text.value != draft.text:
            self._text.value = draft.text
        self._error.say(draft.error, "warning")
        self._steps["Undo"].disabled = not draft.can_undo
        self._steps["Redo"].disabled = not draft.can_redo
        if draft.system is not None:
            self._formula.draw(draft.system)
            target = address("simulate", equations="; ".join(str(draft.system).splitlines()))
            self._link.object = f"<p>{cell(Link('Open in Simulate', target))}</p>"

    def _draw(self, *_events: Any) -> None:
        state = self.simulation
        self._doing.object = paragraph(f"{state.doing} ...") if state.doing else ""
        self._simulated.say(state.failure, "warning")
        if not state.found or state.failure:
            self._outcome.object = ""
            return
        self._outcome.object = _errors(state.found)
        for panel in state.found["panels"]:
            if not panel["pictures"]:
                continue
            if panel["name"] in self._panels:
                self._panels[panel["name"]].draw(panel["pictures"])
                continue
            self._panels[panel["name"]] = made = FieldPanels(panel["name"], panel["pictures"])
            self._pictures.append(made)


def _side(least: int) -> dict[str, str]:
    """Return the style of one of two sides, which are below each other where the page is narrower than both."""
    return {"flex": f"1 1 {least}px", "min-width": f"min({least}px, 100%)"}


def _errors(found: dict[str, Any]) -> str:
    rows = [(one["field"], number(one["relative_error"], 3), number(one["horizon"])) for one in found["errors"]]
    status = "" if found["status"] == "ok" else paragraph(f"The simulation {found['status']}.")
    head = ("field", "rms error / sd", "holds until t =")
    return status + table(head, rows, label="How far the simulation is from the data")
