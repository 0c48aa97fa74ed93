"""The list of jobs, drawn."""

from __future__ import annotations

from functools import partial
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.jobs.list_state import ROWS, JobsState
from physforge.apps.jobs.notice_form import NoticeForm
from physforge.apps.jobs.words import duration, has_ended, name_of, progress_cell, seconds_of, state_mark
from physforge.apps.markup import Link, address, ago, text
from physforge.apps.page import Query
from physforge.apps.person import Person
from physforge.apps.said import Said
from physforge.apps.table import Column, RowTable
from physforge.apps.table.view import Row
from physforge.jobs import State

#: Milliseconds between two looks while jobs wait or run, and how many of them pass between two while none does.
_EVERY_MS, _SELDOM = 2000, 5

#: Most jobs whose comparison a link names one by one; more are compared by their batch.
_MOST_NAMED = 60

_COLUMNS = (
    Column("job", "job"),
    Column("state", "state"),
    Column("progress", "progress, outcome"),
    Column("input", "reads"),
    Column("created", "asked for"),
    Column("seconds", "took"),
)

_STYLE = """
:host { width: 100%; } h1 { margin: 4px 0 12px; font-size: 1.6rem; } p { margin: 4px 0; }
a { color: var(--mui-palette-primary-main, #0b5a8f); display: inline-flex; align-items: center; min-height: 44px; }
"""


class JobsList(pn.viewable.Viewer):
    """Jobs by kind, state, batch and text, newest first, with what can be done about several at once.

    Parameters
    ----------
    person : Person
        Whose.
    query : mapping of str to str
        ``kind``, ``state``, ``batch`` and ``text`` are what the list begins with.
    """

    def __init__(self, person: Person, query: Query) -> None:
        super().__init__()
        known = {name: query.get(name, "")[:200] for name in ("kind", "state", "batch", "text")}
        known["state"] = known["state"] if known["state"] in {str(one) for one in State} else ""
        self.state = JobsState(person, **known)
        self._looks = 0
        self._said = Said()
        self.kind = _select("Kind", ["", known["kind"]], known["kind"])
        self.which = _select("State", ["", *(str(one) for one in State)], known["state"])
        self.batch = pmui.TextInput(label="Batch", value=known["batch"], width=220)
        self.text = pmui.TextInput(label="Search in settings and errors", value=known["text"], width=260)
        self.shared = pmui.Checkbox(label="shared with me, too", value=False, height=44)
        self.table = RowTable(label="Jobs", nothing="No such jobs.", selectable=True, margin=(0, 8))
        self.cancel, self.retry = _button("Cancel chosen", color="error"), _button("Retry chosen")
        self.newer, self.older = _button("Newer"), _button("Older")
        self.notices = NoticeForm(person)
        self._place = pn.pane.HTML("", stylesheets=[_STYLE], margin=(0, 8))
        self._compare = pn.pane.HTML("", stylesheets=[_STYLE], margin=(0, 8))
        self._connect()

    def _connect(self) -> None:
        for widget in (self.kind, self.which, self.batch, self.text, self.shared):
            widget.param.watch(self._filter, "value")
        self.cancel.on_click(partial(self._act, "cancel"))
        self.retry.on_click(partial(self._act, "retry"))
        self.older.on_click(partial(self._turn, 1))
        self.newer.on_click(partial(self._turn, -1))
        self.table.param.watch(self._choose, "selected")
        self.state.param.watch(self._draw, ["jobs", "counts", "kinds", "failure", "has_more", "page"])

    def __panel__(self) -> Any:
        """Return what is shown."""
        return pn.Column(
            pn.pane.HTML("<h1>Jobs</h1>", stylesheets=[_STYLE], margin=(0, 8)),
            self._said,
            pn.FlexBox(self.kind, self.which, self.batch, self.text, self.shared, align_items="center"),
            pn.FlexBox(self.cancel, self.retry, self._compare, align_items="center"),
            self.table,
            pn.FlexBox(self.newer, self.older, self._place, align_items="center"),
            self.notices,
            sizing_mode="stretch_width",
        )

    async def begin(self) -> None:
        """Ask, and go on asking: often while anything runs, seldom while nothing does."""
        self._said.say("Asking ...")
        await self.state.begin()
        self._said.fail(self.state.failure, address("jobs"))
        self._draw()
        await self.notices.begin()
        pn.state.add_periodic_callback(self._look, period=_EVERY_MS)  # type: ignore[arg-type]

    async def _look(self) -> None:
        self._looks += 1
        if self.state.is_busy or self._looks % _SELDOM == 0:
            await self.state.look()

    async def _filter(self, _event: Any) -> None:
        await self.state.filter(
            kind=self.kind.value,
            state=self.which.value,
            batch=self.batch.value,
            text=self.text.value,
            shared=self.shared.value,
        )

    async def _turn(self, step: int, _event: Any) -> None:
        await self.state.turn(step)

    async def _act(self, act: str, _event: Any) -> None:
        chosen = [one["id"] for one in self.state.jobs if one["id"] in self.table.selected and _may(act, one)]
        if not chosen:
            self._said.say(f"Choose jobs first: of those chosen here, none can be {_DONE[act]}.", "warning")
            return
        done = await self.state.act(act, chosen)
        self._said.say(self.state.failure or f"{done} {_DONE[act]}.", "error" if self.state.failure else "success")

    def _choose(self, *_events: Any) -> None:
        chosen = self.table.selected
        if len(chosen) < 2:
            self._compare.object = "<p>Choose two or more to compare them; shift chooses those between.</p>"
        elif len(chosen) <= _MOST_NAMED:
            to = address("compare", jobs=",".join(chosen))
            self._compare.object = f'<a href="{text(to)}">Compare {len(chosen)} jobs</a>'
        else:
            self._compare.object = f"<p>{len(chosen)} are chosen; compare more than {_MOST_NAMED} by their batch.</p>"

    def _draw(self, *_events: Any) -> None:
        state = self.state
        if state.failure:
            self._said.fail(state.failure, address("jobs"))
        self.table.put(_COLUMNS, [_row(job) for job in state.jobs])
        self.kind.options = _options(dict.fromkeys(["", *state.kinds, *([state.kind] if state.kind else [])]))
        self.newer.disabled, self.older.disabled = state.page == 0, not state.has_more
        first = state.page * ROWS
        shown = f"{first + 1} to {first + len(state.jobs)} of {state.total}" if state.jobs else "none"
        counted = ", ".join(f"{count} {name}" for name, count in state.counts.items() if count)
        self._place.object = f"<p>{text(shown)}{text(f' ({counted})' if counted else '')}</p>"
        self._choose()


_DONE = {"cancel": "cancelled", "retry": "asked for again"}


def _may(act: str, job: dict[str, Any]) -> bool:
    return not has_ended(job) if act == "cancel" else job["state"] in ("failed", "cancelled")


def _row(job: dict[str, Any]) -> Row:
    name = name_of(job)
    reads = ", ".join(one["name"] or one["reference"][:8] for one in job["inputs"])
    cells = (Link(name, address("jobs", job=job["id"])), state_mark(job), progress_cell(job), reads)
    return Row(job["id"], name, (*cells, ago(job["created"]), duration(seconds_of(job))))


def _select(label: str, options: Any, value: str) -> pmui.Select:
    return pmui.Select(label=label, options=_options(dict.fromkeys(options)), value=value, width=160)


def _options(names: Any) -> dict[str, str]:
    return {name or "any": name for name in names}


def _button(label: str, color: str = "primary") -> pmui.Button:
    return pmui.Button(label=label, color=color, variant="outlined", height=44)
