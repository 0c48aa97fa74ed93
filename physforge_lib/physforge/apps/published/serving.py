"""The process of a published dashboard."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import panel as pn
from jupyterhub.services.auth import HubOAuth
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform

from physforge.apps.published import record
from physforge.apps.published.activity import Activity
from physforge.apps.published.dashboard import page_of
from physforge.apps.published.login import BELIEVED_S, VisitorLogin
from physforge.errors import PhysForgeError


def serve() -> None:
    """Serve until told to stop."""
    oauth = HubOAuth(cache_max_age=int(BELIEVED_S))
    address = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    activity = Activity(os.environ["JUPYTERHUB_ACTIVITY_URL"], os.environ["JUPYTERHUB_SERVER_NAME"], oauth.api_token)
    server = pn.io.server.get_server(
        {"/": shown(os.environ["JUPYTERHUB_SERVER_NAME"], Path.home())},
        address=address.hostname,
        port=address.port or 0,
        start=False,
        show=False,
        verbose=False,
        **guarded(oauth),
    )
    for transform in (Readable, activity.watch()):
        server._tornado.add_transform(transform)
    activity.start()
    server.start()
    server.io_loop.start()


def guarded(oauth: HubOAuth) -> dict[str, Any]:
    """Return how only those come in whom the hub lets.

    Parameters
    ----------
    oauth : jupyterhub.services.auth.HubOAuth
        The server as the hub knows it.

    Returns
    -------
    dict
        Options of Panel's server.
    """
    secret = secrets.token_hex(32)
    owner, name = (quote(os.environ[f"JUPYTERHUB_{one}"], safe="") for one in ("USER", "SERVER_NAME"))
    return {
        "prefix": oauth.base_url,
        "auth_provider": VisitorLogin(oauth, secret, f"{oauth.api_url}/published/{owner}/{name}/visitor"),
        "cookie_secret": secrets.token_hex(32),
        "secret_key": secret,
        "sign_sessions": True,
        # The sandbox has no origin. A websocket is let in by the token of its page, and not by a cookie.
        "websocket_origin": "*",
        # What a page is given is read by its owner's code.
        "include_cookies": [],
        "include_headers": [],
    }


def shown(server: str, home: Path) -> Path | Callable[[], Any]:
    """Return what makes the page.

    Parameters
    ----------
    server : str
        The server's name.
    home : pathlib.Path
        Of its owner.

    Returns
    -------
    pathlib.Path or callable
        The owner's script, or what shows a result; where neither is to be had, what says so.
    """
    try:
        wanted = record.read(server, home)
        if wanted.script is not None:
            script = record.script_in(home, wanted.script)
            os.chdir(script.parent)
            return script
    except PhysForgeError as error:
        words = str(error)
        return lambda: page_of("Dashboard", None, words)
    return lambda: page_of(wanted.title, wanted.job)


class Readable(OutputTransform):
    """Let the sandboxed page, which has no origin, read the scripts and styles of the server; nothing else."""

    def __init__(self, request: HTTPServerRequest) -> None:
        super().__init__(request)
        self._static = "/static/" in request.path

    def transform_first_chunk(
        self,
        status_code: int,
        headers: HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: ARG002
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Add a header to static files."""
        if self._static:
            headers["Access-Control-Allow-Origin"] = "*"
        return status_code, headers, chunk
