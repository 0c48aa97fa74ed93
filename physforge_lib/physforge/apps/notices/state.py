"""Which jobs have ended, without a widget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import param

from physforge.apps.jobs.words import duration, has_ended, name_of, seconds_of
from physforge.apps.markup import Link, address
from physforge.apps.person import Person
from physforge.errors import PhysForgeError

#: Jobs that take no longer are waited for, and need no notice; in seconds. Also the time between two looks: what
#: takes longer is seen while it runs.
LONG_S = 10.0

#: Running jobs that are watched, and notices that are shown, at most.
_MOST, _SHOWN = 200, 5


class Notice(NamedTuple):
    """What is said about a job that has ended.

    Parameters
    ----------
    job : str
        Its id.
    words : str
        How it ended.
    link : Link
        To its result, or to its log.
    """

    job: str
    words: str
    link: Link


class NoticesState(param.Parameterized):
    """Notices for a person about jobs of their own.

    Parameters
    ----------
    person : Person
        Whose.
    **params : object
        Of the state.
    """

    notices = param.List(item_type=Notice, doc="The newest last; those that were dismissed are gone.")

    def __init__(self, person: Person, **params: Any) -> None:
        self._person = person
        self._running: frozenset[str] = frozenset()
        super().__init__(**params)

    @property
    def watches(self) -> bool:
        """Whether any job runs whose end may be told."""
        return bool(self._running)

    async def look(self) -> None:
        """Ask which jobs run, and how those ended that ran before; where that cannot be asked, the next look does."""
        try:
            found = await self._person.get("/jobs", mine="true", state="running", limit=_MOST)
            now = frozenset(one["id"] for one in found["items"])
            ended = [await self._person.get(f"/jobs/{job_id}") for job_id in sorted(self._running - now)]
        except PhysForgeError:
            return
        self._running = now
        new = [notice for job in ended if (notice := notice_of(job)) is not None]
        if new:
            self.notices = [*self.notices, *new][-_SHOWN:]

    def dismiss(self, job_id: str) -> None:
        """Take a notice away.

        Parameters
        ----------
        job_id : str
            Of its job.
        """
        self.notices = [one for one in self.notices if one.job != job_id]


def notice_of(job: Mapping[str, Any]) -> Notice | None:
    """Say how a job ended.

    Parameters
    ----------
    job : mapping
        From the REST API.

    Returns
    -------
    Notice or None
        None for one that goes on, or took no longer than one waits for.
    """
    seconds = seconds_of(job)
    if not has_ended(job) or seconds is None or seconds <= LONG_S:
        return None
    if job["state"] == "succeeded":
        words, link = "is done", Link("Result", address("results", job=job["id"]))
    else:
        words = "failed" if job["state"] == "failed" else "was cancelled"
        link = Link("Log", address("jobs", job=job["id"]))
    return Notice(job["id"], f"{name_of(job)} {words} after {duration(seconds)}.", link)
