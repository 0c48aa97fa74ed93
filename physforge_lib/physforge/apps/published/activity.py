"""Tell the hub that a dashboard is opened, so that it is stopped only when nobody does any more."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime

import httpx
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import PeriodicCallback
from tornado.web import OutputTransform

_LOG = logging.getLogger(__name__)

#: Seconds between two reports, and for the hub to answer.
_EVERY_S, _ANSWER_S = 60.0, 10.0


class Activity:
    """Reports when somebody last asked for something.

    Parameters
    ----------
    url : str
        Of the hub, where activity is reported.
    server : str
        This server's name.
    token : str
        Its own, of the hub.
    """

    def __init__(self, url: str, server: str, token: str) -> None:
        self._url, self._server = url, server
        self._headers = {"Authorization": f"token {token}"}
        self._seen = time.time()
        self._told = 0.0

    def watch(self) -> type[OutputTransform]:
        """Return what notices each answer; a page that was left open is not use."""
        activity = self

        class Noticing(OutputTransform):
            def __init__(self, request: HTTPServerRequest) -> None:
                super().__init__(request)
                activity._seen = time.time()

        return Noticing

    def start(self) -> None:
        """Report from now on, as long as the event loop runs."""
        PeriodicCallback(self.tell, _EVERY_S * 1000).start()

    async def tell(self) -> None:
        """Report, if there was anything since the last time; a hub that is away is told later."""
        seen = self._seen
        if seen <= self._told:
            return
        moment = datetime.fromtimestamp(seen, UTC).isoformat()
        body = {"servers": {self._server: {"last_activity": moment}}, "last_activity": moment}
        try:
            async with httpx.AsyncClient(headers=self._headers, timeout=_ANSWER_S) as client:
                (await client.post(self._url, json=body)).raise_for_status()
        except httpx.HTTPError as error:
            _LOG.warning("The hub was not told of activity: %s", error)
            return
        self._told = seen
