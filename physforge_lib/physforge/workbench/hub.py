"""JupyterHub's configuration, as functions of the plan; `hub_config` applies them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bcrypt

from physforge.share import shared_folder
from physforge.workbench.api import API_SCOPE, accounts_service, api_roles, api_service, retirement_settings
from physforge.workbench.apps import APPS_SCOPE, apps_service
from physforge.workbench.databases import Databases
from physforge.workbench.identity import identity_settings
from physforge.workbench.many_users import spawner_settings
from physforge.workbench.ports import LOOPBACK
from physforge.workbench.publishing import choose_program, publishing_settings
from physforge.workbench.secret_store import Secrets
from physforge.workbench.sessions import NOTEBOOK_FOLDER, prepare_home, session_environment
from physforge.workbench.site_settings import Site
from physforge.workbench.state import Plan

#: Section of the configuration -> trait -> value.
HubSettings = dict[str, dict[str, Any]]

GATEWAY_SERVICE = "dask-gateway"
CULLER_SERVICE = "idle-culler"
PROXY_ENTRYPOINT = "web"
PROXY_API_ENTRYPOINT = "api"
PROXY_API_USER = "hub"
HUB_RULES_FILE = "hub.toml"

#: A server that dies at start costs this long before the user hears of it, in seconds.
_START_SECONDS = 60


def hub_settings(plan: Plan, secrets: Secrets) -> HubSettings:
    """Return everything that JupyterHub is told.

    Parameters
    ----------
    plan : Plan
        Of this start.
    secrets : Secrets
        Of this state folder.

    Returns
    -------
    dict
        Section -> trait -> value, for example ``settings["JupyterHub"]["db_url"]``.
    """
    return merge(
        address_settings(plan),
        database_settings(plan, secrets),
        proxy_settings(plan, secrets),
        identity_settings(plan),
        retirement_settings(plan, secrets),
        session_settings(plan),
        publishing_settings(),
        service_settings(plan, secrets),
    )


def merge(*parts: HubSettings) -> HubSettings:
    """Put settings together; where two say something, the later one holds."""
    merged: HubSettings = {}
    for part in parts:
        for section, traits in part.items():
            merged.setdefault(section, {}).update(traits)
    return merged


def address_settings(plan: Plan) -> HubSettings:
    """Bind to loopback, and survive a restart with every user server running."""
    return {
        "JupyterHub": {
            "bind_url": plan.url,
            "hub_bind_url": f"http://{LOOPBACK}:{plan.ports.hub}",
            "cleanup_servers": False,
        }
    }


def database_settings(plan: Plan, secrets: Secrets) -> HubSettings:
    """Keep the hub's state where the site says, and sign cookies with a key that outlives the hub."""
    return {
        "JupyterHub": {
            "db_url": Databases.of(plan.state).hub,
            "cookie_secret": bytes.fromhex(secrets.cookie_secret),
        }
    }


def proxy_settings(plan: Plan, secrets: Secrets) -> HubSettings:
    """Use the Traefik that runs beside the hub; it keeps its routes when the hub dies."""
    password = secrets.proxy_api_password
    proxy = "SharedRulesProxy" if plan.many_users else "RulesProxy"
    # Loopback and a random 256-bit password: bcrypt's default cost would only slow each route down by 0.7 s.
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=4)).decode()
    return {
        "JupyterHub": {"proxy_class": f"physforge.workbench.hub_proxy.{proxy}", "cleanup_proxy": False},
        "TraefikFileProviderProxy": {
            "should_start": False,
            "traefik_entrypoint": PROXY_ENTRYPOINT,
            "traefik_api_entrypoint": PROXY_API_ENTRYPOINT,
            "traefik_api_url": f"http://{LOOPBACK}:{plan.ports.proxy_api}",
            "traefik_api_username": PROXY_API_USER,
            "traefik_api_password": password,
            "traefik_api_hashed_password": hashed,
            "dynamic_config_file": str(plan.routes / HUB_RULES_FILE),
        },
    }


def session_settings(plan: Plan) -> HubSettings:
    """Start JupyterLab as whoever the session is for."""
    settings: HubSettings = {
        "Spawner": {
            "cmd": [str(Path(sys.executable).with_name("jupyterhub-singleuser"))],
            "default_url": "/lab",
            "notebook_dir": f"~/{NOTEBOOK_FOLDER}",
            "environment": session_environment(plan),
            "env_keep": ["LANG", "LC_ALL", "TZ"],
            "ip": LOOPBACK,
            "start_timeout": _START_SECONDS,
            "http_timeout": _START_SECONDS,
        },
    }
    for_whom = spawner_settings(plan, Site.read(plan.state.home)) if plan.many_users else single_user_settings(plan)
    return merge(settings, for_whom)


def single_user_settings(plan: Plan) -> HubSettings:
    """Start sessions as the user who started the workbench, in a home of the state folder."""
    home = plan.state.user_home(plan.user)
    return {
        "JupyterHub": {"spawner_class": "physforge.workbench.spawner.SingleUserSpawner"},
        # Braces are doubled because the hub fills in {username}; there is but one user.
        "SingleUserSpawner": {"home_dir_template": str(home).replace("{", "{{").replace("}", "}}")},
        "Spawner": {
            "args": ["--allow-root"] if os.getuid() == 0 else [],
            "pre_spawn_hook": _home_preparer(home),
        },
    }


def service_settings(plan: Plan, secrets: Secrets) -> HubSettings:
    """Know the processes beside the hub by their tokens, each with the rights it needs."""
    to_gateway = f"access:services!service={GATEWAY_SERVICE}"
    return {
        "JupyterHub": {
            "services": [
                {"name": GATEWAY_SERVICE, "api_token": secrets.gateway_token, "display": False},
                {"name": CULLER_SERVICE, "api_token": secrets.culler_token, "display": False},
                apps_service(plan, secrets),
                api_service(secrets),
                accounts_service(secrets),
            ],
            "load_roles": [
                *api_roles(),
                {
                    "name": "culler",
                    "description": "Stops servers that nobody uses",
                    "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
                    "services": [CULLER_SERVICE],
                },
                {
                    "name": "user",
                    "description": "Uses own servers, Dask clusters, the apps and the REST API",
                    "scopes": ["self", to_gateway, APPS_SCOPE, API_SCOPE],
                },
                {
                    "name": "server",
                    "description": "A user's server: reports activity, opens Dask clusters, calls the REST API",
                    "scopes": ["users:activity!user", "access:servers!server", to_gateway, API_SCOPE],
                },
            ],
        }
    }


def hub_command() -> list[str]:
    """Return the command that runs the hub."""
    return [
        str(Path(sys.executable).with_name("jupyterhub")),
        "--config",
        str(shared_folder("hub_config") / "jupyterhub_config.py"),
    ]


def culler_command(plan: Plan, idle_seconds: int) -> list[str]:
    """Return the command that runs the idle culler.

    Parameters
    ----------
    plan : Plan
        Of this start.
    idle_seconds : int
        A server without activity for this long is stopped.

    Returns
    -------
    list of str
        Program and arguments; its token travels in the environment.
    """
    return [
        str(Path(sys.executable).with_name("jupyterhub-idle-culler")),
        f"--url={plan.hub_api_url}",
        f"--timeout={idle_seconds}",
    ]


def _home_preparer(home: Path) -> Callable[[Any], None]:
    def prepare(spawner: Any) -> None:
        choose_program(spawner)
        prepare_home(home)

    return prepare
