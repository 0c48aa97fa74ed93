"""JupyterHub's authenticator for accounts of our own."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from tornado import web
from traitlets import Enum, Integer

from physforge.workbench.account_keeper import AccountKeeper
from physforge.workbench.account_names import is_name, normalise_name
from physforge.workbench.account_pages import page_handlers
from physforge.workbench.account_records import AUDITORS, EVERYONE, Account
from physforge.workbench.throttle import Throttle, TooManyAttemptsError

#: Logins that wait for their turn at the hash; more are turned away at once.
_LONGEST_QUEUE = 64


class AccountAuthenticator(AccountKeeper):
    """Check a name and password against the accounts of the workbench.

    The accounts are the list of who may come in: whoever has none that is active is
    refused, whatever the hub's database says. `allowed_users` narrows it further.
    """

    registration = Enum(
        ["invitation", "request"], "invitation", help="Whether strangers may ask for an account on a page."
    ).tag(config=True)
    window_seconds = Integer(300, help="Failed logins are counted over this time.").tag(config=True)
    failures_per_name = Integer(10, help="So many, and the name is not looked at any more.").tag(config=True)
    failures_per_address = Integer(30, help="So many, and the address is not listened to any more.").tag(config=True)

    _waiting = 0

    @functools.cached_property
    def throttle(self) -> Throttle:
        """Counts failed logins."""
        return Throttle(self.window_seconds, self.failures_per_name, self.failures_per_address)

    @functools.cached_property
    def _one_at_a_time(self) -> asyncio.Semaphore:
        # Bounds memory and CPU under a flood of logins.
        return asyncio.Semaphore(1)

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Return the pages of accounts, ahead of the hub's own login page."""
        # Its own login page comes last, and is replaced.
        return [*page_handlers(self.registration), *super().get_handlers(app)]

    async def authenticate(self, handler: Any, data: Any) -> dict[str, Any] | None:
        """Return who that is, or None when name or password is wrong.

        Parameters
        ----------
        handler : tornado.web.RequestHandler or None
            Of the login page.
        data : dict
            Its fields ``username`` and ``password``; whatever a program sends to the
            hub's API comes here, too, and need not be that.

        Returns
        -------
        dict or None
            Name, whether an admin, and groups.
        """
        typed, password = normalise_name(_text(data, "username")), _text(data, "password")
        # What is no name may be a password in the wrong field: it is neither logged nor kept.
        name = typed if is_name(typed) else ""
        address = "" if handler is None else handler.request.remote_ip
        try:
            with self.throttle.attempt(name, address) as attempt:
                matches = await self.in_turn(self.accounts.check, name, password)
                attempt.failed = not matches
        except TooManyAttemptsError as error:
            if error.first:
                await self.note("login.throttled", name, address, "refused")
            raise TooManyLoginsError(error) from error
        await self.note("login.ok" if matches else "login.refused", name, address, "ok" if matches else "refused")
        account = await asyncio.to_thread(self.accounts.find, name) if matches else None
        if account is not None and handler is not None:
            await self.ender.end_before_login(name)
        return None if account is None else self.model(account)

    async def check_allowed(self, username: str, authentication: Any = None) -> bool:  # noqa: ARG002
        """Let in whose account is active, and is among `allowed_users` if there are any."""
        return await self.is_active(username) and (not self.allowed_users or username in self.allowed_users)

    async def may_come_in(self, user: Any) -> bool:
        """Tell whether somebody whom the hub knows may still come in."""
        return await self.check_allowed(user.name)

    async def refresh_user(self, user: Any, handler: Any = None) -> bool | dict[str, Any]:  # noqa: ARG002
        """Ask again, while a session lasts, whether its owner may still come in."""
        account = await asyncio.to_thread(self.accounts.find, user.name)
        if account is None or not await self.check_allowed(user.name):
            return False
        model = self.model(account)
        same = user.admin == model["admin"] and {group.name for group in user.groups} == set(model["groups"])
        return True if same else model

    def facts_of(self, account: Account) -> dict[str, Any]:
        """Return what the accounts themselves say of name, roles and groups."""
        return self.model(account)

    def model(self, account: Account) -> dict[str, Any]:
        """Return what the hub is told of an account.

        Parameters
        ----------
        account : Account
            Active.

        Returns
        -------
        dict
            Name, whether an admin, and groups; auditors are a group, and so are all.
        """
        groups = sorted({*account.groups, EVERYONE, *([AUDITORS] if account.auditor else [])})
        return {"name": account.name, "admin": account.admin, "groups": groups}

    async def in_turn(self, work: Any, *arguments: Any) -> Any:
        """Do what computes a hash, one at a time and beside the event loop.

        Parameters
        ----------
        work : callable
            Called with `arguments` in a thread.
        *arguments : object
            For `work`.

        Returns
        -------
        object
            What it returns.

        Raises
        ------
        tornado.web.HTTPError
            503, if too many wait already.
        """
        if self._waiting >= _LONGEST_QUEUE:
            raise web.HTTPError(503, "Too many people log in just now. Try again in a moment.")
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                return await asyncio.to_thread(work, *arguments)
        finally:
            self._waiting -= 1


def _text(data: Any, field: str) -> str:
    value = data.get(field, "") if isinstance(data, dict) else ""
    return value if isinstance(value, str) else ""


class TooManyLoginsError(web.HTTPError):
    """The answer to a login that was not looked at: 429, with ``Retry-After``.

    Parameters
    ----------
    error : TooManyAttemptsError
        Says how long to wait.
    """

    def __init__(self, error: TooManyAttemptsError) -> None:
        super().__init__(429, str(error))
        self.headers = {"Retry-After": str(error.wait_seconds)}
