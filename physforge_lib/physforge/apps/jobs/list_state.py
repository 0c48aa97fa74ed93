"""The list of jobs, without a widget."""

from __future__ import annotations

from typing import Any

import param

from physforge.apps.jobs.words import has_ended
from physforge.apps.person import Person
from physforge.errors import PhysForgeError
from physforge.jobs import State

#: Rows of a page of the list.
ROWS = 25

#: Longest text that is searched for.
_LONGEST = 200


class JobsState(param.Parameterized):
    """Jobs of a person, those asked for last first, page by page.

    Parameters
    ----------
    person : Person
        Whose.
    **params : object
        Of the state.
    """

    kind = param.String(default="", doc="Of the jobs; any, if empty, as in what follows.")
    state = param.String(default="", doc="One of `State`.")
    batch = param.String(default="", doc="Name or id of a batch.")
    text = param.String(default="", doc="Part of the settings, the names of inputs, or the error.")
    shared = param.Boolean(default=False, doc="Whether jobs of others that one may see are listed too.")
    jobs = param.List(doc="Of the page shown.")
    counts = param.Dict(default={}, doc="How many there are, by state.")
    kinds = param.List(item_type=str, doc="Names of all kinds.")
    page = param.Integer(default=0, doc="Counted from 0.")
    has_more = param.Boolean(default=False, doc="Whether there are older ones.")
    failure = param.String(default="", doc="A sentence about what could not be asked.")

    def __init__(self, person: Person, **params: Any) -> None:
        self._person = person
        self._cursors: list[str | None] = [None]
        super().__init__(**params)

    @property
    def total(self) -> int:
        """How many jobs there are, as they are filtered."""
        return sum(count for state, count in self.counts.items() if self.state in ("", state))

    @property
    def is_busy(self) -> bool:
        """Whether any of them will change by itself."""
        return any(self.counts.get(state, 0) for state in State if not has_ended({"state": state}))

    async def begin(self) -> None:
        """Ask which kinds there are, and for the first page."""
        await self.refresh()
        await self._quietly(self._ask_kinds)

    async def filter(self, **changes: Any) -> None:
        """Show other jobs.

        Parameters
        ----------
        **changes : str or bool
            Of `kind`, `state`, `batch`, `text` and `shared`.
        """
        texts = {name: one[:_LONGEST].strip() if isinstance(one, str) else one for name, one in changes.items()}
        self.param.update(page=0, **texts)
        self._cursors = [None]
        await self.refresh()

    async def turn(self, step: int) -> None:
        """Show older or newer jobs.

        Parameters
        ----------
        step : {1, -1}
            Older, or newer.
        """
        target = self.page + step
        if 0 <= target < len(self._cursors):
            self.page = target
            await self.refresh()

    async def refresh(self) -> None:
        """Ask for the page that is shown."""
        await self._quietly(self._ask_page)

    async def look(self) -> None:
        """Ask whether anything changed, and for the page if so."""
        if self.is_busy:
            await self.refresh()
        else:
            await self._quietly(self._ask_counts)

    async def act(self, act: str, job_ids: list[str]) -> int:
        """Cancel jobs, or have them run again.

        Parameters
        ----------
        act : {"cancel", "retry"}
            What is to be done with each.
        job_ids : list of str
            From the list.

        Returns
        -------
        int
            For how many it was done; `failure` says why not for all.
        """
        done = 0
        work = getattr(self._person.workspace.jobs, act)
        refusals = []
        for one in job_ids:
            try:
                await self._person.ask(work, one)
            except PhysForgeError as error:
                refusals.append(str(error))
            else:
                done += 1
        await self.refresh()
        self.failure = "\n".join(dict.fromkeys(refusals)) or self.failure
        return done

    async def _ask_kinds(self) -> None:
        found = await self._person.get("/jobs/kinds")
        self.kinds = [one["kind"] for one in found["items"]]

    async def _ask_counts(self) -> None:
        found = (await self._person.get("/jobs/counts", **self._query()))["counts"]
        if found != self.counts:
            await self._ask_page()

    async def _ask_page(self) -> None:
        query = {**self._query(), "state": self.state or None}
        cursor = self._cursors[self.page]
        found = await self._person.get("/jobs", limit=ROWS, cursor=cursor, **query)
        counts = (await self._person.get("/jobs/counts", **self._query()))["counts"]
        self._cursors = [*self._cursors[: self.page + 1], *([found["next"]] if found["next"] else [])]
        self.param.update(jobs=found["items"], counts=counts, has_more=found["next"] is not None, failure="")

    def _query(self) -> dict[str, Any]:
        asked = {"kind": self.kind, "batch": self.batch, "text": self.text}
        mine = None if self.shared else "true"
        return {**{name: value or None for name, value in asked.items()}, "mine": mine}

    async def _quietly(self, ask: Any) -> None:
        try:
            await ask()
        except PhysForgeError as error:
            self.failure = str(error)
