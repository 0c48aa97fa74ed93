"""The page Admin, drawn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.admin.state import AdminState
from physforge.apps.markup import STYLE, ago, size, table, text
from physforge.apps.page import Query
from physforge.apps.person import Person
from physforge.apps.said import Said
from physforge.errors import PhysForgeError

#: Act -> what its button says.
_ACTS = {"approve": "Let in", "disable": "Keep out", "reset": "Link for a new password", "invite": "Invite"}

_TITLES = {
    "health": "Health",
    "requests": "Requests to join",
    "accounts": "People",
    "servers": "Servers that run",
    "events": "Event log",
}

_HEADING = (
    ":host { width: 100%; } h1 { font-size: 1.6rem; margin: 4px 0 12px; } h2 { font-size: 1.15rem; margin: 4px 0; }"
)


class AdminView(pn.viewable.Viewer):
    """People, requests to join, servers, health and the event log, for administrators.

    Parameters
    ----------
    person : Person
        Whose page it is; of whom the hub and the REST API know whether they may.
    query : mapping of str to str
        Not used.
    """

    def __init__(self, person: Person, query: Query) -> None:  # noqa: ARG002
        super().__init__()
        self.state = AdminState(person)
        self._said, self._link = Said(), Said()
        self._tables = {name: pn.pane.HTML("<p>Asking ...</p>", stylesheets=[STYLE]) for name in _TITLES}
        self._name = pmui.TextInput(label="Name of an account", width=260)
        self._groups = pmui.TextInput(label="All its groups, with commas", width=260)
        self._server = pmui.Select(label="Server", options=["None"], width=320)
        self._cards = pn.Column(sizing_mode="stretch_width", visible=False)
        self.state.param.watch(self._draw, ["allowed", "accounts", "servers", "events", "health", "failures"])

    def __panel__(self) -> Any:
        """Return what is shown; to whoever is no administrator a sentence, and nothing is asked for."""
        parts: dict[str, list[Any]] = {"accounts": [self._people_form()], "servers": [self._server_form()]}
        self._cards.objects = [
            pmui.Paper(
                _heading(f"<h2>{text(title)}</h2>"),
                *parts.get(name, []),
                self._tables[name],
                sx={"padding": "16px", "overflow": "hidden"},
                elevation=1,
                margin=8,
                sizing_mode="stretch_width",
            )
            for name, title in _TITLES.items()
        ]
        return pn.Column(
            _heading("<h1>Administration</h1>"), self._said, self._link, self._cards, sizing_mode="stretch_width"
        )

    async def begin(self) -> None:
        """Ask for all of it."""
        await self.state.refresh()

    def _people_form(self) -> Any:
        buttons = [self._button(label, self._doing(act)) for act, label in _ACTS.items()]
        buttons.append(self._button("Set groups", self._doing("change")))
        return pn.FlexBox(self._name, self._groups, *buttons, align_items="center", gap="8px")

    def _server_form(self) -> Any:
        async def stop() -> str:
            user, _, server = str(self._server.value).partition(" / ")
            if user == "None":
                return "No server runs."
            await self.state.stop(user, server)
            return f"The server of {user} is stopped."

        return pn.FlexBox(self._server, self._button("Stop", stop), align_items="center", gap="8px")

    def _doing(self, act: str) -> Callable[[], Awaitable[str]]:
        async def work() -> str:
            named = [one.strip() for one in str(self._groups.value or "").split(",") if one.strip()]
            return await self.state.do(act, self._name.value or "", named if act in ("invite", "change") else None)

        return work

    def _button(self, label: str, work: Callable[[], Awaitable[str]]) -> Any:
        button = pmui.Button(label=label, variant="outlined", height=44)

        async def clicked(_event: Any) -> None:
            button.disabled = True
            try:
                self._link.say(await work(), "success")
            except PhysForgeError as error:
                self._link.say(str(error), "error")
            finally:
                button.disabled = False
            await self.state.refresh()

        button.on_click(clicked)
        return button

    def _draw(self, *_events: Any) -> None:
        state = self.state
        self._said.say("\n".join(state.failures), "warning")
        if state.allowed is False:
            self._said.say("This page is for administrators of the workbench. Ask one of them.", "warning")
        self._cards.visible = bool(state.allowed)
        if not state.allowed:
            return
        self._tables["health"].object = table(("part", "state"), state.health.items(), label="Health")
        self._tables["requests"].object = _or_none(
            ("name", "since", "who they say they are"),
            [(one["name"], ago(one["created_at"]), one["note"]) for one in state.requests],
            "Requests to join",
        )
        self._tables["accounts"].object = _or_none(
            ("name", "state", "roles and groups", "data sets"), [_account(one) for one in state.accounts], "People"
        )
        self._draw_servers()
        rows = [
            (ago(one["time"]), one["act"], one["outcome"], one["object_kind"], str(one["personal"] or ""))
            for one in state.events
        ]
        self._tables["events"].object = _or_none(("when", "act", "outcome", "of", "who"), rows, "Event log")

    def _draw_servers(self) -> None:
        servers = self.state.servers
        names = [one["user"] + (f" / {one['name']}" if one["name"] else "") for one in servers]
        self._server.options = names or ["None"]
        if self._server.value not in self._server.options:
            self._server.value = self._server.options[0]
        rows = [
            (name, _moment(one["started"]), _moment(one["last_activity"]))
            for name, one in zip(names, servers, strict=True)
        ]
        self._tables["servers"].object = _or_none(("server", "started", "last used"), rows, "Servers that run")


def _account(one: dict[str, Any]) -> tuple[str, str, str, str]:
    roles = [role for role in ("admin", "auditor") if one[role]]
    used = f"{one['datasets']}, {size(one['used_bytes'])}" if "datasets" in one else ""
    return one["name"], one["state"], ", ".join([*roles, *one["groups"]]), used


def _moment(when: str | None) -> str:
    return ago(when) if when else ""


def _or_none(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], label: str) -> str:
    return table(head, rows, label=label) if rows else "<p>None.</p>"


def _heading(words: str) -> pn.pane.HTML:
    return pn.pane.HTML(words, stylesheets=[_HEADING], margin=(0, 8))
