"""Serve a Dask scheduler's pages on a Unix socket: a file for ``dask scheduler --preload``.

On a port every user of the machine could read them, for the pages ask for no login; a
socket has an owner. The file runs in the Python of the cluster's user, which may lack
PhysForge: it imports only what comes with Dask.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

#: Names the socket.
SOCKET_VARIABLE = "PHYSFORGE_DASHBOARD_SOCKET"

#: Without the proxy to workers' own pages: workers have none.
_PAGES = [
    "distributed.http.scheduler.prometheus",
    "distributed.http.scheduler.info",
    "distributed.http.scheduler.json",
    "distributed.http.health",
    "distributed.http.statics",
]

_LOG = logging.getLogger("distributed.scheduler")


def dask_setup(scheduler: Any) -> None:
    """Begin to serve, if this Python can draw the pages.

    Parameters
    ----------
    scheduler : distributed.Scheduler
        Started already.
    """
    path = Path(os.environ[SOCKET_VARIABLE])
    try:
        serve(scheduler, path)
    except (ImportError, OSError) as error:
        _LOG.warning("No dashboard: %s", error)
    else:
        _LOG.info("Dashboard at the socket %s", path)


def dask_teardown(_scheduler: Any) -> None:
    """Remove the socket."""
    Path(os.environ[SOCKET_VARIABLE]).unlink(missing_ok=True)


def serve(scheduler: Any, path: Path) -> None:
    """Serve the scheduler's pages.

    Parameters
    ----------
    scheduler : distributed.Scheduler
        Whose pages.
    path : pathlib.Path
        The socket, made for its owner alone.
    """
    from distributed.dashboard.scheduler import connect
    from distributed.http.routing import RoutingApplication
    from distributed.http.utils import get_handlers
    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_unix_socket

    routing: Any = RoutingApplication
    draw: Any = connect
    application = routing(get_handlers(server=scheduler, modules=_PAGES))
    server = HTTPServer(application)
    draw(application, server, scheduler)
    server.add_socket(bind_unix_socket(str(path), mode=0o600))
