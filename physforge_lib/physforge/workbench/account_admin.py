"""What administrators do with accounts over the hub's API: the acts of ``physforge account``, from a browser."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import needs_scope
from tornado import web

from physforge.errors import AccountError, PhysForgeError, UnknownAccountError
from physforge.workbench.account_links import AccountLinks
from physforge.workbench.account_names import normalise_name
from physforge.workbench.account_records import Account, Link
from physforge.workbench.identity import link_address
from physforge.workbench.many_users import unix_users
from physforge.workbench.site_settings import Site
from physforge.workbench.state import Plan, StateFolder

#: What an act returns: whom it concerned, and a link where one was made.
_Done = tuple[Account, Link | None]


class AccountsHandler(APIHandler):  # type: ignore[misc]
    """List accounts, for administrators."""

    @needs_scope("admin:users")  # type: ignore[untyped-decorator]
    async def get(self) -> None:
        """Answer with name, state, roles, groups and note of each but the deleted."""
        found = await asyncio.to_thread(self.authenticator.accounts.all)
        self.write(json.dumps({"items": [_facts(one) for one in found]}))


class AccountActHandler(APIHandler):  # type: ignore[misc]
    """Do one act with one account, for administrators; it is written into the event log with who did it."""

    @needs_scope("admin:users")  # type: ignore[untyped-decorator]
    async def post(self, name: str, act: str) -> None:
        """Do it, and answer with the account; a link that was made is shown this once."""
        plan = Plan.read(StateFolder(Path(self.authenticator.state_home)))
        try:
            work = AccountDesk(plan, self.authenticator.accounts).act(act, name, _groups(self.get_json_body()))
            account, link = await asyncio.to_thread(work)
        except UnknownAccountError as error:
            raise web.HTTPError(404, str(error)) from error
        except PhysForgeError as error:
            raise web.HTTPError(409, str(error)) from error
        await self._note(f"account.{act}", account)
        facts = _facts(account)
        if link is not None:
            facts |= {
                "link": link_address(plan, link.token),
                "expires_at": link.expires_at.isoformat(timespec="minutes"),
            }
        self.write(json.dumps(facts))

    async def _note(self, act: str, account: Account) -> None:
        authenticator = self.authenticator
        if authenticator.events is None:
            return

        def record() -> None:
            by = authenticator.accounts.find(self.current_user.name)
            details = {"groups": list(account.groups)} if act in ("account.invite", "account.change") else {}
            authenticator.events.record(act, account, actor=None if by is None else by.id, details=details)

        await asyncio.to_thread(record)


class AccountDesk:
    """Knows the acts.

    Parameters
    ----------
    plan : Plan
        Of the workbench.
    accounts : Accounts
        Of it.
    """

    def __init__(self, plan: Plan, accounts: Any) -> None:
        self._plan, self._accounts = plan, accounts
        self._links = AccountLinks(accounts)

    def act(self, act: str, name: str, groups: Sequence[str] | None = None) -> Callable[[], _Done]:
        """Return what does something, in any thread.

        Parameters
        ----------
        act : {"approve", "disable", "reset", "invite", "change"}
            What.
        name : str
            Of the account.
        groups : sequence of str, optional
            All its groups from now on (``"invite"``, ``"change"``).

        Returns
        -------
        callable
            Returns the account, and the link where one was made.

        Raises
        ------
        AccountError
            If there is no such act.
        """
        acts: dict[str, Callable[[], _Done]] = {
            "approve": lambda: (self._approved(name), None),
            "disable": lambda: (self._accounts.disable(name), None),
            "reset": lambda: _with_account(self._links.reset(name)),
            "invite": lambda: _with_account(self._invited(name, groups or ())),
            "change": lambda: (self._accounts.change(name, groups=groups), None),
        }
        if act not in acts:
            raise AccountError(f"{act!r} is nothing that is done with accounts; there are {', '.join(acts)}.")
        return acts[act]

    def _approved(self, name: str) -> Account:
        self._refuse_foreign_user(name)
        account: Account = self._accounts.approve(name)
        return account

    def _invited(self, name: str, groups: Sequence[str]) -> Link:
        if not self._plan.many_users:
            raise AccountError(f"This workbench is for one user, {self._plan.user}; nobody can be invited to it.")
        if Site.read(self._plan.state.home).identity.oauth is not None:
            raise AccountError("People log in through the identity provider here: name them in workbench.yaml.")
        self._refuse_foreign_user(name)
        return self._links.invite(name, groups=groups)

    def _refuse_foreign_user(self, name: str) -> None:
        # Said now, and not at their first login.
        if self._plan.many_users:
            unix_users(self._plan, Site.read(self._plan.state.home)).check(normalise_name(name))


def account_admin_handlers() -> list[tuple[str, type]]:
    """Return the routes here.

    Returns
    -------
    list of (str, type)
        Path below /hub and handler.
    """
    return [(r"/api/accounts", AccountsHandler), (r"/api/accounts/([^/]+)/([a-z]+)", AccountActHandler)]


def _with_account(link: Link) -> _Done:
    return link.account, link


def _groups(body: Any) -> list[str] | None:
    groups = body.get("groups") if isinstance(body, dict) else None
    if groups is None:
        return None
    if not isinstance(groups, list) or not all(isinstance(one, str) for one in groups):
        raise web.HTTPError(400, "groups is a list of names.")
    return groups


def _facts(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "state": account.state,
        "admin": account.admin,
        "auditor": account.auditor,
        "groups": list(account.groups),
        "note": account.note,
        "created_at": account.created_at.isoformat(timespec="seconds"),
    }
