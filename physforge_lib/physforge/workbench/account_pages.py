"""Pages of the hub about accounts: log in, use a link, change a password, ask for an account."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.handlers.login import LoginHandler
from jupyterhub.utils import url_path_join
from tornado import web
from tornado.httputil import url_concat

from physforge.errors import PhysForgeError
from physforge.workbench.account_links import AccountLinks
from physforge.workbench.account_names import is_name, normalise_name
from physforge.workbench.passwords import LONGEST, SHORTEST
from physforge.workbench.throttle import TooManyAttemptsError

#: Whatever is typed is cut here before anything else is done with it.
_LONGEST_FIELD = 4 * LONGEST


class AccountLoginHandler(LoginHandler):  # type: ignore[misc]
    """The hub's login page, for names and passwords that can be some."""

    async def post(self) -> None:
        """Log in; what is no name goes on as an empty one, and is nowhere shown or logged."""
        name = normalise_name(_field(self, "username").strip())
        # JupyterHub logs and shows the name that was typed. It may be ten megabytes, or a password.
        fields = {"username": name if is_name(name) else "", "password": _field(self, "password")}
        for arguments in (self.request.arguments, self.request.body_arguments):
            for key in set(arguments) - {"_xsrf", "next"}:
                del arguments[key]
            arguments.update({key: [value.encode()] for key, value in fields.items()})
        await super().post()


class AccountHandler(BaseHandler):  # type: ignore[misc]
    """What the pages here have in common."""

    template = ""

    def set_default_headers(self) -> None:
        """Keep what is on these pages out of caches and out of other sites' logs."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")

    async def show(self, *, status: int = 200, error: str = "", **facts: Any) -> None:
        """Send the page.

        Parameters
        ----------
        status : int, default 200
            Of HTTP.
        error : str, default ""
            Shown above the form.
        **facts : object
            For the template.
        """
        self.set_status(status)
        xsrf = self.xsrf_token.decode("ascii")
        page = await self.render_template(
            self.template, xsrf=xsrf, error=error, shortest=SHORTEST, longest=LONGEST, **facts
        )
        self.finish(page)

    def new_password(self) -> str:
        """Return the new password, typed twice.

        Raises
        ------
        PasswordsDifferError
            If the two are not the same.
        """
        password = _field(self, "new_password")
        if password != _field(self, "new_password_again"):
            raise PasswordsDifferError("The two passwords are not the same; type the new one twice.")
        return password

    def to_login(self, name: str) -> None:
        """Go to the login page, with the name filled in."""
        self.redirect(url_concat(url_path_join(self.hub.base_url, "login"), {"username": name}))


class PasswordsDifferError(PhysForgeError):
    """The new password was not typed twice the same."""


class LinkHandler(AccountHandler):
    """Set a password with an invitation or a reset link. Opening the page does not use the link up."""

    template = "account_link.html"

    async def get(self) -> None:
        """Show the form, or that the link is spent."""
        token = _field(self, "token")
        owner = await self._owner(token)
        if owner is None:
            await self.show(status=404, owner=None)
        else:
            await self.show(owner=owner, token=token)

    async def post(self) -> None:
        """Use the link."""
        token = _field(self, "token")
        owner = await self._owner(token)
        if owner is None:
            await self._note("link.refused", "", "refused")
            await self.show(status=404, owner=None)
            return
        try:
            await self.authenticator.in_turn(self._links.use, token, self.new_password())
        except PhysForgeError as error:
            await self.show(status=400, error=str(error), owner=owner, token=token)
            return
        await self._note("account.activate" if owner.state == "invited" else "password.reset", owner.name, "ok")
        self.to_login(owner.name)

    @property
    def _links(self) -> AccountLinks:
        return AccountLinks(self.authenticator.accounts)

    async def _owner(self, token: str) -> Any:
        return await asyncio.to_thread(self._links.owner, token)

    async def _note(self, act: str, name: str, outcome: str) -> None:
        await self.authenticator.note(act, name, self.request.remote_ip, outcome)


class PasswordHandler(AccountHandler):
    """Change the password of whoever is logged in."""

    template = "account_password.html"

    @web.authenticated
    async def get(self) -> None:
        """Show the form."""
        await self.show(changed=self.get_argument("changed", "") == "yes")

    @web.authenticated
    async def post(self) -> None:
        """Change it, and log out every browser but this one."""
        user, authenticator = self.current_user, self.authenticator
        address = self.request.remote_ip
        try:
            with authenticator.throttle.attempt(user.name, address) as attempt:
                new = self.new_password()
                current = _field(self, "current_password")
                account = await authenticator.in_turn(authenticator.accounts.change_password, user.name, current, new)
                attempt.failed = False
        except TooManyAttemptsError as error:
            self.set_header("Retry-After", str(error.wait_seconds))
            await self.show(status=429, error=str(error), changed=False)
            return
        except PhysForgeError as error:
            await authenticator.note("password.change", user.name, address, "refused")
            await self.show(status=400, error=str(error), changed=False)
            return
        await authenticator.ender.end(account)
        self.set_login_cookie(user)
        await authenticator.note("password.change", user.name, address, "ok")
        self.redirect(url_concat(url_path_join(self.hub.base_url, "password"), {"changed": "yes"}))


class RequestHandler(AccountHandler):
    """Ask for an account. The answer is the same whether a name is free or not."""

    template = "account_request.html"

    async def get(self) -> None:
        """Show the form."""
        await self.show(done=False, typed="", note="")

    async def post(self) -> None:
        """Take the request down."""
        authenticator, address = self.authenticator, self.request.remote_ip
        typed, note = _field(self, "username"), _field(self, "note")
        name = normalise_name(typed)
        try:
            # Requests are counted whether they fail or not: nobody needs many.
            with authenticator.throttle.attempt(name if is_name(name) else "", address):
                password = self.new_password()
                account = await authenticator.in_turn(authenticator.accounts.request, typed, password, note)
        except TooManyAttemptsError as error:
            self.set_header("Retry-After", str(error.wait_seconds))
            await self.show(status=429, error=str(error), done=False, typed="", note="")
            return
        except PhysForgeError as error:
            await self.show(status=400, error=str(error), done=False, typed=typed[:LONGEST], note=note)
            return
        await authenticator.note("account.request", name, address, "refused" if account is None else "ok")
        await self.show(done=True, typed=name)


def page_handlers(registration: str) -> list[tuple[str, type]]:
    """Return the pages of accounts.

    Parameters
    ----------
    registration : {"invitation", "request"}
        Whether strangers may ask for an account.

    Returns
    -------
    list of (str, type)
        Path below /hub and handler.
    """
    pages: list[tuple[str, type]] = [
        (r"/login", AccountLoginHandler),
        (r"/welcome", LinkHandler),
        (r"/password", PasswordHandler),
    ]
    return [*pages, (r"/request-account", RequestHandler)] if registration == "request" else pages


def _field(handler: Any, name: str) -> str:
    values = handler.request.arguments.get(name) or [b""]
    # One byte more than fits stays too long, and is refused as such.
    return str(values[-1][:_LONGEST_FIELD].decode("utf-8", "replace"))
