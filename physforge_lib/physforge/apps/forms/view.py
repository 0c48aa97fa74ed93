"""A form, drawn."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.forms.fields import FormField
from physforge.apps.forms.presets import PRESETS
from physforge.apps.forms.state import EXECUTORS, FormState
from physforge.apps.markup import STYLE, Link, address, text
from physforge.apps.page import Query
from physforge.apps.person import Person
from physforge.apps.said import Said
from physforge.errors import JobError, PhysForgeError

#: Seconds without a key until what was typed is checked.
_PAUSE_S = 0.3

_HEADING = ":host { width: 100%; } h1 { font-size: 1.6rem; margin: 4px 0 4px; } p { margin: 0 0 8px; }"


class FormView(pn.viewable.Viewer):
    """Ask for one kind of job.

    Parameters
    ----------
    person : Person
        Whose page it is.
    query : mapping of str to str
        Of the page's address: texts of fields to begin with; ``data`` is short for the data set.
    kind : str
        Name of the task.
    title : str
        Heading of the page.
    """

    def __init__(self, person: Person, query: Query, *, kind: str, title: str) -> None:
        super().__init__()
        self.state = FormState(person, kind)
        self._title = title
        self._first = {("dataset" if name == "data" else name): words for name, words in query.items()}
        self.said = Said()
        self.inputs = {field.name: _input(field) for field in self.state.fields}
        self.preset = pmui.Select(label="Begin with", options=list(PRESETS[kind]), sizing_mode="stretch_width")
        self.executor = pmui.Select(label="Run on", options=EXECUTORS, sizing_mode="stretch_width")
        self.seed = pmui.TextInput(label="Seed", value="0", sizing_mode="stretch_width")
        self._more = pmui.Toggle(label="More settings", value=False, height=44)
        self.go = pmui.Button(label=title, color="primary", disabled=True, height=48, sizing_mode="stretch_width")
        self._estimate = pn.pane.HTML("", stylesheets=[STYLE])
        self._waiting: asyncio.Task[None] | None = None
        self._watch()

    def _watch(self) -> None:
        for widget in self.inputs.values():
            widget.param.watch(self._typed, "value_input" if "value_input" in widget.param else "value")
            if "value_input" in widget.param:
                widget.param.watch(self._typed, "value")
        self.preset.param.watch(self._begin_with, "value")
        self.go.on_click(self._submit)
        self.state.param.watch(lambda _event: self._name(), "names")
        self.state.param.watch(lambda event: setattr(self._estimate, "object", f"<p>{text(event.new)}</p>"), "estimate")

    def __panel__(self) -> Any:
        """Return what is shown."""
        first = [self.inputs[one.name] for one in self.state.fields if _is_first(one)]
        rest = [self.inputs[one.name] for one in self.state.fields if not _is_first(one)]
        heading = f"<h1>{text(self._title)}</h1><p>{text(self.state.task.title)}.</p>"
        more = pn.Column(*rest, visible=False, sizing_mode="stretch_width")
        self._more.param.watch(lambda event: setattr(more, "visible", event.new), "value")
        return pn.Column(
            pn.pane.HTML(heading, stylesheets=[_HEADING], margin=(0, 8)),
            self.said,
            self.preset,
            *first,
            *([self._more, more] if rest else []),
            pmui.Grid(
                pmui.Grid(self.executor, size={"xs": 12, "sm": 6}),
                pmui.Grid(self.seed, size={"xs": 12, "sm": 6}),
                container=True,
                sizing_mode="stretch_width",
            ),
            self._estimate,
            self.go,
            sizing_mode="stretch_width",
            max_width=860,
        )

    async def begin(self) -> None:
        """Fill in what the address says, and ask for names and times."""
        self._fill({**PRESETS[self.state.task.kind][self.preset.value], **self._first})
        try:
            await self.state.look_up()
        except PhysForgeError as error:
            self.said.say(str(error), "warning")
        await self._check()

    def _name(self) -> None:
        for field in self.state.fields:
            if field.look == "dataset":
                self.inputs[field.name].options = list(self.state.names)

    def _begin_with(self, _event: Any) -> None:
        chosen = PRESETS[self.state.task.kind][self.preset.value]
        kept = {"dataset": self._texts().get("dataset", "")}
        self._fill({**dict.fromkeys(self.inputs, ""), **kept, **chosen})

    def _fill(self, texts: dict[str, str]) -> None:
        for name, words in texts.items():
            if name in self.inputs:
                is_flag = self.state.by_name[name].look == "flag"
                self.inputs[name].value = words.lower() in ("yes", "true") if is_flag else words

    def _texts(self) -> dict[str, str]:
        found = {}
        for name, widget in self.inputs.items():
            value = widget.value_input if getattr(widget, "value_input", None) else widget.value
            found[name] = ("yes" if value else "") if isinstance(value, bool) else str(value or "")
        return found

    def _typed(self, _event: Any) -> None:
        self.go.disabled = True
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = asyncio.ensure_future(self._check_soon())

    async def _check_soon(self) -> None:
        await asyncio.sleep(_PAUSE_S)
        await self._check()

    async def _check(self) -> None:
        await self.state.fill(self._texts())
        # Also where nothing has changed: the button waits for the check of what was typed last.
        self._show()

    def _show(self) -> None:
        typed = self.state.typed
        for field in self.state.fields:
            words = self.state.wrong.get(field.name, "")
            # What is not typed yet is missing, and no mistake.
            is_wrong = bool(words) and field.name in typed
            widget = self.inputs[field.name]
            if "error_state" in widget.param:
                widget.param.update(error_state=is_wrong, helper_text=words[:300] if is_wrong else field.help)
        general = self.state.wrong.get("settings", "")
        self.said.say(f"{general[:1].upper()}{general[1:]}." if general and typed else "", "info")
        self.go.disabled = self.state.config is None

    async def _submit(self, _event: Any) -> None:
        self.go.param.update(disabled=True, loading=True)
        try:
            job = await self.state.submit(executor=self.executor.value, seed=_seed(self.seed.value))
        except PhysForgeError as error:
            self.said.say(str(error), "error")
        else:
            self.said.link(
                "The job is asked for.", Link("Watch it, and see what it finds", address("results", job=job.id))
            )
        finally:
            self.go.param.update(disabled=False, loading=False)


def _seed(typed: str) -> int:
    if not typed.strip().isdecimal():
        raise JobError(f"The seed is a whole number from 0 on, not {typed!r}.")
    return int(typed)


def form(kind: str, title: str) -> Any:
    """Return what makes the page of a kind of job.

    Parameters
    ----------
    kind : str
        Name of the task.
    title : str
        Heading of the page.

    Returns
    -------
    callable
        For a `PageEntry`.
    """
    return partial(FormView, kind=kind, title=title)


def _is_first(field: FormField) -> bool:
    """Tell whether a field is shown at once; the others are under "More settings"."""
    return field.required or field.name in (
        "equations",
        "dataset",
        "target",
        "conditions",
        "domain",
        "budget_s",
        "times",
    )


def _input(field: FormField) -> Any:
    options: dict[str, Any] = {"label": field.title, "sizing_mode": "stretch_width", "helper_text": field.help}
    if field.look == "flag":
        return pmui.Checkbox(
            label=f"{field.title}: {field.help}", value=bool(field.default), sizing_mode="stretch_width"
        )
    if field.look in ("dataset", "job", "choice"):
        suggested = {"options": list(field.options), "restrict": False, "min_characters": 0}
        return pmui.AutocompleteInput(**options, **suggested, case_sensitive=False, search_strategy="includes")
    if field.look == "lines" or field.name == "equations":
        return pmui.TextAreaInput(**options, rows=2, auto_grow=True)
    shown = "" if field.default in (None, {}, ()) or field.required else str(field.default)
    return pmui.TextInput(**options, placeholder=shown)
