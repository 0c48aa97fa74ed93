"""Dask Gateway's configuration, as functions of the plan; `dask_config` applies them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from physforge.settings import DATA_CACHE_VARIABLE, HOME_VARIABLE
from physforge.share import shared_folder
from physforge.workbench.cluster_options import DEFAULT_MEMORY_GIB, cluster_options
from physforge.workbench.databases import Databases
from physforge.workbench.databases import gateway_settings as database_settings
from physforge.workbench.hub import GATEWAY_SERVICE
from physforge.workbench.many_users import unix_user_maker
from physforge.workbench.ports import LOOPBACK
from physforge.workbench.secret_store import Secrets
from physforge.workbench.sessions import MARKER_VARIABLE
from physforge.workbench.site_settings import Site
from physforge.workbench.state import Plan
from physforge.workbench.usage_events import UsageEvents

#: Where the gateway's API is at the front door, and Traefik's own file for it.
GATEWAY_PREFIX, GATEWAY_RULES_FILE = f"/services/{GATEWAY_SERVICE}", "gateway.yaml"

#: Section of the configuration -> trait -> value.
GatewaySettings = dict[str, dict[str, Any]]


def gateway_settings(plan: Plan, secrets: Secrets) -> GatewaySettings:
    """Return everything that Dask Gateway is told.

    Parameters
    ----------
    plan : Plan
        Of this start.
    secrets : Secrets
        Of this state folder.

    Returns
    -------
    dict
        Section -> trait -> value, for example ``settings["Proxy"]["address"]``.
    """
    merged: GatewaySettings = {}
    for part in (
        identity_settings(plan, secrets),
        proxy_settings(plan, secrets),
        backend_settings(plan),
        {_backend(plan): database_settings(Databases.of(plan.state), secrets.gateway_database_key)},
        limits(plan),
    ):
        for section, traits in part.items():
            merged.setdefault(section, {}).update(traits)
    return merged


def identity_settings(plan: Plan, secrets: Secrets) -> GatewaySettings:
    """Ask the hub who a token belongs to, and whether it may use clusters."""
    return {
        "DaskGateway": {"authenticator_class": "physforge.workbench.gateway_login.HubTokens"},
        "JupyterHubAuthenticator": {
            "jupyterhub_api_url": plan.hub_api_url,
            "jupyterhub_api_token": secrets.gateway_token,
            # Names the service whose access scope a token must carry.
            "jupyterhub_service_name": GATEWAY_SERVICE,
        },
    }


def proxy_settings(plan: Plan, secrets: Secrets) -> GatewaySettings:
    """Listen on loopback, HTTP and scheduler traffic on one port."""
    return {
        "DaskGateway": {"address": f"{LOOPBACK}:{plan.ports.gateway_api}"},
        "Proxy": {
            "address": f"{LOOPBACK}:{plan.ports.gateway}",
            # Who starts clusters for many users is root; what speaks to everybody need not be.
            "externally_managed": plan.many_users,
            "api_token": secrets.gateway_proxy_token,
            # A killed proxy is noticed within this many seconds.
            "proxy_status_period": 5.0,
        },
    }


def backend_settings(plan: Plan) -> GatewaySettings:
    """Run schedulers and workers as the user whom they are for."""
    python = Path(sys.executable)
    inherited = ["PATH", "LANG", "LC_ALL", "TZ", MARKER_VARIABLE, DATA_CACHE_VARIABLE]
    # The state folder is closed to other users than its own.
    inherited += [] if plan.many_users else [HOME_VARIABLE]
    return {
        "DaskGateway": {"backend_class": f"physforge.workbench.cluster_backend.{_backend(plan)}"},
        "Backend": {"cluster_options": cluster_options()},
        _backend(plan): {"sockets": str(plan.sockets)},
        "LocalBackend": {
            "clusters_directory": str(plan.clusters),
            "inherited_environment": inherited,
            "sigint_timeout": 3,
            "sigterm_timeout": 2,
        },
        # distributed has no dask-scheduler and dask-worker programs any more, the gateway's defaults.
        "ClusterConfig": {
            "scheduler_cmd": [str(python.with_name("dask")), "scheduler"],
            "worker_cmd": [str(python.with_name("dask")), "worker"],
        },
    }


def limits(plan: Plan) -> GatewaySettings:
    """Keep users' clusters within the machine."""
    site = Site.read(plan.state.home)
    workers = site.clusters.workers or max(os.cpu_count() or 1, 2)
    settings: GatewaySettings = {
        _backend(plan): {"clusters_per_user": site.clusters.per_user},
        "ClusterConfig": {
            "worker_cores": 1,
            "worker_memory": f"{DEFAULT_MEMORY_GIB:g} G",
            "scheduler_cores": 1,
            "scheduler_memory": "2 G",
            # The scheduler counts as one of the cluster's cores.
            "cluster_max_cores": workers + 1,
            "cluster_max_workers": workers,
            "idle_timeout": site.clusters.idle_minutes * 60,
        },
    }
    if plan.many_users:
        settings[_backend(plan)]["unix_user"] = unix_user_maker(plan, site)
        settings[_backend(plan)]["record_use"] = _use_recorder(plan)
    return settings


def _use_recorder(plan: Plan) -> Callable[..., None]:
    use = UsageEvents.of(plan.state, "gateway")

    # A function, since traitlets copies values.
    def record(act: str, holder: str, by: str | None, details: dict[str, Any]) -> None:
        use.record(act, holder, by, details=details)

    return record


def _backend(plan: Plan) -> str:
    return "UnixUserBackend" if plan.many_users else "SingleUserBackend"


def gateway_command() -> list[str]:
    """Return the command that runs Dask Gateway."""
    return [
        str(Path(sys.executable).with_name("dask-gateway-server")),
        "--config",
        str(shared_folder("dask_config") / "dask_gateway_config.py"),
    ]


def gateway_routes(plan: Plan) -> dict[str, Any]:
    """Return Traefik's route to the gateway's API: for whoever logged in from elsewhere, and for the apps.

    Parameters
    ----------
    plan : Plan
        Of this start.

    Returns
    -------
    dict
        A dynamic configuration. Schedulers and dashboards are not reached this way.
    """
    router = {
        "rule": f"PathPrefix(`{GATEWAY_PREFIX}/api/`)",
        "entryPoints": ["web"],
        "service": GATEWAY_SERVICE,
        "middlewares": [GATEWAY_SERVICE],
    }
    server = {"url": f"http://{LOOPBACK}:{plan.ports.gateway_api}"}
    return {
        "http": {
            "routers": {GATEWAY_SERVICE: router},
            "middlewares": {GATEWAY_SERVICE: {"stripPrefix": {"prefixes": [GATEWAY_PREFIX]}}},
            "services": {GATEWAY_SERVICE: {"loadBalancer": {"servers": [server]}}},
        }
    }


def gateway_proxy_command(plan: Plan) -> list[str]:
    """Return the command that runs Dask Gateway's proxy apart from it.

    Parameters
    ----------
    plan : Plan
        Of this start.

    Returns
    -------
    list of str
        Program and arguments; its token travels in the environment.
    """
    import dask_gateway_server

    program = Path(dask_gateway_server.__file__).with_name("proxy") / "dask-gateway-proxy"
    address = f"{LOOPBACK}:{plan.ports.gateway}"
    routes = f"http://{LOOPBACK}:{plan.ports.gateway_api}/api/v1/routes"
    return [str(program), "-address", address, "-tcp-address", address, "-api-url", routes, "-log-level", "warn"]


def gateway_proxy_environment(secrets: Secrets) -> dict[str, str]:
    """Return what Dask Gateway's proxy is told."""
    return {"DASK_GATEWAY_PROXY_TOKEN": secrets.gateway_proxy_token}
