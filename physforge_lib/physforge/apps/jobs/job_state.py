"""One job as it goes, without a widget."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import param

from physforge.apps.jobs.following import follow
from physforge.apps.jobs.losses import LossReader
from physforge.apps.person import Person
from physforge.errors import PhysForgeError, UnknownJobError
from physforge.tasks.pinn.loss_lines import LossPoint

#: Pieces of a log that follow each other faster are told together, in seconds.
_TOGETHER_S = 0.2

Heard = Callable[[str, Sequence[LossPoint]], None]


class JobState(param.Parameterized):
    """A job, its changes of state and its log.

    Parameters
    ----------
    person : Person
        Who looks at it.
    job_id : str
        As the page's address has it: anything.
    **params : object
        Of the state.
    """

    job = param.Dict(default={}, doc="From the REST API; empty before it is known.")
    events = param.List(doc="Changes of its state, the first first.")
    datasets = param.Dict(default={}, doc="Version that it reads -> id of the data set.")
    failure = param.String(default="", doc="A sentence about what could not be asked.")
    lost = param.Boolean(default=False, doc="Whether the workbench does not answer just now.")

    def __init__(self, person: Person, job_id: str, **params: Any) -> None:
        self._person, self._given = person, job_id
        self._text: list[str] = []
        self._points: list[LossPoint] = []
        self._told, self._reader = 0.0, LossReader()
        super().__init__(**params)

    async def begin(self) -> bool:
        """Ask for the job.

        Returns
        -------
        bool
            Whether there is one; `failure` says why not.
        """
        return await self._quietly(self._ask)

    async def follow(self, heard: Heard) -> None:
        """Hear of its log, progress and end, until it is over.

        Parameters
        ----------
        heard : callable
            Given what is new of the log, and the losses in it.
        """
        await self._quietly(lambda: self._follow(heard))

    async def act(self, act: str) -> bool:
        """Cancel it, or have it run again.

        Parameters
        ----------
        act : {"cancel", "retry"}
            What is to be done.

        Returns
        -------
        bool
            Whether it was done; `failure` says why not.
        """
        work = getattr(self._person.workspace.jobs, act)
        return await self._quietly(lambda: self._act(work))

    async def _act(self, work: Callable[[str], Any]) -> None:
        await self._person.ask(work, self.job["id"])
        await self._ask()

    async def _ask(self) -> None:
        try:
            key = uuid.UUID(self._given)
        except ValueError:
            raise UnknownJobError(f"{self._given[:80]!r} is no job's id; the list shows those there are.") from None
        job = await self._person.get(f"/jobs/{key}")
        events = (await self._person.get(f"/jobs/{key}/events"))["items"]
        datasets = {} if self.datasets else await self._find_datasets(job)
        self.param.update(job=job, events=events, datasets=datasets or self.datasets, failure="")

    async def _find_datasets(self, job: dict[str, Any]) -> dict[str, str]:
        found = {}
        for one in job["inputs"]:
            if one["what"] == "dataset" and not one["reference"].startswith("catalog:"):
                try:
                    version = await self._person.get(f"/versions/{uuid.UUID(one['reference'])}")
                except (PhysForgeError, ValueError):
                    # It was deleted, or is no longer shared: there is no way to it.
                    continue
                found[one["reference"]] = version["dataset_id"]
        return found

    async def _follow(self, heard: Heard) -> None:
        attempt = 0
        async for name, facts in follow(self._person.login, self.job["id"]):
            self.lost = name == "lost"
            if name == "job":
                # Config, inputs and run record are not told again.
                self.job = {**self.job, **facts}
            elif name == "log":
                if facts["attempt"] != attempt and attempt:
                    self._text.append(f"\n--- attempt {facts['attempt']} ---\n")
                attempt = facts["attempt"]
                self._text.append(facts["text"])
                self._points += self._reader.read(facts["text"])
                self._tell_soon(heard)
        self._tell(heard)
        await self._ask()

    def _tell_soon(self, heard: Heard) -> None:
        wait = self._told + _TOGETHER_S - time.monotonic()
        if wait <= 0:
            self._tell(heard)
        else:
            asyncio.get_running_loop().call_later(wait, self._tell, heard)

    def _tell(self, heard: Heard) -> None:
        text, points = "".join(self._text), tuple(self._points)
        self._text, self._points, self._told = [], [], time.monotonic()
        if text or points:
            heard(text, points)

    async def _quietly(self, work: Callable[[], Any]) -> bool:
        try:
            await work()
        except PhysForgeError as error:
            self.failure = str(error)
            return False
        return True
