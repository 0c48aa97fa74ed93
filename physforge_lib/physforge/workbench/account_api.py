"""What the hub's API says of accounts, beyond JupyterHub's own: their ids, and whether they are active."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.apihandlers.users import SelfAPIHandler
from jupyterhub.scopes import needs_scope
from tornado import web

from physforge.workbench.account_records import Account


class OwnAccountHandler(SelfAPIHandler):  # type: ignore[misc]
    """Say whose a token is, as JupyterHub's ``/api/user`` does, with the id of the account."""

    _account: Account | None = None

    async def get(self) -> None:
        """Answer whoever has a token; 403 for those whose account is not active."""
        user = self.current_user
        if user is not None and not isinstance(user, orm.Service):
            self._account = await _account_of(self, user)
            if self._account is None:
                raise web.HTTPError(403, "There is no active account.")
        await super().get()

    def user_model(self, user: Any) -> dict[str, Any]:
        """Return what is said of a user."""
        return _with_id(super().user_model(user), self._account)


class AccountHandler(APIHandler):  # type: ignore[misc]
    """Say who has an account, to services that may see users; 404 where none is active."""

    @needs_scope("read:users")  # type: ignore[untyped-decorator]
    async def get(self, user_name: str) -> None:
        """Answer with name, roles, groups and id."""
        user = self.find_user(user_name)
        account = None if user is None else await _account_of(self, user)
        if account is None:
            raise web.HTTPError(404)
        # What the hub knows of roles is as old as the user's last visit.
        facts = {**self.user_model(user), **self.authenticator.facts_of(account)}
        self.write(json.dumps(_with_id(facts, account)))


def account_handlers() -> list[tuple[str, type]]:
    """Return the routes here.

    Returns
    -------
    list of (str, type)
        Path below /hub and handler.
    """
    return [(r"/api/account", OwnAccountHandler), (r"/api/accounts/([^/]+)", AccountHandler)]


async def _account_of(handler: Any, user: Any) -> Account | None:
    authenticator = handler.authenticator
    if not await authenticator.may_come_in(user):
        return None
    account: Account | None = await asyncio.to_thread(authenticator.accounts.find, user.name)
    return account


def _with_id(model: dict[str, Any], account: Account | None) -> dict[str, Any]:
    return model if account is None else {**model, "account_id": str(account.id)}
