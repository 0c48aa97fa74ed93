"""The hub's page on which somebody lets a program in that shows a code."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import httpx
from jupyterhub import orm
from tornado import web

from physforge.workbench.account_pages import AccountHandler
from physforge.workbench.api import API_SCOPE

_SECONDS = 10

#: How long the token lives with which the hub asks the API as the person, in seconds; it is deleted before.
_TOKEN_SECONDS = 60

_LONGEST_CODE = 40


class DevicePageHandler(AccountHandler):
    """Ask for the code, say what its program wants, and let it in or not.

    Notes
    -----
    The code is in no address, so that no log has it. The API is asked as the person, by
    a token of theirs that is good for it alone and deleted at once: it takes nobody's
    word on who somebody is. JupyterHub takes no token on pages, and sees to it that the
    form was sent from here.
    """

    template = "device.html"

    @web.authenticated
    async def get(self) -> None:
        """Show the form."""
        await self.show(step="ask")

    @web.authenticated
    async def post(self) -> None:
        """Take the next step."""
        code, step = self._field("code"), self._field("step")
        if step == "look":
            status, answer = await self._ask("lookups", {"user_code": code})
        elif step in ("approve", "deny"):
            status, answer = await self._ask("decisions", {"user_code": code, "approve": step == "approve"})
        else:
            raise web.HTTPError(400)
        if status != HTTPStatus.OK:
            await self.show(status=status, error=_reason(status, answer), step="ask")
            return
        await self.show(step={"look": "decide", "approve": "approved", "deny": "denied"}[step], code=code, login=answer)

    def _field(self, name: str) -> str:
        values = self.request.body_arguments.get(name) or [b""]
        return str(values[-1][:_LONGEST_CODE].decode("utf-8", "replace"))

    async def _ask(self, path: str, document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Call the API as whoever is logged in."""
        if not document["user_code"].strip():
            return HTTPStatus.NOT_FOUND, {}
        token = self.current_user.new_api_token(
            note="to confirm a login", scopes=[API_SCOPE], expires_in=_TOKEN_SECONDS
        )
        address = f"{self.authenticator.api_url}/services/api/v1/device/{path}"
        try:
            # Beside the event loop: the API asks this hub whose the token is.
            async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
                response = await client.post(address, json=document, headers={"Authorization": f"Bearer {token}"})
                return response.status_code, response.json()
        except (httpx.HTTPError, ValueError):
            return HTTPStatus.BAD_GATEWAY, {}
        finally:
            found = orm.APIToken.find(self.db, token)
            if found is not None:
                self.db.delete(found)
                self.db.commit()


def device_handlers() -> list[tuple[str, type]]:
    """Return the page.

    Returns
    -------
    list of (str, type)
        Path below /hub and handler.
    """
    return [(r"/device", DevicePageHandler)]


def _reason(status: int, answer: dict[str, Any]) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return "There is no such code, or it has expired or been used. Look at what your program shows, and try again."
    if status in (HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS):
        return str(answer.get("detail", ""))
    return "The REST API cannot say now; try again in a moment."
