"""Runs that are compared, without a widget."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

import param

from physforge.apps.compare.filtering import matching, ordered
from physforge.apps.person import Person
from physforge.errors import PhysForgeError
from physforge.jobs.records import JobRecord, Selection
from physforge.jobs.runs import compared
from physforge.jobs.states import State

#: Runs that are compared at most, and rows of a page of their table.
MOST, ROWS = 1000, 50

#: Asked for side by side, where runs are named one by one.
_AT_ONCE = 8


class CompareState(param.Parameterized):
    """Runs, which of them are shown, and in which order.

    Parameters
    ----------
    person : Person
        Whose.
    **params : object
        Of the state.
    """

    batch = param.String(default="", doc="Name or id of the batch whose runs are compared.")
    kind = param.String(default="", doc="Of the runs; any, if empty.")
    state = param.String(default="", doc="Of the runs; any, if empty.")
    named = param.List(item_type=str, doc="Ids of runs, if they are named one by one.")
    aggregate = param.String(default="last", doc="Of what was measured on the way: a name of `AGGREGATES`.")
    everything = param.Boolean(default=False, doc="Whether settings that all share are shown, too.")
    wanted = param.String(default="", doc="Which rows are shown; see `matching`.")
    order = param.String(default="", doc="By which column; see `ordered`.")
    page = param.Integer(default=0, doc="Counted from 0.")
    records = param.List(item_type=JobRecord, doc="What is compared, newest first.")
    rows = param.List(doc="A mapping for each record.")
    places = param.List(item_type=int, doc="Of the rows that are meant, in order.")
    failure = param.String(default="", doc="A sentence about what could not be asked.")

    def __init__(self, person: Person, **params: Any) -> None:
        self._person = person
        super().__init__(**params)

    async def load(self, **changes: Any) -> None:
        """Ask for the runs.

        Parameters
        ----------
        **changes : object
            Of `batch`, `kind`, `state` and `named`.
        """
        self.param.update(**changes)
        try:
            found = await (self._load_named() if self.named else self._person.ask(self._find))
        except (PhysForgeError, ValueError) as error:
            self.param.update(records=[], rows=[], places=[], failure=str(error))
            return
        self.compare(found)

    def compare(self, records: Sequence[JobRecord]) -> None:
        """Compare runs.

        Parameters
        ----------
        records : sequence of JobRecord
            At most `MOST` are taken.
        """
        kept = list(records[:MOST])
        rows = compared(kept, only_varying=not self.everything, aggregate=self.aggregate)
        places = ordered(rows, matching(rows, self.wanted), self.order)
        self.param.update(records=kept, rows=rows, places=places, page=0, failure="")

    def choose(self, **changes: Any) -> None:
        """Show other rows, or in another order.

        Parameters
        ----------
        **changes : str
            Of `wanted` and `order`.
        """
        self.param.update(**changes)
        self.param.update(places=ordered(self.rows, matching(self.rows, self.wanted), self.order), page=0)

    def columns(self) -> list[str]:
        """List the columns of the comparison.

        Returns
        -------
        list of str
            Those in which all rows have the same are left out, unless all settings are shown.
        """
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        if self.everything or len(self.rows) < 2:
            return names
        return [name for name in names if name in ("state", "seconds") or self._differs(name)]

    def shown(self) -> list[int]:
        """List the places of the rows of the page.

        Returns
        -------
        list of int
            At most `ROWS`.
        """
        return self.places[self.page * ROWS : (self.page + 1) * ROWS]

    def _differs(self, name: str) -> bool:
        return len({repr(row.get(name)) for row in self.rows}) > 1

    def _find(self) -> list[JobRecord]:
        return self._person.workspace.jobs.find(
            Selection(
                batch=self.batch or None,
                kinds=frozenset({self.kind}) if self.kind else None,
                states=frozenset({State(self.state)}) if self.state else None,
                limit=MOST,
            )
        )

    async def _load_named(self) -> list[JobRecord]:
        limit = asyncio.Semaphore(_AT_ONCE)

        async def one(job_id: str) -> JobRecord:
            async with limit:
                return await self._person.ask(self._person.workspace.jobs.get, str(uuid.UUID(job_id)))

        return list(await asyncio.gather(*(one(job_id) for job_id in self.named[:MOST])))
