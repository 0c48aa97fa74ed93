"""The page that compares runs, drawn."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from physforge.apps.compare.filtering import shown
from physforge.apps.compare.state import MOST, ROWS, CompareState
from physforge.apps.jobs.words import state_mark
from physforge.apps.markup import Link, address, text
from physforge.apps.page import Query
from physforge.apps.person import Person
from physforge.apps.said import Said
from physforge.apps.table import Column, RowTable
from physforge.apps.table.view import Cell, Row
from physforge.jobs.runs import AGGREGATES

_STYLE = """
:host { width: 100%; } h1, h2 { margin: 4px 0 12px; } h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; }
p { margin: 4px 0; } a { color: var(--mui-palette-primary-main, #0b5a8f); min-height: 44px; display: inline-flex;
align-items: center; }
"""

_HELP = "Commas divide conditions, such as: loss (last) < 0.1, weak"

#: Longest text of a cell.
_CELL = 120


class CompareView(pn.viewable.Viewer):
    """A table of runs and their picture in parallel coordinates.

    Parameters
    ----------
    person : Person
        Whose page it is.
    query : mapping of str to str
        ``jobs`` (ids divided by commas), ``batch``, ``kind`` and ``state`` say which runs.
    """

    def __init__(self, person: Person, query: Query) -> None:
        super().__init__()
        known = {name: query.get(name, "")[:200] for name in ("batch", "kind")}
        named = [one for one in query.get("jobs", "").split(",") if one][:MOST]
        self.state = CompareState(person, named=named, **known)
        self._doc: Any = None
        self._drawn: list[int] | None = None
        self._said = Said()
        self.batch = pmui.TextInput(label="Batch", value=known["batch"], width=220)
        self.kind = pmui.TextInput(label="Kind", value=known["kind"], width=160)
        self.wanted = pmui.TextInput(label="Only rows with", placeholder=_HELP, width=420)
        self.aggregate = pmui.Select(label="Measured on the way", options=list(AGGREGATES), value="last", width=180)
        self.everything = pmui.Checkbox(label="settings that all share, too", value=False, height=44)
        self.colour = pmui.Select(label="Colour of the lines", options={"last axis": ""}, value="", width=220)
        self.only = pmui.Button(label="Compare the chosen alone", variant="outlined", height=44)
        self.before = pmui.Button(label="Before", variant="outlined", height=44)
        self.after = pmui.Button(label="After", variant="outlined", height=44)
        self.table = RowTable(label="Runs", nothing="No such runs.", selectable=True, margin=(0, 8))
        self._place = pn.pane.HTML("", stylesheets=[_STYLE], margin=(0, 8))
        # The picture comes when there is one: a pane that was hidden is not drawn when it appears.
        self._frame = pn.Column(sizing_mode="stretch_width")
        self._connect()

    def _connect(self) -> None:
        for widget in (self.batch, self.kind):
            widget.param.watch(self._load, "value")
        self.wanted.param.watch(lambda event: self.state.choose(wanted=event.new or ""), "value")
        self.table.param.watch(lambda event: self.state.choose(order=event.new), "order")
        for widget in (self.aggregate, self.everything):
            widget.param.watch(self._compare, "value")
        self.colour.param.watch(self._draw_picture, "value")
        self.only.on_click(self._keep_chosen)
        self.before.on_click(partial(self._turn, -1))
        self.after.on_click(partial(self._turn, 1))
        self.state.param.watch(self._draw, ["places", "page", "failure"])

    def __panel__(self) -> Any:
        """Return what is shown."""
        return pn.Column(
            pn.pane.HTML("<h1>Compare runs</h1>", stylesheets=[_STYLE], margin=(0, 8)),
            self._said,
            pn.FlexBox(self.batch, self.kind, self.aggregate, self.everything, align_items="center"),
            pn.FlexBox(self.wanted, self.colour, self.only, align_items="center"),
            self._frame,
            self._place,
            self.table,
            pn.FlexBox(self.before, self.after, align_items="center"),
            sizing_mode="stretch_width",
        )

    async def begin(self) -> None:
        """Ask for the runs."""
        self._doc = pn.state.curdoc
        self._said.say("Asking ...")
        await self.state.load()
        self._draw()

    async def _load(self, _event: Any) -> None:
        self._said.say("Asking ...")
        await self.state.load(batch=self.batch.value.strip(), kind=self.kind.value.strip(), named=[])

    def _compare(self, *_events: Any) -> None:
        self.state.param.update(aggregate=self.aggregate.value, everything=self.everything.value)
        self.state.compare(self.state.records)

    def _keep_chosen(self, _event: Any) -> None:
        chosen = set(self.table.selected)
        kept = [one for one in self.state.records if one.id in chosen]
        if len(kept) < 2:
            self._said.say("Choose two or more runs first; shift chooses those between.", "warning")
            return
        self.state.compare(kept)

    def _turn(self, step: int, _event: Any) -> None:
        self.state.page += step

    def _draw(self, *_events: Any) -> None:
        state = self.state
        self._said.fail(state.failure, address("compare", batch=state.batch, kind=state.kind))
        names = state.columns()
        columns = [
            Column("", "run"),
            *(Column(name, name, sortable=True, numeric=self._is_number(name)) for name in names),
        ]
        self.table.put(columns, [self._row(place, names) for place in state.shown()])
        pages = max(1, -(-len(state.places) // ROWS))
        self.before.disabled, self.after.disabled = state.page == 0, state.page + 1 >= pages
        self._place.object = f"<p>{text(self._words(pages))}</p>"
        numbers = [name for name in names if self._is_number(name)]
        self.colour.options = {"last axis": "", **{name: name for name in numbers}}
        if self._doc is None or not self._doc.session_context:
            self._draw_picture()
        else:
            # The table is there at once; the picture follows.
            self._doc.add_next_tick_callback(self._draw_picture)

    def _words(self, pages: int) -> str:
        state = self.state
        most = f" The newest {MOST} are compared; a batch or kind gives others." if len(state.records) == MOST else ""
        page = f", page {state.page + 1} of {pages}" if pages > 1 else ""
        return f"{len(state.places)} of {len(state.records)} runs{page}.{most}"

    def _row(self, place: int, names: list[str]) -> Row:
        record, row = self.state.records[place], self.state.rows[place]
        name = f"{record.spec.kind} {record.id[:8]}"
        cells = [_state(str(row["state"])) if one == "state" else _cut(shown(row.get(one))) for one in names]
        return Row(record.id, name, [Link(name, address("jobs", job=record.id)), *cells])

    def _is_number(self, name: str) -> bool:
        values = [row[name] for row in self.state.rows if row.get(name) is not None]
        return bool(values) and all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)

    def _draw_picture(self, *_events: Any) -> None:
        from physforge.plots.parallel import plot_parallel

        state = self.state
        names = [name for name in state.columns() if name != "error"]
        if len(state.places) < 2:
            self._frame.objects = []
            return
        rows = [{name: _plain(state.rows[place].get(name)) for name in names} for place in sorted(state.places)]
        measured = [name for name in names if name.endswith(")")]
        result = self.colour.value or (measured[0] if measured else "seconds")
        drawn = plot_parallel(pd.DataFrame(rows), result if result in names else None)
        if self._frame.objects:
            pane: Any = self._frame.objects[0]
            pane.object = drawn
        else:
            self._frame.objects = [pn.pane.HoloViews(drawn, sizing_mode="stretch_width", height=340)]


def _state(state: str) -> Cell:
    return state_mark({"state": state, "cancel_requested": False})


def _cut(words: str) -> str:
    return words if len(words) <= _CELL else words[: _CELL - 4] + " ..."


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | str) else shown(value)
