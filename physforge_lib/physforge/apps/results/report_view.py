"""A report on a result: asked for, followed, opened and downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import panel as pn
import panel_material_ui as pmui
import param

from physforge.apps.markup import Link, address, ago, listed
from physforge.apps.person import Person
from physforge.apps.results.artifact_files import FILES, file_address
from physforge.apps.results.cards import paragraph, words
from physforge.apps.said import Said
from physforge.errors import PhysForgeError

#: Milliseconds between two looks at a report that is made.
_EVERY_MS = 1000

_FINAL = ("succeeded", "failed", "cancelled")

#: What each file is, in the order of the links.
_NAMES = {
    "report.html": "Open the report",
    "report.pdf": "Download as PDF",
    "report.ipynb": "Download the notebook that makes it again",
    "citations.bib": "Download the literature (BibTeX)",
}


class ReportState(param.Parameterized):
    """Reports on a result, and one that is being made.

    Parameters
    ----------
    person : Person
        Who asks.
    job_id : str
        Of the result.
    **params : object
        Of the state.
    """

    made = param.List(doc="Report jobs on this result that have succeeded, newest first.")
    job = param.Dict(default={}, doc="The report job that was asked for here.")
    failure = param.String(doc="Why there is none.")

    def __init__(self, person: Person, job_id: str, **params: Any) -> None:
        super().__init__(**params)
        self._person = person
        self._id = job_id

    @property
    def is_going_on(self) -> bool:
        """Whether a report is being made."""
        return bool(self.job) and self.job["state"] not in _FINAL

    async def refresh(self) -> None:
        """Ask which reports there are."""
        try:
            answer = await self._person.get("/jobs", limit=100, kind="report", state="succeeded")
        except PhysForgeError as error:
            self.failure = str(error)
            return
        self.made = [one for one in answer["items"] if any(given["reference"] == self._id for given in one["inputs"])]

    async def ask(self, title: str, question: str) -> None:
        """Ask for a report.

        Parameters
        ----------
        title : str
            Its heading.
        question : str
            What was to be found out.
        """
        config = {"results": [self._id], "title": title.strip() or "Report", "question": question.strip()}
        try:
            job = await self._person.ask(self._person.workspace.submit, "report", config)
            self.param.update(job=await self._person.get(f"/jobs/{job.id}"), failure="")
        except PhysForgeError as error:
            self.failure = str(error)
            return
        await self.look()

    async def look(self) -> None:
        """Look how far the report is."""
        if not self.job:
            return
        try:
            job = await self._person.get(f"/jobs/{self.job['id']}")
        except PhysForgeError as error:
            self.failure = str(error)
            return
        failed = f"The report was not made: {job['error']}" if job["state"] == "failed" else ""
        self.param.update(job=job, failure=failed)
        if job["state"] == "succeeded":
            await self.refresh()


class ReportView(pn.viewable.Viewer):
    """A form for a report, and the reports that there are.

    Parameters
    ----------
    person : Person
        Who asks.
    job_id : str
        Of the result.
    title : str
        Proposed for the report.
    """

    def __init__(self, person: Person, job_id: str, title: str) -> None:
        super().__init__()
        self.state = ReportState(person, job_id)
        self._title = pmui.TextInput(label="Title of the report", value=title, max_length=200, min_width=220)
        self._question = pmui.TextInput(
            label="What was to be found out", max_length=2000, min_width=220, sizing_mode="stretch_width"
        )
        self._go = pmui.Button(label="Make a report", align="center", sx={"minHeight": "44px"})
        self._said, self._made = Said(), words()
        self._bar = pmui.LinearProgress(
            value=0, visible=False, label="Progress of the report", sizing_mode="stretch_width"
        )
        self._poll: Any = None
        self._go.on_click(self._ask)
        self.state.param.watch(self._draw, ["made", "job", "failure"])

    def __panel__(self) -> Any:
        """Return what is shown."""
        asked = pn.FlexBox(self._title, self._question, self._go, align_items="center", gap="8px")
        return pn.Column(asked, self._said, self._bar, self._made, sizing_mode="stretch_width", margin=0)

    async def begin(self) -> None:
        """Ask which reports there are."""
        await self.state.refresh()

    async def _ask(self, _event: Any) -> None:
        self._go.disabled = True
        try:
            await self.state.ask(self._title.value, self._question.value)
        finally:
            self._go.disabled = False
        if self.state.is_going_on and self._poll is None:
            self._poll = pn.state.add_periodic_callback(self._look, period=_EVERY_MS)  # type: ignore[arg-type]

    async def _look(self) -> None:
        await self.state.look()
        if not self.state.is_going_on and self._poll is not None:
            self._poll.stop()
            self._poll = None

    def _draw(self, *_events: Any) -> None:
        state = self.state
        self._bar.visible = state.is_going_on
        if state.failure:
            self._said.say(state.failure, "error")
        elif state.is_going_on:
            progress = state.job["progress"]
            self._bar.value = round(100 * progress["fraction"])
            self._said.say(f"The report is being made: {progress['message'] or state.job['state']} ...")
        else:
            self._said.say("The report is there." if state.job else "", "success")
        self._made.object = "".join(_entry(one) for one in state.made[:5])


def _entry(job: dict[str, Any]) -> str:
    """Show a report as a line, and links to its files."""
    line = paragraph(f"{job['config'].get('title', 'Report')}, {ago(job['created'])}")
    return line + report_links(job["id"], tuple(FILES))


def report_links(job_id: str, files: Sequence[str]) -> str:
    """Return links to the files of a report, as HTML.

    Parameters
    ----------
    job_id : str
        Of the report job.
    files : sequence of str
        Which it has.

    Returns
    -------
    str
        A list; its own page comes last.
    """
    links = [Link(words, file_address(job_id, name)) for name, words in _NAMES.items() if name in files]
    return listed([*links, Link("Where this report comes from", address("results", job=job_id))])
