"""Show the pages of a user's own Dask clusters behind the login of their notebook server.

A scheduler serves its pages on a Unix socket in the user's folder for such things, which
nobody else can enter. The notebook server runs as the same user and has already found out,
by asking the hub, who sent a request.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.netutil import Resolver
from tornado.simple_httpclient import HTTPTimeoutError, SimpleAsyncHTTPClient
from tornado.websocket import WebSocketClientConnection, WebSocketHandler, websocket_connect

#: A name that Dask Gateway gives to a cluster.
_CLUSTER = r"/physforge/clusters/([0-9a-f]{32})"

#: Of an answer, what a browser needs; the rest is between this server and the scheduler.
_KEPT_HEADERS = ("Content-Type", "Cache-Control", "Etag", "Last-Modified", "Location")

#: Dask's tables name a style sheet of a content delivery network.
_NOTHING_FROM_OUTSIDE = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'self'"

_SECONDS = 20
_LARGEST_PAGE = 2**28


def handlers(base_url: str) -> list[tuple[str, type[web.RequestHandler]]]:
    """Return the routes of clusters' pages.

    Parameters
    ----------
    base_url : str
        Of the notebook server, with a slash at its end.

    Returns
    -------
    list of tuple
        Patterns and handlers, for pages and for Bokeh's websockets.
    """
    root = base_url.rstrip("/") + _CLUSTER
    return [(rf"{root}/(?:.*/)?ws", ClusterSocketHandler), (rf"{root}(?:/.*)?", ClusterPageHandler)]


def socket_of(cluster: str) -> Path:
    """Return where the scheduler of `cluster` serves its pages."""
    return Path(jupyter_runtime_dir(), f"cluster-{cluster}.sock")


class ClusterPageHandler(JupyterHandler):
    """Fetch a page from the scheduler of one of the user's clusters."""

    auth_resource = "clusters"

    @property
    def content_security_policy(self) -> str:
        """What a page may load: everything from here."""
        return _NOTHING_FROM_OUTSIDE

    @web.authenticated
    @authorized
    async def get(self, cluster: str) -> None:
        """Answer with the scheduler's page.

        Parameters
        ----------
        cluster : str
            The cluster's name.

        Raises
        ------
        tornado.web.HTTPError
            404 if the cluster does not run, or has no pages; 504 if it does not answer.
        """
        root, _, path = (self.request.uri or "").partition(f"/{cluster}")
        if path.partition("?")[0] in ("", "/"):
            self.redirect(f"{root}/{cluster}/status")
            return
        client = SimpleAsyncHTTPClient(force_instance=True, resolver=at_cluster(cluster), max_body_size=_LARGEST_PAGE)
        request = HTTPRequest(f"http://scheduler{path}", follow_redirects=False, request_timeout=_SECONDS)
        try:
            answer = await client.fetch(request, raise_error=False)
            if isinstance(answer.error, HTTPTimeoutError):
                raise web.HTTPError(504, reason="The scheduler of this cluster does not answer")
            if answer.error is not None and not isinstance(answer.error, HTTPClientError):
                raise answer.error
        except OSError as error:
            reason = "This cluster does not run, or its Python has no Bokeh to draw pages with"
            raise web.HTTPError(404, reason=reason) from error
        finally:
            client.close()
        self.set_status(answer.code)
        for name in _KEPT_HEADERS:
            if name in answer.headers:
                self.set_header(name, answer.headers[name])
        if "Location" in answer.headers:
            here = f"http://scheduler{path}"
            target = urljoin(here, answer.headers["Location"]).removeprefix("http://scheduler")
            self.set_header("Location", f"{root}/{cluster}{target}" if target.startswith("/") else target)
        self.finish(answer.body)


class ClusterSocketHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Carry messages between a page and the scheduler that draws it."""

    auth_resource = "clusters"

    _scheduler: WebSocketClientConnection | None = None

    def set_default_headers(self) -> None:
        """Set none: an answer to a websocket is no page."""

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Take Bokeh's protocol; what follows it is a token, which the scheduler looks at."""
        return subprotocols[0] if subprotocols else None

    @ws_authenticated
    @authorized
    async def get(self, cluster: str) -> None:
        """Agree to the websocket if there is such a cluster.

        Parameters
        ----------
        cluster : str
            The cluster's name.

        Raises
        ------
        tornado.web.HTTPError
            404 if the cluster does not run.
        """
        if not socket_of(cluster).is_socket():
            raise web.HTTPError(404, reason="This cluster does not run")
        await super().get(cluster)

    async def open(self, cluster: str) -> None:
        """Connect to the scheduler, which has the first word.

        Parameters
        ----------
        cluster : str
            The cluster's name.
        """
        super().open(cluster)
        _, _, path = (self.request.uri or "").partition(f"/{cluster}")
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        try:
            self._scheduler = await websocket_connect(
                f"ws://scheduler{path}",
                connect_timeout=_SECONDS,
                on_message_callback=self._pass_on,
                subprotocols=[part.strip() for part in offered.split(",") if part.strip()],
                resolver=at_cluster(cluster),
            )
        except (OSError, HTTPClientError) as error:
            self.log.warning("The scheduler of cluster %s takes no websocket: %s", cluster, error)
            self.close(1011)

    async def on_message(self, message: str | bytes) -> None:
        """Give a message of the page to the scheduler.

        Parameters
        ----------
        message : str or bytes
            As it came.
        """
        if self._scheduler is not None:
            await self._scheduler.write_message(message, binary=isinstance(message, bytes))

    def on_close(self) -> None:
        """Let go of the scheduler when the page is closed."""
        if self._scheduler is not None:
            self._scheduler.close()
        super().on_close()

    def _pass_on(self, message: str | bytes | None) -> None:
        if self.ws_connection is None:
            return
        if message is None:
            self.close()
        else:
            self.write_message(message, binary=isinstance(message, bytes))


def at_cluster(cluster: str) -> Resolver:
    """Return what leads every address to the scheduler of `cluster`."""
    resolver: Resolver = _SocketFile(path=socket_of(cluster))
    return resolver


class _SocketFile(Resolver):
    """Resolve every name to one Unix socket."""

    def initialize(self, path: Path) -> None:
        self._path = path

    async def resolve(self, *_arguments: Any, **_options: Any) -> list[tuple[int, Any]]:
        return [(socket.AF_UNIX, str(self._path))]
