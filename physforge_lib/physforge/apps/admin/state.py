"""What administrators see and do, without a widget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import param

from physforge.apps.hub_calls import hub_call
from physforge.apps.person import Person
from physforge.errors import PhysForgeError, WorkbenchError

#: Events that are listed.
EVENTS = 50

#: Seconds for an answer about health.
_HEALTH_S = 5.0


class AdminState(param.Parameterized):
    """Accounts, servers, events and health of the workbench.

    Parameters
    ----------
    person : Person
        Who asks; the hub and the REST API decide whether they may.
    **params : object
        Of the state.
    """

    allowed = param.Boolean(default=None, allow_None=True, doc="Whether the person is an administrator, once known.")
    accounts = param.List(doc="As the hub lists them, each with what it uses.")
    servers = param.List(doc="That run: of whom, name, since when, and last use.")
    events = param.List(doc="The newest first.")
    health = param.Dict(default={}, doc="Part of the workbench -> what is said of it.")
    failures = param.List(item_type=str, doc="Sentences about what could not be asked.")

    def __init__(self, person: Person, **params: Any) -> None:
        self._person = person
        super().__init__(**params)

    async def refresh(self) -> None:
        """Ask for everything side by side; whoever is no administrator asks for nothing."""
        try:
            roles = (await self._person.get("/me"))["roles"]
        except PhysForgeError as error:
            self.failures = [str(error)]
            return
        if "admin" not in roles:
            self.allowed = False
            return
        parts = [self._accounts(), self._servers(), self._health()]
        parts += [self._events()] if "auditor" in roles else []
        found = await asyncio.gather(*parts, return_exceptions=True)
        failures = []
        for one in found:
            if isinstance(one, PhysForgeError):
                failures.append(str(one))
            elif isinstance(one, BaseException):
                raise one
        if "auditor" not in roles:
            failures.append("The event log is for auditors: physforge account change NAME --auditor makes one of you.")
        self.param.update(failures=failures, allowed=True)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Those who ask to join."""
        return [one for one in self.accounts if one["state"] == "requested"]

    async def do(self, act: str, name: str, groups: Sequence[str] | None = None) -> str:
        """Do something with an account.

        Parameters
        ----------
        act : {"approve", "disable", "reset", "invite", "change"}
            What.
        name : str
            Of the account.
        groups : sequence of str, optional
            All its groups from now on.

        Returns
        -------
        str
            What was done, with the link where one was made.

        Raises
        ------
        PhysForgeError
            If it is refused; says why.
        """
        if not name.strip():
            raise WorkbenchError("Say whom: the name of an account.")
        body = {} if groups is None else {"groups": list(groups)}
        done = await hub_call(self._person, "POST", "accounts", name.strip(), act, body=body)
        if "link" in done:
            return f"Send this link to {done['name']}; it works once, until {done['expires_at']}:\n{done['link']}"
        return f"{done['name']} is {done['state']}; groups: {', '.join(done['groups']) or 'none'}."

    async def stop(self, user: str, server: str) -> None:
        """Stop somebody's server.

        Parameters
        ----------
        user : str
            Whose.
        server : str
            Its name; none for the usual one.
        """
        path = ("users", user, "servers", server) if server else ("users", user, "server")
        await hub_call(self._person, "DELETE", *path)

    async def _accounts(self) -> None:
        listed, used = await asyncio.gather(hub_call(self._person, "GET", "accounts"), self._used())
        self.accounts = [{**one, **used.get(one["name"], {})} for one in listed["items"]]

    async def _used(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        query: dict[str, Any] = {"limit": 200}
        while True:
            page = await self._person.get("/users", **query)
            found |= {
                one["name"]: {"datasets": one["datasets"], "used_bytes": one["used_bytes"]} for one in page["items"]
            }
            if page.get("next") is None:
                return found
            query["cursor"] = page["next"]

    async def _servers(self) -> None:
        users = await hub_call(self._person, "GET", "users", state="active")
        self.servers = [
            {"user": user["name"], "name": name, "started": one["started"], "last_activity": one["last_activity"]}
            for user in users
            for name, one in sorted((user.get("servers") or {}).items())
        ]

    async def _events(self) -> None:
        self.events = (await self._person.get("/audit/events", limit=EVENTS, personal="true"))["items"]

    async def _health(self) -> None:
        address = f"{self._person.login.url}/services/api/v1/health/ready"
        try:
            async with httpx.AsyncClient(timeout=_HEALTH_S) as client:
                said = (await client.get(address)).json()
            api = "well" if not said["failing"] else f"fails: {', '.join(said['failing'])}"
        except (httpx.HTTPError, ValueError, KeyError) as error:
            api = f"does not answer ({error})"
        try:
            await self._person.ask(self._person.clusters)
            gateway = "well"
        except PhysForgeError as error:
            gateway = str(error)
        self.health = {"REST API, database and event log": api, "Dask Gateway": gateway}
