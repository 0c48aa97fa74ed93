"""The page on results, drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import panel as pn
import panel_material_ui as pmui

from physforge.apps.markup import Link, address, cell
from physforge.apps.page import Query
from physforge.apps.person import Person
from physforge.apps.results.artifact_files import FILES
from physforge.apps.results.cards import heading, sheet, words
from physforge.apps.results.dataset_view import DatasetView
from physforge.apps.results.discovery_view import DiscoveryView
from physforge.apps.results.listing import result_list, title_of
from physforge.apps.results.network_view import NetworkView
from physforge.apps.results.origin_view import OriginView
from physforge.apps.results.outcome import outcome
from physforge.apps.results.report_view import ReportView, report_links
from physforge.apps.results.sharing_view import SharingView
from physforge.apps.results.state import ResultState
from physforge.apps.said import Said

#: Milliseconds between two looks at a job that goes on.
_EVERY_MS = 1500

#: What shows the results of each kind of job.
_VIEWS: Mapping[str, Callable[[Person, str, Mapping[str, Any]], Any]] = {
    "discovery": DiscoveryView,
    "pinn": NetworkView,
    "simulation": DatasetView,
    "derivatives": DatasetView,
}

_BUTTON = {"minHeight": "44px"}


class ResultsView(pn.viewable.Viewer):
    """One result with all that is known of it, or the list of results.

    Parameters
    ----------
    person : Person
        Whose page it is.
    query : mapping of str to str
        ``job`` is the id of one; untrusted.
    """

    def __init__(self, person: Person, query: Query) -> None:
        super().__init__()
        self._person = person
        self.state = ResultState(person, query.get("job", "").strip())
        self._heading, self._said = pn.Column(heading("Results", 1), margin=(0, 8)), Said()
        self._way_on = words()
        self._body = pn.Column(sizing_mode="stretch_width", margin=0)
        self._bar = pmui.LinearProgress(
            value=0, label="Progress of the job", visible=False, sizing_mode="stretch_width"
        )
        self._act = pmui.Button(label="Run it again", visible=False, sx=_BUTTON, margin=8)
        self._act.on_click(self._change)
        self._poll: Any = None
        self._shown, self._title = "", ""
        self._parts: list[Any] = []
        self.state.param.watch(self._draw, ["phase", "job", "results", "failure", "document"])

    def __panel__(self) -> Any:
        """Return what is shown."""
        return pn.Column(
            self._heading, self._said, self._bar, self._act, self._way_on, self._body, sizing_mode="stretch_width"
        )

    async def begin(self) -> None:
        """Ask; a job that goes on is followed until it ends."""
        self._said.say("Asking for the result ...")
        await self._look()

    async def _look(self) -> None:
        await self.state.refresh()
        going_on = self.state.phase == "going on" and not self.state.logged_out
        if going_on and self._poll is None:
            self._poll = pn.state.add_periodic_callback(self._look, period=_EVERY_MS)  # type: ignore[arg-type]
        elif not going_on and self._poll is not None:
            self._poll.stop()
            self._poll = None
        # Each part asks for its own; the slowest, which needs the person's server, does not hold the others up.
        parts, self._parts = self._parts, []
        await asyncio.gather(*(one.begin() for one in parts))

    async def _change(self, _event: Any) -> None:
        self._act.disabled = True
        try:
            await (self.state.cancel() if self.state.phase == "going on" else self.state.retry())
        finally:
            self._act.disabled = False
        await self._look()

    def _draw(self, *_events: Any) -> None:
        state = self.state
        if state.job:
            title = title_of(state.job)
            if title != self._title:
                self._title = title
                self._heading.objects = [heading(title, 1)]
        self._bar.visible = state.phase == "going on"
        self._act.visible = state.phase in ("failed", "going on") and state.job.get("role") != "viewer"
        self._way_on.object = self._ways_on()
        said, severity = _sentence(state)
        self._said.say(state.failure or said, "error" if state.failure else severity)
        match state.phase:
            case "list":
                self._body.objects = [sheet("My results", words(result_list(state.results)))]
            case "going on":
                self._bar.value = round(100 * state.job["progress"]["fraction"])
                self._act.label = "Cancel it"
            case "failed":
                self._act.label = "Run it again"
                self._body.objects = [sheet("Where it comes from", origin := OriginView(self._person, state.job))]
                self._parts = [origin]
            case "there" if self._shown != state.job["id"]:
                self._shown = state.job["id"]
                self._show()

    def _show(self) -> None:
        """Lay the result out: what speaks against it first."""
        state, job = self.state, self.state.job
        parts: list[Any] = [outcome(state.document)] if state.document else []
        begun: list[Any] = []
        make = _VIEWS.get(job["kind"])
        if make is not None and state.document:
            view = make(self._person, job["id"], state.document["content"])
            parts.append(view)
            begun.append(view)
        if job["kind"] == "report":
            links = report_links(job["id"], [name for name in FILES if name in state.files])
            parts.append(sheet("The report", words(links)))
        else:
            report = ReportView(self._person, job["id"], title_of(job)[:200])
            parts.append(sheet("Report", report))
            begun.append(report)
        origin = OriginView(self._person, job)
        sharing = SharingView(self._person, job["id"], is_owner=job["role"] == "owner")
        parts += [sheet("Where it comes from", origin), sheet("Shared with", sharing)]
        self._body.objects = parts
        self._parts = [origin, sharing, *reversed(begun)]

    def _ways_on(self) -> str:
        state = self.state
        links = []
        if state.logged_out:
            here = f"/services/apps/{address('results', job=state.job_id)}"
            links.append(Link("Log in again", f"/hub/login?{urlencode({'next': here})}"))
        if state.phase in ("failed", "going on"):
            links.append(Link("Read its log", address("jobs", job=state.job_id)))
        if state.phase == "refused" and state.job_id and not state.logged_out:
            links.append(Link("Try again", address("results", job=state.job_id)))
        if state.phase in ("refused", "gone", "failed"):
            links.append(Link("All my results", address("results")))
        return "".join(f"<p>{cell(one)}</p>" for one in links)


def _sentence(state: ResultState) -> tuple[str, Any]:
    """Say how it is with a job."""
    job = state.job
    match state.phase:
        case "going on":
            doing = job["progress"]["message"] or (
                "it waits for its turn" if job["state"] != "running" else "it has begun"
            )
            return f"This job is {job['state']}: {doing}. Its result comes here by itself when it is done.", "info"
        case "failed" if job["state"] == "cancelled":
            return "This job was cancelled, so that it has no result.", "warning"
        case "failed":
            return f"This job failed: {job['error'] or 'it does not say why; its log may.'}", "error"
        case "gone":
            return (
                "What this job made is gone: it was deleted to make room. Its settings are kept; submit it again.",
                "error",
            )
    return "", "info"
