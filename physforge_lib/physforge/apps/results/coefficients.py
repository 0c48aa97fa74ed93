"""One slider for each coefficient of the equations that are edited."""

from __future__ import annotations

import math
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.results.cards import heading
from physforge.apps.results.draft import EquationDraft

#: A slider reaches this many times the coefficient to either side; steps of it.
_REACH, _STEPS = 2.0, 400

_TARGET = {"minHeight": "44px", "minWidth": "44px"}


class Coefficients(pn.viewable.Viewer):
    """Sliders with numbers, and ways to add and leave out terms.

    Parameters
    ----------
    draft : EquationDraft
        What they change.
    """

    def __init__(self, draft: EquationDraft) -> None:
        super().__init__()
        self._draft = draft
        self._rows: dict[tuple[str, str], Any] = {}
        self._taking = False
        self._place = pn.Column(sizing_mode="stretch_width", margin=0)
        draft.param.watch(self._follow, "system")
        self._build()

    def __panel__(self) -> Any:
        """Return what is shown."""
        return self._place

    def _follow(self, *_events: Any) -> None:
        """Show the coefficients of the draft; a slider that is dragged through zero stays."""
        if self._draft.system is None:
            return
        now = {(one.target, term): value for one in self._draft.system for term, value in one.terms.items()}
        if not (set(now) == set(self._rows) or (self._taking and set(now) < set(self._rows))):
            self._build()
            return
        if self._taking:
            return
        self._taking = True
        for key, value in now.items():
            self._show(key, value)
        self._taking = False

    def _build(self) -> None:
        self._rows = {}
        parts: list[Any] = []
        for equation in self._draft.system or ():
            parts.append(heading(f"Terms of {equation.target}", 3))
            parts += [self._row(equation.target, term, value) for term, value in equation.terms.items()]
            parts.append(self._adding(equation.target))
        self._place.objects = parts

    def _row(self, target: str, term: str, value: float) -> Any:
        reach = _REACH * abs(value) or 1.0
        slider = pmui.FloatSlider(
            label=f"{term} in {target}",
            value=value,
            start=value - reach,
            end=value + reach,
            step=2 * reach / _STEPS,
            show_value=False,
            styles={"flex": "1 1 140px"},
            margin=(4, 16),
        )
        # A text field, as the arrows of panel-material-ui's fields for numbers have no name for screen readers.
        entered = pmui.TextInput(label="Coefficient", value=f"{value:.6g}", width=124, sx={"minHeight": "44px"})
        leave_out = pmui.Button(
            label="Leave out",
            description=f"Leave {term} out of the equation for {target}",
            variant="text",
            size="small",
            width=104,
            align="center",
            sx=_TARGET,
        )
        slider.param.watch(lambda event: self._take(target, term, event.new), "value")
        entered.param.watch(lambda event: self._take(target, term, _number(event.new)), "value")
        leave_out.on_click(lambda _event: self._draft.remove_term(target, term))
        self._rows[target, term] = (slider, entered)
        return pn.FlexBox(slider, entered, leave_out, align_items="center", sizing_mode="stretch_width")

    def _take(self, target: str, term: str, value: float | None) -> None:
        if self._taking or value is None:
            return
        self._taking = True
        try:
            self._draft.set_coefficient(target, term, value)
            self._show((target, term), float(f"{value:.6g}"))
        finally:
            self._taking = False

    def _show(self, key: tuple[str, str], value: float) -> None:
        """Show a coefficient on its slider, which grows where that is beyond its ends, and as a number."""
        slider, entered = self._rows[key]
        if slider.value != value:
            slider.param.update(start=min(slider.start, value), end=max(slider.end, value), value=value)
        if _number(entered.value) != value:
            entered.value = f"{value:.6g}"

    def _adding(self, target: str) -> Any:
        entered = pmui.TextInput(
            label="New term", placeholder="such as 0.1*u**2", sizing_mode="stretch_width", min_width=160
        )
        add = pmui.Button(label="Add", description=f"Add the term to {target}", width=104, align="center", sx=_TARGET)

        def take(*_events: Any) -> None:
            if entered.value.strip():
                self._draft.add_term(target, entered.value)

        add.on_click(take)
        entered.param.watch(take, "enter_pressed")
        return pn.Row(entered, add, sizing_mode="stretch_width")


def _number(text: str) -> float | None:
    """Return the number that somebody wrote; None where it is none."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
