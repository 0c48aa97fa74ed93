"""What the page of data sets shows, without a widget."""

from __future__ import annotations

import uuid
from typing import Any, cast

import param

from physforge.apps.person import Person
from physforge.errors import PhysForgeError
from physforge.jobs.remote_store import RemoteJobStore

#: Data sets of one part of the list.
ROWS = 20


class DataState(param.Parameterized):
    """A list of data sets, and the one that is open.

    Parameters
    ----------
    person : Person
        Whose page it is; all is asked and done with their rights.
    **params : object
        Of the state.
    """

    search = param.String(doc="Words that must all occur.")
    trash = param.Boolean(doc="Whether the person's trash is listed in place of what there is.")
    rows = param.List(doc="Records of the part of the list that is shown.")
    has_next = param.Boolean(doc="Whether there are further parts.")
    part = param.Integer(default=0, doc="Which part is shown.")
    opened = param.Dict(allow_None=True, doc="The record of the data set that is open.")
    versions = param.List(doc="Its versions, the newest first.")
    version = param.Integer(default=0, doc="Number of the version that is looked at.")
    lineage = param.Dict(allow_None=True, doc="Where that version comes from.")
    grants = param.List(doc="With whom it is shared.")
    room = param.Integer(default=0, doc="Bytes that are left for data sets; 0 where there is no limit.")
    failure = param.String(doc="One sentence on what went wrong.")
    session_over = param.Boolean(doc="Whether the person has to log in again.")

    def __init__(self, person: Person, **params: Any) -> None:
        self._person = person
        self._cursors: list[str | None] = [None]
        self._asked = 0
        super().__init__(**params)

    @property
    def is_mine(self) -> bool:
        """Whether the person owns what is open, and so may share and remove it."""
        return self.opened is not None and self.opened["role"] == "owner"

    async def find(self, part: int = 0) -> None:
        """List a part of what matches; only the newest question is answered.

        Parameters
        ----------
        part : int, default 0
            The first, or one that follows what is known.
        """
        if part == 0:
            self._cursors = [None]
        self._asked += 1
        asked = self._asked
        given = {"search": self.search, "trash": "true" if self.trash else None}
        try:
            answer = await self._person.get("/datasets", limit=ROWS, cursor=self._cursors[part], **given)
        except PhysForgeError as error:
            self.fail(error)
            return
        if asked != self._asked:
            return
        self._cursors[part + 1 :] = [answer["next"]] if answer["next"] else []
        self.param.update(rows=answer["items"], has_next=answer["next"] is not None, part=part, failure="")

    async def look_at_room(self) -> None:
        """Ask how much room is left."""
        try:
            quota = (await self._person.get("/me"))["quota"]
        except PhysForgeError as error:
            self.fail(error)
            return
        limit = quota["limit_bytes"]
        self.room = 0 if limit is None else max(limit - quota["used_bytes"], 1)

    async def open(self, dataset: str, number: int | None = None) -> bool:
        """Open a data set at its newest version, or at another.

        Parameters
        ----------
        dataset : str
            Its id, or an exact name; any text.
        number : int, optional
            Of the version.

        Returns
        -------
        bool
            Whether it is there.
        """
        try:
            record = await self._record(dataset)
            versions = (await self._person.get(f"/datasets/{record['id']}/versions"))["items"]
            chosen = number if number is not None else record["head"]["number"]
            lineage = await self._person.get(f"/datasets/{record['id']}/versions/{int(chosen)}/lineage")
            grants = await self._person.get(f"/datasets/{record['id']}/grants")
        except PhysForgeError as error:
            self.fail(error)
            return False
        self.param.update(
            opened=record,
            versions=versions[::-1],
            version=chosen,
            lineage=lineage,
            grants=grants["grants"],
            failure="",
        )
        return True

    async def _record(self, dataset: str) -> dict[str, Any]:
        try:
            return await self._person.get(f"/datasets/{uuid.UUID(dataset)}")
        except ValueError:
            found = (await self._person.get("/datasets", name=dataset, limit=2))["items"]
        if not found:
            raise PhysForgeError(f"There is no data set {dataset!r}, or you may not see it; pick one below.") from None
        return cast("dict[str, Any]", found[0])

    async def remove(self) -> bool:
        """Put what is open into the trash."""
        done = self.opened is not None and await self._send("DELETE", f"/datasets/{self.opened['id']}")
        if done:
            self.param.update(opened=None, versions=[], lineage=None, grants=[])
            await self.find()
        return bool(done)

    async def restore(self, dataset: str, name: str | None = None) -> bool:
        """Take a data set out of the trash.

        Parameters
        ----------
        dataset : str
            Its id.
        name : str, optional
            A new name, where somebody took the old one.

        Returns
        -------
        bool
            Whether it is back.
        """
        done = await self._send("POST", f"/datasets/{uuid.UUID(dataset)}/restore", json={"name": name})
        if done:
            await self.find()
        return done

    async def share(self, name: str, role: str, kind: str = "principal") -> bool:
        """Share what is open with a person or a group.

        Parameters
        ----------
        name : str
            Theirs, exactly.
        role : {"viewer", "collaborator"}
            What they may do.
        kind : {"principal", "group"}
            Whether it is the name of a person or of a group.

        Returns
        -------
        bool
            Whether it was done.
        """
        if self.opened is None or not name.strip():
            return False
        try:
            found = (await self._person.get("/directory", name=name.strip()))["entries"]
        except PhysForgeError as error:
            self.fail(error)
            return False
        subject = next((one for one in found if one["kind"] == kind), None)
        if subject is None:
            what = "group" if kind == "group" else "person"
            self.failure = f"No {what} is called {name.strip()!r}; write the name exactly."
            return False
        place = f"/datasets/{self.opened['id']}/grants/{subject['kind']}/{subject['id']}"
        return await self._send("PUT", place, json={"role": role}) and await self._ask_grants()

    async def unshare(self, subject: str) -> bool:
        """Share what is open no more with somebody.

        Parameters
        ----------
        subject : str
            Id of the person or group.

        Returns
        -------
        bool
            Whether it was done.
        """
        for one in self.grants:
            if self.opened is not None and one["subject_id"] == subject:
                place = f"/datasets/{self.opened['id']}/grants/{one['subject_kind']}/{one['subject_id']}"
                return await self._send("DELETE", place) and await self._ask_grants()
        return False

    def fail(self, error: PhysForgeError) -> None:
        """Keep what went wrong as a sentence.

        Parameters
        ----------
        error : PhysForgeError
            Of the REST API.
        """
        over = "Log in again" in str(error)
        words = "Your session is over." if over else str(error)
        self.param.update(failure=words, session_over=over)

    async def _ask_grants(self) -> bool:
        if self.opened is not None:
            self.grants = (await self._person.get(f"/datasets/{self.opened['id']}/grants"))["grants"]
        return True

    async def _send(self, method: str, path: str, **options: Any) -> bool:
        def call() -> None:
            cast("RemoteJobStore", self._person.workspace.jobs).calls.calls.send(method, path, **options)

        try:
            await self._person.ask(call)
        except PhysForgeError as error:
            self.fail(error)
            return False
        self.failure = ""
        return True
