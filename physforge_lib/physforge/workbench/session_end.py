"""End the sessions of those who may not go on: a changed password, a disabled account."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyterhub import orm
from tornado.ioloop import PeriodicCallback

from physforge.errors import PhysForgeError
from physforge.workbench.account_records import Account
from physforge.workbench.accounts import Accounts
from physforge.workbench.retirement import Retirement

#: How soon a change made elsewhere (the command line) takes effect, in milliseconds.
_EVERY_MS = 2000


class SessionEnder:
    """Ends sessions in a running hub.

    Parameters
    ----------
    app : jupyterhub.app.JupyterHub
        The hub.
    accounts : Accounts
        Where it stands whose sessions are to end.
    retirement : Retirement, optional
        Tells the REST API of deleted accounts.
    """

    def __init__(self, app: Any, accounts: Accounts, retirement: Retirement | None = None) -> None:
        self._app = app
        self._accounts = accounts
        self._retirement = retirement
        # From reading whose sessions are to end until that is done: a session begun meanwhile would end, too.
        self._one_round = asyncio.Lock()

    async def run(self) -> None:
        """End what is to end now; what fails is tried again in the next round, and keeps nothing else waiting."""
        async with self._one_round:
            for account in await asyncio.to_thread(self._accounts.to_sign_out):
                try:
                    await self._end(account)
                except PhysForgeError as error:
                    self._app.log.warning("%s", error)
                except Exception:
                    self._app.db.rollback()
                    self._app.log.exception("The sessions of %s could not be ended; trying again", account.name)

    async def end_before_login(self, name: str) -> None:
        """End an account's earlier sessions now if they are to end, so that the one that begins goes on.

        Parameters
        ----------
        name : str
            Of an account whose owner has just shown who they are.
        """
        if not await self._to_sign_out(name):
            return
        async with self._one_round:
            for account in await self._to_sign_out(name):
                await self._end(account)

    async def _to_sign_out(self, name: str) -> list[Account]:
        return [one for one in await asyncio.to_thread(self._accounts.to_sign_out) if one.name == name]

    async def end(self, account: Account) -> None:
        """End the sessions of one account, and note that this was done.

        Parameters
        ----------
        account : Account
            Its browsers are logged out everywhere. If it is not active, its servers are
            stopped, too, and no token of it is good any more; if it is deleted, the
            tokens are revoked and the REST API retires its principal.

        Notes
        -----
        What an active user's own API tokens allow, they go on to allow: their owner
        sees and revokes them at /hub/token. Those of a disabled account are good again
        when it is, as its API keys are.
        """
        async with self._one_round:
            await self._end(account)

    async def _end(self, account: Account) -> None:
        orm_user = orm.User.find(self._app.db, account.name)
        if orm_user is not None:
            self._log_out(orm_user, everything=account.state == "deleted")
            if account.state != "active":
                user = self._app.users[orm_user]
                # The authenticator is asked at the very next request, and not some seconds later.
                user._auth_refreshed = None
                await self._stop_servers(user)
        if account.state == "deleted" and self._retirement is not None:
            await asyncio.to_thread(self._retirement.tell, account.id)
        await asyncio.to_thread(self._accounts.signed_out, account)

    def _log_out(self, orm_user: Any, *, everything: bool) -> None:
        database = self._app.db
        orm_user.cookie_id = orm.new_token()
        for token in list(orm_user.api_tokens):
            # A token with a session is one that a browser got from a server or service.
            if everything or token.session_id:
                database.delete(token)
        database.commit()
        self._app.log.info("Sessions of %s ended", orm_user.name)

    async def _stop_servers(self, user: Any) -> None:
        for name, spawner in list(user.spawners.items()):
            if spawner.pending:
                # It is starting or stopping: the next round comes soon.
                raise RuntimeError(f"{spawner._log_name} is pending {spawner.pending}")
            if spawner.active:
                await self._app.proxy.delete_user(user, name)
                await user.stop(name)


def start_ending_sessions(app: Any, accounts: Accounts, retirement: Retirement | None = None) -> SessionEnder:
    """End sessions from now on, as long as the hub runs.

    Parameters
    ----------
    app : jupyterhub.app.JupyterHub
        The hub, whose event loop runs.
    accounts : Accounts
        Where it stands whose sessions are to end.
    retirement : Retirement, optional
        Tells the REST API of deleted accounts.

    Returns
    -------
    SessionEnder
        For what is not to wait.
    """
    ender = SessionEnder(app, accounts, retirement)

    async def round_() -> None:
        try:
            await ender.run()
        except Exception:
            app.log.exception("Whose sessions are to end cannot be read; trying again")

    PeriodicCallback(round_, _EVERY_MS).start()
    return ender
