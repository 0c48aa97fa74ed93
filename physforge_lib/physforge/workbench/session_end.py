"""End the sessions of those who may not go on: a changed password, a disabled account."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyterhub import orm
from tornado.ioloop import PeriodicCallback

from physforge.workbench.account_records import Account
from physforge.workbench.accounts import Accounts

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
    """

    def __init__(self, app: Any, accounts: Accounts) -> None:
        self._app = app
        self._accounts = accounts

    async def run(self) -> None:
        """End what is to end now."""
        for account in await asyncio.to_thread(self._accounts.to_sign_out):
            await self.end(account)

    async def end(self, account: Account) -> None:
        """End the sessions of one account, and note that this was done.

        Parameters
        ----------
        account : Account
            Its browsers are logged out everywhere. If it is not active, its tokens are
            revoked and its servers stopped, too.

        Notes
        -----
        What an active user's own API tokens allow, they go on to allow: their owner
        sees and revokes them at /hub/token.
        """
        orm_user = orm.User.find(self._app.db, account.name)
        if orm_user is not None:
            self._log_out(orm_user, everything=account.state != "active")
            if account.state != "active":
                await self._stop_servers(self._app.users[orm_user])
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


def start_ending_sessions(app: Any, accounts: Accounts) -> SessionEnder:
    """End sessions from now on, as long as the hub runs.

    Parameters
    ----------
    app : jupyterhub.app.JupyterHub
        The hub, whose event loop runs.
    accounts : Accounts
        Where it stands whose sessions are to end.

    Returns
    -------
    SessionEnder
        For what is not to wait.
    """
    ender = SessionEnder(app, accounts)

    async def round_() -> None:
        try:
            await ender.run()
        except Exception:
            app.db.rollback()
            app.log.exception("Sessions could not be ended; trying again")

    PeriodicCallback(round_, _EVERY_MS).start()
    return ender
