"""What the page knows of a job and its result, without a widget."""

from __future__ import annotations

import uuid
from typing import Any, cast

import param

from physforge.apps.person import Person
from physforge.errors import PhysForgeError, UnknownJobError
from physforge.jobs.remote_store import RemoteJobStore

#: Rows of the list of results.
ROWS = 50

#: Largest ``result.json`` that is read, in bytes.
_LARGEST = 16 * 2**20

#: States of a job that stay.
_FINAL = ("succeeded", "failed", "cancelled")


class ResultState(param.Parameterized):
    """A job, and what it made.

    Parameters
    ----------
    person : Person
        Who looks.
    job_id : str
        As the page's address has it: untrusted.
    **params : object
        Of the state.
    """

    phase: Any = param.Selector(
        default="asking",
        objects=["asking", "refused", "list", "going on", "failed", "gone", "there"],
        doc="What there is to show.",
    )
    job = param.Dict(default={}, doc="As the REST API shows it.")
    document = param.Dict(default={}, doc="What its result.json holds.")
    files = param.List(item_type=str, doc="Names of the files that it made.")
    results = param.List(doc="The person's own finished jobs, where no job is named.")
    failure = param.String(doc="Why something could not be asked.")
    logged_out = param.Boolean(default=False, doc="Whether that is because the session has ended.")

    def __init__(self, person: Person, job_id: str, **params: Any) -> None:
        self._person = person
        self._id = _as_id(job_id)
        self._wanted = job_id
        super().__init__(**params)

    @property
    def job_id(self) -> str:
        """The job's id; empty where none is named."""
        return self._id

    async def refresh(self) -> None:
        """Ask for what there is now; what fails is said."""
        try:
            await self._ask()
        except UnknownJobError:
            self._refuse("There is no such result, or you may not see it. Ask its owner to share it with you.")
        except PhysForgeError as error:
            self._refuse(str(error))

    async def _ask(self) -> None:
        if not self._id and self._wanted:
            self._refuse("The address names no job; choose one of the list of results.")
            return
        if not self._id:
            answer = await self._person.get("/jobs", limit=ROWS, mine="true", state="succeeded")
            self.param.update(results=answer["items"], phase="list", failure="")
            return
        job = await self._person.get(f"/jobs/{self._id}")
        if job["state"] not in _FINAL:
            self.param.update(job=job, phase="going on", failure="")
        elif job["state"] != "succeeded":
            self.param.update(job=job, phase="failed", failure="")
        else:
            await self._read(job)

    async def _read(self, job: dict[str, Any]) -> None:
        listing = await self._person.get(f"/jobs/{self._id}/artifact")
        sizes = {one["path"]: one["size"] for one in listing["files"]}
        if listing["name"] is None or "result.json" not in sizes:
            self.param.update(job=job, phase="gone", failure="")
            return
        if sizes["result.json"] > _LARGEST:
            self.param.update(job=job, phase="there", files=list(sizes), document={}, failure=_TOO_LARGE)
            return
        document = await self._person.get(f"/jobs/{self._id}/artifact/result.json")
        self.param.update(job=job, files=list(sizes), document=document, phase="there", failure="")

    async def retry(self) -> None:
        """Have a job that failed run again."""
        await self._change(f"/jobs/{self._id}/retry")

    async def cancel(self) -> None:
        """Ask for the end of a job."""
        await self._change(f"/jobs/{self._id}/cancel")

    async def _change(self, path: str) -> None:
        try:
            await self._person.ask(calls_of(self._person).send, "POST", path)
        except PhysForgeError as error:
            self.failure = str(error)
            return
        await self.refresh()

    def _refuse(self, words: str) -> None:
        over = "Log in again" in words
        said = "Your session has ended." if over else words
        phase = "refused" if self.phase == "asking" else self.phase
        self.param.update(failure=said, logged_out=over, phase=phase)


_TOO_LARGE = "The record of this result is too large for this page; open it in a notebook with the lines below."


def calls_of(person: Person) -> Any:
    """Return the person's connection to the REST API, whose calls block."""
    return cast("RemoteJobStore", person.workspace.jobs).calls.calls


def _as_id(job_id: str) -> str:
    """Return an id that may be part of a path; nothing where it is none."""
    try:
        return str(uuid.UUID(job_id))
    except ValueError:
        return ""
