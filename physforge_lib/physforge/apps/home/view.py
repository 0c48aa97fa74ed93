"""The first page, drawn."""

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.home.state import Allowance, HomeState
from physforge.apps.jobs.words import name_of
from physforge.apps.markup import STYLE, Link, address, ago, listed, size, table, text
from physforge.apps.page import Query
from physforge.apps.person import Person
from physforge.apps.said import Said

#: Milliseconds between two looks while the page is open.
_EVERY_MS = 10_000


class HomeView(pn.viewable.Viewer):
    """Data sets, jobs, reports, clusters, and what is left of the quota.

    Parameters
    ----------
    person : Person
        Whose page it is.
    query : mapping of str to str
        Not used.
    """

    def __init__(self, person: Person, query: Query) -> None:  # noqa: ARG002
        super().__init__()
        self.state = HomeState(person)
        self._said = Said()
        self._parts = {name: pn.pane.HTML("<p>Asking ...</p>", stylesheets=[STYLE]) for name in _TITLES}
        self.state.param.watch(self._draw, ["datasets", "jobs", "reports", "quota", "clusters", "failures", "known"])

    def __panel__(self) -> Any:
        """Return what is shown."""
        cards = [
            pmui.Paper(
                pn.pane.HTML(f"<h2>{text(title)}</h2>", stylesheets=[_HEADING], margin=0),
                self._parts[name],
                sx={"padding": "16px", "overflow": "hidden"},
                elevation=1,
                margin=8,
                sizing_mode="stretch_width",
            )
            for name, title in _TITLES.items()
        ]
        wide = pmui.Grid(
            *(pmui.Grid(card, size={"xs": 12, "md": 6}) for card in cards), container=True, sizing_mode="stretch_width"
        )
        heading = pn.pane.HTML("<h1>Home</h1>", stylesheets=[_HEADING], margin=(0, 8))
        return pn.Column(heading, self._said, wide, sizing_mode="stretch_width")

    async def begin(self) -> None:
        """Ask, and go on asking while the page is open."""
        await self.state.refresh()
        pn.state.add_periodic_callback(self.state.refresh, period=_EVERY_MS)  # type: ignore[arg-type]

    def _draw(self, *_events: Any) -> None:
        state = self.state
        self._said.say("\n".join(state.failures), "warning")
        if not state.known:
            return
        self._parts["datasets"].object = _datasets(state.datasets)
        self._parts["jobs"].object = _jobs(state.jobs, "None yet; start with Discover.")
        self._parts["reports"].object = _jobs(state.reports, "None yet; a result has a button that makes one.")
        self._parts["quota"].object = listed(_left(one) for one in state.quota)
        self._parts["clusters"].object = listed(_cluster(one) for one in state.clusters) or "<p>None runs.</p>"


_TITLES = {
    "datasets": "My data sets",
    "jobs": "My jobs",
    "reports": "My reports",
    "quota": "What is left",
    "clusters": "My clusters",
}

_HEADING = ":host { width: 100%; } h1, h2 { margin: 4px 0 12px; } h2 { font-size: 1.15rem; } h1 { font-size: 1.6rem; }"


def _datasets(found: list[dict[str, Any]]) -> str:
    if not found:
        return "<p>None yet; upload one on the page Data.</p>"
    rows = [(Link(one["name"], address("data", name=one["id"])), ago(one["head"]["created"])) for one in found]
    return table(("name", "changed"), rows, label="My data sets")


def _jobs(found: list[dict[str, Any]], nothing: str) -> str:
    if not found:
        return f"<p>{text(nothing)}</p>"
    rows = [(Link(name_of(one), address("results", job=one["id"])), one["state"], ago(one["created"])) for one in found]
    return table(("job", "state", "asked for"), rows, label="Jobs")


def _left(one: Allowance) -> str:
    used, limit = (None if value is None else _amount(value, one.unit) for value in (one.used, one.limit))
    return f"{one.what}: {used}" + (" (no limit)" if limit is None else f" of {limit}")


def _amount(value: float, unit: str) -> str:
    if unit == "bytes":
        return size(value)
    return f"{value / 3600:.3g} h" if unit == "s" else f"{value:g}"


def _cluster(one: dict[str, Any]) -> str:
    return f"{one['name'][:8]}: {one['status'].lower()}, {one['workers']} workers"
