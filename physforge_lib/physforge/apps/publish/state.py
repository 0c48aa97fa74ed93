"""What is published, and by whom it can be seen, without a widget."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import param

from physforge.apps.hub_calls import hub_call
from physforge.apps.person import Person
from physforge.errors import PhysForgeError, WorkbenchError
from physforge.workbench.account_records import AUDITORS, EVERYONE
from physforge.workbench.publishing import PREFIX, is_published

#: A job's id, also in the middle of the address of its page.
_JOB = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Shares:
    """Who may see a dashboard, beside its owner and administrators.

    Parameters
    ----------
    users, groups : tuple of str
        Names.
    everyone : bool
        Whether every user may.
    """

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    everyone: bool = False

    def __str__(self) -> str:
        if self.everyone:
            return "every user"
        named = [*(f"group {one}" for one in self.groups), *self.users]
        return ", ".join(named) or "only me"


@dataclass(frozen=True)
class Dashboard:
    """Something published.

    Parameters
    ----------
    owner, name : str
        Whose, and the name of its server.
    title : str
        For people; any text.
    state : {"running", "starting", "stopped"}
        Of its server; one that is stopped starts when somebody opens it.
    shares : Shares
        Who may see it; empty where it is somebody else's.
    """

    owner: str
    name: str
    title: str
    state: str
    shares: Shares = Shares()

    @property
    def path(self) -> str:
        """Its address at this origin."""
        return f"/hub/published/{self.owner}/{self.name}"


class PublishState(param.Parameterized):
    """Dashboards of a person, and those that others let them see.

    Parameters
    ----------
    person : Person
        Whose.
    **params : object
        Of the state.
    """

    mine = param.List(item_type=Dashboard, doc="In the order of their titles.")
    shared = param.List(item_type=Dashboard, doc="Of others.")
    groups = param.List(item_type=str, doc="That the person is in; they can be shown something.")
    known = param.Boolean(default=False, doc="Whether everything has been asked once.")

    def __init__(self, person: Person, **params: Any) -> None:
        self._person = person
        super().__init__(**params)

    async def refresh(self) -> None:
        """Ask the hub for all of it.

        Raises
        ------
        PhysForgeError
            If it does not answer, or the session is over.
        """
        mine, shared, groups = await asyncio.gather(self._mine(), self._shared(), self._groups())
        self.param.update(mine=mine, shared=shared, groups=groups, known=True)

    async def publish(self, title: str, source: str, said: Callable[[str], None]) -> str:
        """Publish something for the person alone, and start it.

        Parameters
        ----------
        title : str
            For people.
        source : str
            The id of a job, or the path of a script or notebook in the person's home.
        said : callable
            Told in words what is going on.

        Returns
        -------
        str
            Name of its server.

        Raises
        ------
        PhysForgeError
            If it cannot be published; says why.
        """
        server = f"{PREFIX}{secrets.token_hex(4)}"
        found = _JOB.search(source.strip().lower())
        what = {"job": found[0]} if found else {"script": source.strip()}
        if found:
            # Whose result cannot be read is told so now, and not when somebody opens the page.
            await self._person.get(f"/jobs/{found[0]}")
        await self._act({"act": "publish", "server": server, "title": title.strip(), **what}, said)
        said("Starting the dashboard")
        await self._server("POST", server, body={"display_name": title.strip()})
        return server

    async def start(self, server: str) -> None:
        """Start a dashboard that is stopped."""
        await self._server("POST", server)

    async def stop(self, server: str) -> None:
        """Stop a dashboard; whoever opens it starts it again."""
        await self._server("DELETE", server)

    async def delete(self, server: str, said: Callable[[str], None]) -> None:
        """Take a dashboard back; its address leads nowhere from now on.

        Parameters
        ----------
        server : str
            Name of its server.
        said : callable
            Told in words what is going on.
        """
        await self._server("DELETE", server, body={"remove": True})
        await self._act({"act": "unpublish", "server": server}, said)

    async def show_to(self, server: str, visibility: str, name: str = "") -> None:
        """Say who may see a dashboard.

        Parameters
        ----------
        server : str
            Name of its server.
        visibility : {"me", "group", "everyone", "person", "anyone"}
            Whom it is shown; ``"me"`` takes back what was shown before, and ``"person"`` adds one.
        name : str, default ""
            Of the group or person.

        Raises
        ------
        PhysForgeError
            If there is nobody of that name, or what is asked for is not to be had.
        """
        if visibility == "anyone":
            raise WorkbenchError(
                "Dashboards are for people with an account. To show a result to others, make a report: it is one file "
                "that needs no server."
            )
        where = ("published", self._person.name, server)
        if visibility != "person":
            await hub_call(self._person, "DELETE", *where)
        if visibility == "me":
            return
        if visibility in ("group", "person") and not name.strip():
            raise WorkbenchError(f"Say which {visibility} may see it.")
        whom = {"user": name.strip()} if visibility == "person" else {"group": name.strip()}
        await hub_call(self._person, "PUT", *where, body={"group": EVERYONE} if visibility == "everyone" else whom)

    async def _mine(self) -> list[Dashboard]:
        me = self._person.name
        model = await hub_call(self._person, "GET", "users", me, include_stopped_servers="1")
        found = [one for name, one in (model.get("servers") or {}).items() if is_published(name)]
        shares = await asyncio.gather(*(hub_call(self._person, "GET", "published", me, one["name"]) for one in found))
        boards = [
            Dashboard(me, one["name"], _title(one), _state(one), _shares(who))
            for one, who in zip(found, shares, strict=True)
        ]
        return sorted(boards, key=lambda one: (one.title, one.name))

    async def _shared(self) -> list[Dashboard]:
        answer = await hub_call(self._person, "GET", "published", self._person.name)
        return [
            Dashboard(one["owner"], one["name"], one["title"], "running" if one["running"] else "stopped")
            for one in answer["items"]
        ]

    async def _groups(self) -> list[str]:
        answer = await self._person.get("/groups", limit=200)
        return [one["name"] for one in answer["items"] if one["name"] not in (EVERYONE, AUDITORS)]

    async def _act(self, request: dict[str, Any], said: Callable[[str], None]) -> None:
        try:
            answer = await self._person.kernel.run(request, said)
        except TimeoutError as error:
            raise WorkbenchError("Your server took too long to start; try again.") from error
        if "error" in answer:
            raise PhysForgeError(answer["error"])

    async def _server(self, method: str, server: str, **options: Any) -> None:
        if not is_published(server):
            raise WorkbenchError(f"{server!r} is no name of a dashboard.")
        await hub_call(self._person, method, "users", self._person.name, "servers", server, **options)


def _title(server: dict[str, Any]) -> str:
    return str(server.get("display_name") or server["name"])


def _state(server: dict[str, Any]) -> str:
    if server.get("ready"):
        return "running"
    return "starting" if server.get("pending") == "spawn" else "stopped"


def _shares(answer: dict[str, Any]) -> Shares:
    return Shares(tuple(answer["users"]), tuple(answer["groups"]), bool(answer["all"]))
