"""The way from a page to the bytes of a version: a link of the REST API, made for whoever asks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httpx
from tornado.web import HTTPError, RequestHandler

from physforge.client.calls import PREFIX

#: Below the prefix of the apps.
DOWNLOADS = "downloads"

#: How long the link is good, in seconds: the browser follows it at once.
_GOOD_S = 120


class Download(RequestHandler):
    """Sends the browser on to the bytes, which never pass through this process."""

    def initialize(self, url: str, token_in: Callable[[dict[str, str]], str]) -> None:
        """Take the workbench's address, and who finds the token in cookies."""
        self._url, self._token_in = url.rstrip("/"), token_in

    async def get(self, dataset: str, number: str) -> None:
        """Make a link as the person, and go there."""
        try:
            token = self._token_in({name: one.value for name, one in self.cookies.items()})
        except HTTPError:
            self.redirect("/hub/login?next=/services/apps/data")
            return
        place = f"{self._url}{PREFIX}/datasets/{uuid.UUID(dataset)}/versions/{int(number)}/links"
        try:
            async with httpx.AsyncClient(timeout=60.0) as client:
                answer = await client.post(
                    place, json={"seconds": _GOOD_S}, headers={"Authorization": f"Bearer {token}"}
                )
            path = str(answer.json()["path"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            self.set_status(HTTPStatus.NOT_FOUND)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish("There is no such version, or you may not see it; go back and load the page again.\n")
            return
        self.redirect(path)


def download_routes(
    url: str, token_in: Callable[[dict[str, str]], str]
) -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
    """Return the route to the bytes of versions.

    Parameters
    ----------
    url : str
        The workbench's address.
    token_in : callable
        Finds the person's token in the cookies of a request, or raises `tornado.web.HTTPError`.

    Returns
    -------
    list of tuple
        For Bokeh's ``extra_patterns``.
    """
    version = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/([1-9][0-9]{0,8})"
    return [(f"/{DOWNLOADS}/{version}", Download, {"url": url, "token_in": token_in})]
