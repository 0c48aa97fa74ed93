"""The apps as a process beside the hub, and as a service that the hub logs people in to."""

from __future__ import annotations

import sys
from typing import Any

from physforge.workbench.api import API_SCOPE
from physforge.workbench.ports import LOOPBACK
from physforge.workbench.secret_store import Secrets
from physforge.workbench.state import Plan

APPS_SERVICE = "apps"
APPS_PREFIX = f"/services/{APPS_SERVICE}/"

#: What is needed to open the apps.
APPS_SCOPE = f"access:services!service={APPS_SERVICE}"

#: What the page Admin does with accounts and servers. Whoever is no administrator has none of these rights, and is
#: given a token without them.
_ADMIN_SCOPES = ("admin:users", "list:users", "read:servers", "delete:servers")

#: What is needed to see one's Dask clusters.
_GATEWAY_SCOPE = "access:services!service=dask-gateway"


def apps_service(plan: Plan, secrets: Secrets) -> dict[str, Any]:
    """Return the apps as the hub's configuration lists services.

    Parameters
    ----------
    plan : Plan
        Of this start.
    secrets : Secrets
        Of this state folder.

    Returns
    -------
    dict
        The hub routes ``/services/apps/`` to the process, and lets it ask people for the
        right to start and use their own servers, the REST API and their Dask clusters:
        what an app does, it does there, and as them.
    """
    return {
        "name": APPS_SERVICE,
        "url": f"http://{LOOPBACK}:{plan.ports.apps}",
        "api_token": secrets.apps_token,
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": [
            "read:users:name!user",
            "servers!user",
            "access:servers!user",
            API_SCOPE,
            _GATEWAY_SCOPE,
            *_ADMIN_SCOPES,
        ],
        "display": True,
    }


def apps_command() -> list[str]:
    """Return the command that serves the apps."""
    return [sys.executable, "-m", "physforge.apps"]


def apps_environment(plan: Plan, secrets: Secrets) -> dict[str, str]:
    """Return what the apps' process is told: how a service finds the hub, and where it listens.

    Parameters
    ----------
    plan : Plan
        Of this start.
    secrets : Secrets
        Of this state folder.

    Returns
    -------
    dict of str to str
        Environment variables, a token among them.
    """
    return {
        "JUPYTERHUB_SERVICE_NAME": APPS_SERVICE,
        "JUPYTERHUB_SERVICE_PREFIX": APPS_PREFIX,
        "JUPYTERHUB_CLIENT_ID": f"service-{APPS_SERVICE}",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{APPS_PREFIX}oauth_callback",
        "JUPYTERHUB_API_URL": plan.hub_api_url,
        "JUPYTERHUB_API_TOKEN": secrets.apps_token,
        "JUPYTERHUB_BASE_URL": "/",
        "PHYSFORGE_APPS_PORT": str(plan.ports.apps),
        "PHYSFORGE_APPS_URL": plan.url,
    }
