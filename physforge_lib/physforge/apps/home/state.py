"""What the first page shows, without a widget."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import param

from physforge.apps.person import Person
from physforge.errors import PhysForgeError

#: Rows of each list.
ROWS = 8

#: Name in the API, what it is, and its unit.
_JOB_QUOTAS = (
    ("running", "jobs that run", ""),
    ("queued", "jobs that wait", ""),
    ("cpu_s", "processor time in 30 days", "s"),
    ("gpu_s", "GPU time in 30 days", "s"),
    ("artifact_bytes", "space of results", "bytes"),
)


@dataclass(frozen=True)
class Allowance:
    """What one may use, and how much of it is used.

    Parameters
    ----------
    what : str
        In words.
    unit : {"", "s", "bytes"}
        Of both numbers.
    used : float
        So far.
    limit : float or None
        None where there is no limit.
    """

    what: str
    unit: str
    used: float
    limit: float | None


class HomeState(param.Parameterized):
    """Data sets, jobs, reports and quota of a person.

    Parameters
    ----------
    person : Person
        Whose.
    **params : object
        Of the state.
    """

    datasets = param.List(doc="The latest, newest first.")
    jobs = param.List(doc="The latest of any kind, newest first.")
    reports = param.List(doc="The latest jobs that made a report.")
    quota = param.List(item_type=Allowance, doc="What may be used, and what is used.")
    clusters = param.List(doc="Dask clusters that run.")
    failures = param.List(item_type=str, doc="Sentences about what could not be asked.")
    known = param.Boolean(default=False, doc="Whether everything has been asked once.")

    def __init__(self, person: Person, **params: Any) -> None:
        self._person = person
        super().__init__(**params)

    async def refresh(self) -> None:
        """Ask for everything side by side; what fails is said, and the rest is shown."""
        parts = (self._datasets(), self._jobs(), self._reports(), self._me(), self._clusters())
        found = await asyncio.gather(*parts, return_exceptions=True)
        failures = []
        for one in found:
            if isinstance(one, PhysForgeError):
                failures.append(str(one))
            elif isinstance(one, BaseException):
                raise one
        self.param.update(failures=failures, known=True)

    async def _datasets(self) -> None:
        answer = await self._person.get("/datasets", limit=200)
        self.datasets = sorted(answer["items"], key=lambda one: one["head"]["created"], reverse=True)[:ROWS]

    async def _jobs(self) -> None:
        self.jobs = (await self._person.get("/jobs", limit=ROWS, mine="true"))["items"]

    async def _reports(self) -> None:
        answer = await self._person.get("/jobs", limit=ROWS, mine="true", kind="report", state="succeeded")
        self.reports = answer["items"]

    async def _me(self) -> None:
        self.quota = quotas(await self._person.get("/me"))

    async def _clusters(self) -> None:
        self.clusters = await self._person.ask(self._person.clusters)


def quotas(me: Mapping[str, Any]) -> list[Allowance]:
    """List what is limited, how much of it is used, and the limits.

    Parameters
    ----------
    me : mapping
        What the REST API says of the caller.

    Returns
    -------
    list of Allowance
        Those without a limit, too.
    """
    found = [Allowance("space of data sets", "bytes", me["quota"]["used_bytes"], me["quota"]["limit_bytes"])]
    jobs = me.get("jobs")
    if jobs:
        used, limits = jobs["user"]["used"], jobs["user"]["limits"]
        found += [Allowance(words, unit, used[name], limits[name]) for name, words, unit in _JOB_QUOTAS]
    return found
