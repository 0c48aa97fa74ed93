"""Tell whether a workbench answers."""

from __future__ import annotations

import socket
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from physforge.workbench.api import API_PREFIX
from physforge.workbench.apps import APPS_PREFIX
from physforge.workbench.event_log import log_socket
from physforge.workbench.ports import LOOPBACK
from physforge.workbench.state import Plan

_SECONDS = 3.0


def unhealthy_parts(plan: Plan) -> list[str]:
    """Ask each part that answers requests whether it is well.

    Parameters
    ----------
    plan : Plan
        Of the running workbench.

    Returns
    -------
    list of str
        What does not answer, in words; empty when all is well.
    """
    parts = []
    if _status(plan.ports.proxy, "/hub/login") != 200:
        parts.append("the login page")
    if _status(plan.ports.gateway, "/api/health") != 200:
        parts.append("Dask Gateway")
    # It sends whoever is not logged in to the hub.
    if _status(plan.ports.apps, f"{APPS_PREFIX}discover") != 302:
        parts.append("the apps")
    if _status(plan.ports.api, f"{API_PREFIX}v1/health/live") != 200:
        parts.append("the REST API")
    if plan.many_users and not _listens(log_socket(plan)):
        parts.append("the event log")
    return parts


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_SECONDS)
        try:
            connection.connect(str(path))
        except OSError:
            return False
        return True


def _status(port: int, path: str) -> int | None:
    connection = HTTPConnection(LOOPBACK, port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
