"""The page of jobs: all of them, or the one that its address names."""

from __future__ import annotations

from typing import Any

import panel as pn

from physforge.apps.jobs.job_view import JobView
from physforge.apps.jobs.list_view import JobsList
from physforge.apps.page import Query
from physforge.apps.person import Person


class JobsView(pn.viewable.Viewer):
    """The list, or one job.

    Parameters
    ----------
    person : Person
        Whose page it is.
    query : mapping of str to str
        ``job`` names one by its id; else see `JobsList`.
    """

    def __init__(self, person: Person, query: Query) -> None:
        super().__init__()
        self.shown = JobView(person, query["job"]) if "job" in query else JobsList(person, query)

    def __panel__(self) -> Any:
        """Return what is shown."""
        return self.shown

    async def begin(self) -> None:
        """Ask for what is to be shown."""
        await self.shown.begin()
