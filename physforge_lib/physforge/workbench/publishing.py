"""Published dashboards: named servers of their owner that serve one page instead of JupyterLab."""

from __future__ import annotations

import re
import sys
from typing import Any

#: How the names of such servers begin, and what follows.
PREFIX = "pub-"
_NAME = re.compile(r"pub-[0-9a-f]{8}")

#: Named servers that a person may have, those that are stopped included.
MOST = 20

#: Of Traefik, see `dynamic_part`.
MIDDLEWARE = "published"

#: What a browser lets a published page do: run, but as nobody at this origin.
SANDBOX = "sandbox allow-scripts allow-forms allow-popups allow-downloads allow-modals"


def is_published(server: str) -> bool:
    """Tell whether a named server serves a published dashboard.

    Parameters
    ----------
    server : str
        Its name; any text.

    Returns
    -------
    bool
        True for ``pub-`` and eight hexadecimal digits.
    """
    return _NAME.fullmatch(server) is not None


def choose_program(spawner: Any) -> None:
    """Let a server that serves a published dashboard start that, and every other what it did.

    Parameters
    ----------
    spawner : jupyterhub.spawner.Spawner
        Before it starts. What to serve stands in a file of its owner, which nobody else
        can write: the options that come with a start are not looked at.

    Raises
    ------
    jupyterhub.spawner.SpawnException
        If it is a named server of another kind.
    """
    from jupyterhub.spawner import SpawnException

    if refused := refused_name(spawner.name):
        raise SpawnException(refused, reason="name", status_code=400)
    if is_published(spawner.name):
        spawner.cmd = [sys.executable, "-m", "physforge.apps.published"]
        spawner.args = []
        spawner.default_url = ""


def refused_name(server: str) -> str | None:
    """Say why a named server cannot be had, if it cannot.

    Parameters
    ----------
    server : str
        Its name; none for the usual server.

    Returns
    -------
    str or None
        A sentence.
    """
    if not server or is_published(server):
        return None
    return "Only published dashboards have a server beside yours; publish one on the page Publish."


def publishing_settings() -> dict[str, dict[str, Any]]:
    """Return what JupyterHub is told of named servers.

    Returns
    -------
    dict
        Section -> trait -> value.
    """
    return {"JupyterHub": {"allow_named_servers": True, "named_server_limit_per_user": MOST}}


def dynamic_part() -> dict[str, Any]:
    """Return what Traefik adds to every answer of a published dashboard.

    Returns
    -------
    dict
        A middleware. Its owner's code runs in such a page, and whoever opens it is logged in
        at the same origin: in a sandbox without that origin the page can neither read their
        cookies nor ask the hub in their name. It is set here, where the owner cannot remove it.
    """
    return {MIDDLEWARE: {"headers": {"customResponseHeaders": {"Content-Security-Policy": SANDBOX}}}}


def is_published_route(routespec: str) -> bool:
    """Tell whether a route of the hub leads to a published dashboard.

    Parameters
    ----------
    routespec : str
        Such as ``/user/ada/pub-01234567/``.

    Returns
    -------
    bool
        By the last part of its path.
    """
    parts = routespec.strip("/").split("/")
    return len(parts) == 3 and parts[0] == "user" and is_published(parts[2])
