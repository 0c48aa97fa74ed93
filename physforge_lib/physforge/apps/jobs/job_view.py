"""One job, drawn: what became of it, its losses, log, settings and history."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.jobs.curve import LossCurve
from physforge.apps.jobs.job_state import JobState
from physforge.apps.jobs.words import duration, event_words, has_ended, inputs_of, name_of, percent, where_it_stands
from physforge.apps.logs import LogTail
from physforge.apps.markup import STYLE, Link, address, ago, cell, listed, size, table, text
from physforge.apps.person import Person
from physforge.apps.said import Said
from physforge.jobs.sweep import settings_of
from physforge.tasks.pinn.loss_lines import LossPoint

_PROGRESS = ":host { width: 100%; } progress { width: 100%; height: 12px; } p { margin: 4px 0; }"
_HEADING = ":host { width: 100%; } h1, h2 { margin: 4px 0 12px; } h2 { font-size: 1.15rem; } h1 { font-size: 1.6rem; }"
_WAYS = """
:host { width: 100%; } nav { display: flex; flex-wrap: wrap; gap: 0 20px; }
a { color: var(--mui-palette-primary-main, #0b5a8f); display: inline-flex; align-items: center; min-height: 44px; }
"""

#: Names of settings stay whole beside long values.
_NAMES = "th:first-child, td:first-child { min-width: 8rem; }"

_PARTS = {"settings": "Settings", "inputs": "What it reads", "events": "What happened", "run": "How it ran"}


class JobView(pn.viewable.Viewer):
    """What there is to know of a job.

    Parameters
    ----------
    person : Person
        Who looks at it.
    job_id : str
        As the page's address has it: anything.
    """

    def __init__(self, person: Person, job_id: str) -> None:
        super().__init__()
        self.state = JobState(person, job_id)
        self._address = address("jobs", job=job_id)
        self._doc: Any = None
        self._follower: asyncio.Task[None] | None = None
        self._said = Said()
        self._heading = pn.pane.HTML("<h1>Job</h1>", stylesheets=[_HEADING], margin=(0, 8))
        self._ways = pn.pane.HTML(_ways({}), stylesheets=[_WAYS], margin=(0, 8))
        self._progress = pn.pane.HTML("", stylesheets=[_PROGRESS], visible=False, margin=(0, 8))
        self.curve, self.log = LossCurve(), LogTail(label="Log of this job", margin=(0, 8))
        self.cancel = pmui.Button(label="Cancel", color="error", variant="outlined", visible=False, height=44)
        self.retry = pmui.Button(label="Retry", variant="contained", visible=False, height=44)
        self._parts = {name: pn.pane.HTML("", stylesheets=[STYLE, _NAMES]) for name in _PARTS}
        self._all = pn.Column(visible=False, sizing_mode="stretch_width")
        self.cancel.on_click(partial(self._act, "cancel"))
        self.retry.on_click(partial(self._act, "retry"))
        self.state.param.watch(self._draw, ["job", "events", "datasets", "failure", "lost"])

    def __panel__(self) -> Any:
        """Return what is shown."""
        log = pn.pane.HTML("<h2>Log</h2>", stylesheets=[_HEADING], margin=(12, 8, 0, 8))
        cards = [_card(title, self._parts[name]) for name, title in _PARTS.items()]
        wide = pmui.Grid(
            *(pmui.Grid(one, size={"xs": 12, "md": 6}) for one in cards), container=True, sizing_mode="stretch_width"
        )
        self._all.objects = [
            self._progress,
            pn.FlexBox(self.cancel, self.retry, margin=(0, 8)),
            self.curve,
            log,
            self.log,
            wide,
        ]
        return pn.Column(self._heading, self._ways, self._said, self._all, sizing_mode="stretch_width")

    async def begin(self) -> None:
        """Ask for the job, and follow it until it ends."""
        self._doc = pn.state.curdoc
        self._said.say("Asking ...")
        if await self.state.begin():
            self._follow()
            if self._doc is not None:
                pn.state.on_session_destroyed(lambda _context: self.close())

    def close(self) -> None:
        """Follow no longer."""
        if self._follower is not None:
            self._follower.cancel()

    def _follow(self) -> None:
        if self._follower is None or self._follower.done():
            self._follower = asyncio.get_running_loop().create_task(self.state.follow(self._hear))

    def _hear(self, added: str, points: Sequence[LossPoint]) -> None:
        self._soon(partial(self.log.add, added))
        self._soon(partial(self.curve.add, points))

    async def _act(self, act: str, _event: Any) -> None:
        if await self.state.act(act):
            self._follow()

    def _draw(self, *_events: Any) -> None:
        self._soon(self._draw_now)

    def _soon(self, work: Callable[[], Any]) -> None:
        """Change the page while nobody else does; at once where there is no page."""
        if self._doc is None or not self._doc.session_context:
            work()
        else:
            self._doc.add_next_tick_callback(work)

    def _draw_now(self) -> None:
        state, job = self.state, self.state.job
        if not job:
            self._said.fail(state.failure, self._address)
            return
        if state.failure:
            self._said.fail(state.failure, self._address)
        elif state.lost:
            self._said.say("The workbench does not answer just now; this page goes on as soon as it does.", "warning")
        else:
            self._said.say(*where_it_stands(job))  # type: ignore[arg-type]
        _put(self._heading, f"<h1>{text(name_of(job))}</h1>")
        _put(self._ways, _ways(job))
        running = job["state"] == "running"
        bar = f'<progress max="1" value="{job["progress"]["fraction"]}" aria-label="Progress">{percent(job)}</progress>'
        self._progress.param.update(object=bar if running else "", visible=running)
        may = job["role"] in ("owner", "collaborator")
        self.cancel.visible = may and not has_ended(job) and not job["cancel_requested"]
        self.retry.visible = may and job["state"] in ("failed", "cancelled")
        _put(self._parts["settings"], _settings(job))
        _put(self._parts["inputs"], listed(inputs_of(job, state.datasets)) or "<p>Nothing.</p>")
        _put(self._parts["events"], _events(state.events))
        _put(self._parts["run"], listed(_run(job)))
        self._all.visible = True


def _card(title: str, content: Any) -> pmui.Paper:
    heading = pn.pane.HTML(f"<h2>{text(title)}</h2>", stylesheets=[_HEADING], margin=0)
    style = {"padding": "16px", "overflow": "hidden"}
    return pmui.Paper(heading, content, sx=style, elevation=1, margin=8, sizing_mode="stretch_width")


def _put(pane: pn.pane.HTML, shown: str) -> None:
    if pane.object != shown:
        pane.object = shown


def _ways(job: Mapping[str, Any]) -> str:
    ways = [Link("All jobs", address("jobs"))]
    if job and job["state"] == "succeeded":
        ways.append(Link("Result", address("results", job=job["id"])))
    if job and job["batch"]:
        ways += [Link("Its batch", address("jobs", batch=job["batch"]))]
        ways += [Link("Compare its batch", address("compare", batch=job["batch"]))]
    return f'<nav aria-label="Ways from here">{"".join(cell(one) for one in ways)}</nav>'


def _settings(job: Mapping[str, Any]) -> str:
    rows = [(path, _value(value)) for path, value in settings_of(job["config"])]
    more = [("seed", job["seed"]), ("executor", job["executor"]), ("priority", job["priority"])]
    limit = [] if job["wall_limit_s"] is None else [("longest run", duration(job["wall_limit_s"]))]
    return table(("setting", "value"), [*rows, *((name, str(one)) for name, one in (*more, *limit))], label="Settings")


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _events(events: Sequence[Mapping[str, Any]]) -> str:
    rows = [(ago(one["at"]), one["state"], str(one["attempt"] or ""), event_words(one)) for one in reversed(events)]
    return table(("when", "state", "attempt", "why"), rows, label="What happened")


def _run(job: Mapping[str, Any]) -> Iterator[str]:
    yield f"asked for {ago(job['created'])}"
    yield f"attempts: {job['attempt']} of {job['max_attempts']}"
    if job["worker"]:
        yield f"worker: {job['worker']}"
    yield f"processor time: {duration(job['cpu_s'])}" + (f", GPU: {duration(job['gpu_s'])}" if job["gpu_s"] else "")
    if job["artifact_bytes"]:
        yield f"space of the result: {size(job['artifact_bytes'])}"
    versions = job["run"].get("versions", {})
    if versions:
        yield "versions: " + ", ".join(f"{name} {one}" for name, one in versions.items())
    if job["git"]:
        yield f"commit: {job['git']['commit'][:12]}{' and changes' if job['git']['dirty'] else ''}"
    yield f"id: {job['id']}"
