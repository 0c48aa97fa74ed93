"""The page of data sets, drawn."""

from __future__ import annotations

import uuid
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.data.data_list import DataList
from physforge.apps.data.opened_view import HEADING, OpenedView, findings_of, sentences
from physforge.apps.data.state import DataState
from physforge.apps.data.upload_zone import LOGIN, UploadZone
from physforge.apps.markup import ago, size
from physforge.apps.page import Query
from physforge.apps.person import Person
from physforge.apps.receiving import ticket_of
from physforge.apps.said import Said


class DataView(pn.viewable.Viewer):
    """Upload, find, look at, compare versions, download, share.

    Parameters
    ----------
    person : Person
        Whose page it is.
    query : mapping of str to str
        ``name`` (an id, or an exact name) opens a data set, and ``version`` one of its versions.
    """

    def __init__(self, person: Person, query: Query) -> None:
        super().__init__()
        self._person = person
        self._first = query.get("name", "")
        number = query.get("version", "")
        self._number = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
        self.state = DataState(person)
        self._said = Said()
        self._login = pn.pane.HTML(f'<a href="{LOGIN}">Log in again</a>', stylesheets=[HEADING], visible=False)
        self.zone = UploadZone(self._kept, self._open, ticket=ticket_of(person.login.token))
        self.search = pmui.TextInput(label="Search", placeholder="words", sizing_mode="stretch_width")
        self.trash = pmui.Switch(label="Trash", value=False, height=44)
        self.list = DataList(self._act, nothing="Asking ...")
        self.before = pmui.Button(label="Previous", variant="outlined", height=44, width=120, visible=False)
        self.after = pmui.Button(label="Next", variant="outlined", height=44, width=120, visible=False)
        self.opened = OpenedView(person, self.state)
        self.search.param.watch(self._find, "value_input")
        self.trash.param.watch(self._find, "value")
        self.before.on_click(self._turn_back)
        self.after.on_click(self._turn_on)
        self.state.param.watch(self._draw_list, ["rows", "part", "has_next", "opened"])
        self.state.param.watch(self._draw_failure, ["failure", "session_over"])
        self.state.param.watch(lambda event: self.zone.param.update(largest=event.new), "room")

    def __panel__(self) -> Any:
        """Return what is shown."""
        heading = pn.pane.HTML("<h1>Data</h1>", stylesheets=[HEADING], margin=(0, 8))
        cards = [
            _card("Upload", self.zone),
            _card(
                "Data sets",
                pn.Row(self.search, self.trash, sizing_mode="stretch_width"),
                self.list,
                pn.FlexBox(self.before, self.after),
            ),
        ]
        grid = pmui.Grid(
            *(pmui.Grid(card, size={"xs": 12, "lg": width}) for card, width in zip(cards, (5, 7), strict=True)),
            container=True,
            sizing_mode="stretch_width",
        )
        return pn.Column(heading, self._said, self._login, grid, self.opened, sizing_mode="stretch_width")

    async def begin(self) -> None:
        """List, and open what the address names."""
        await self.state.find()
        if self._first:
            await self._show(self._first, self._number)
        await self.state.look_at_room()

    async def _show(self, dataset: str, number: int | None = None) -> None:
        if await self.state.open(dataset, number):
            await self.opened.look()

    async def _find(self, *_events: Any) -> None:
        self.state.param.update(search=self.search.value_input or "", trash=self.trash.value)
        await self.state.find()

    async def _turn_back(self, _event: Any) -> None:
        await self.state.find(max(self.state.part - 1, 0))

    async def _turn_on(self, _event: Any) -> None:
        if self.state.has_next:
            await self.state.find(self.state.part + 1)

    def _open(self, dataset: str) -> None:
        async def show() -> None:
            await self._show(str(dataset))

        pn.state.execute(show)

    def _act(self, dataset: str, act: str) -> None:
        if act == "open":
            self._open(dataset)
            return

        async def restore() -> None:
            if await self.state.restore(dataset):
                self._said.say("It is back among your data sets.", "success")

        pn.state.execute(restore)

    def _kept(self, task: str, dataset: str, version: int) -> None:
        try:
            key = str(uuid.UUID(dataset))
        except ValueError:
            return

        async def look() -> None:
            await self.state.find()
            await self.state.look_at_room()
            await self._check(task, key, version)

        pn.state.execute(look)

    async def _check(self, task: str, dataset: str, version: int) -> None:
        """Say beside a file that was kept what is in it."""
        self.zone.tell(task, f"Kept as version {version}. Your server reads and checks it ...", link=dataset)
        found = await findings_of(self._person, dataset, version)
        if "error" in found:
            words = f"Kept, but it cannot be read: {found['error']}"
            self.zone.tell(task, words, verdict="problem", link=dataset)
            return
        words = {
            "ok": "Kept and checked; nothing stands in the way.",
            "note": "Kept and checked; please note:",
            "problem": "Kept and checked; there is a problem:",
        }[found["verdict"]]
        matter = {**found, "findings": [one for one in found["findings"] if one["verdict"] != "ok"]}
        self.zone.tell(task, words, findings=sentences(matter), verdict=found["verdict"], link=dataset)

    def _draw_list(self, *_events: Any) -> None:
        state = self.state
        nothing = "The trash is empty." if state.trash else "Nothing is called so." if state.search else _NONE
        self.list.param.update(
            rows=[
                {
                    "id": one["id"],
                    "cells": [
                        one["name"],
                        one["head"]["format"],
                        size(one["head"]["size"]),
                        f"{one['versions']} version{'s' if one['versions'] != 1 else ''}",
                        "yours" if one["role"] == "owner" else f"of {one['owner']}",
                        ago(one["removed"] or one["head"]["created"]),
                    ],
                    "act": "Restore" if state.trash else "",
                }
                for one in state.rows
            ],
            head=["name", "format", "size", "history", "whose", "removed" if state.trash else "changed"],
            opens=not state.trash,
            nothing=nothing,
            chosen="" if state.opened is None else state.opened["id"],
        )
        self.before.visible, self.after.visible = state.part > 0, state.has_next

    def _draw_failure(self, *_events: Any) -> None:
        self._said.say(self.state.failure, "error")
        self._login.visible = self.state.session_over


_NONE = "None yet; drop a file, or choose one."


def _card(title: str, *inside: Any) -> Any:
    return pmui.Paper(
        pn.pane.HTML(f"<h2>{title}</h2>", stylesheets=[HEADING], margin=0),
        *inside,
        sx={"padding": "16px", "overflow": "hidden"},
        elevation=1,
        margin=8,
        sizing_mode="stretch_width",
    )
