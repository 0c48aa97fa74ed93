"""The REST API as a process beside the hub, and as a service that the hub knows."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from physforge.audit.settings import URL_VARIABLE as AUDIT_VARIABLE
from physforge.errors import WorkbenchError
from physforge.settings import HOME_VARIABLE
from physforge.workbench.databases import PASSFILE, Databases
from physforge.workbench.event_log import log_environment
from physforge.workbench.ports import LOOPBACK
from physforge.workbench.secret_store import Secrets
from physforge.workbench.site_settings import Site
from physforge.workbench.state import Plan, write_private

API_SERVICE = "api"
API_PREFIX = f"/services/{API_SERVICE}/"

#: The service that the hub itself calls the API as.
ACCOUNTS_SERVICE = "accounts"

#: What is needed to call the API; it checks that itself.
API_SCOPE = f"access:services!service={API_SERVICE}"

#: Traefik's own file for it, so that its route is there whether the hub is or not.
API_RULES_FILE = "api.yaml"

#: Where the API finds its database.
DATABASE_VARIABLE = "PHYSFORGE_DATABASE_URL"

#: Holds what signs download links.
_SIGNING_FILE = "link-signing"


def api_service(secrets: Secrets) -> dict[str, Any]:
    """Return the API as the hub's configuration lists services."""
    return {"name": API_SERVICE, "api_token": secrets.api_token, "display": False}


def accounts_service(secrets: Secrets) -> dict[str, Any]:
    """Return the hub as a service of itself: as such it tells the API of deleted accounts."""
    return {"name": ACCOUNTS_SERVICE, "api_token": secrets.accounts_token, "display": False}


def api_roles() -> list[dict[str, Any]]:
    """Return what the API may ask of the hub, and the hub of the API.

    Returns
    -------
    list of dict
        The API may see whether the owner of a key still has an account, and start the
        server of somebody whose jobs wait; what is on a server it cannot reach.
    """
    return [
        {
            "name": "api",
            "description": "Sees accounts and their groups, and starts servers for jobs that wait",
            "scopes": ["read:users", "servers"],
            "services": [API_SERVICE],
        },
        {
            "name": "accounts",
            "description": "Tells the REST API of deleted accounts",
            "scopes": [API_SCOPE],
            "services": [ACCOUNTS_SERVICE],
        },
    ]


def retirement_settings(plan: Plan, secrets: Secrets) -> dict[str, dict[str, Any]]:
    """Return where the hub reaches the API, section -> trait -> value."""
    return {
        "AccountKeeper": {"api_url": f"http://{LOOPBACK}:{plan.ports.api}", "api_token": secrets.accounts_token},
    }


def api_home(plan: Plan) -> Path:
    """Return the state folder that the API works in.

    Parameters
    ----------
    plan : Plan
        Of this start.

    Returns
    -------
    pathlib.Path
        For one user the workbench's own, so that notebooks and API have the same data
        sets; for many a folder of the unprivileged service, which no user can enter.
    """
    return plan.clusters.parent / API_SERVICE if plan.many_users else plan.state.home


def prepare_api(plan: Plan, secrets: Secrets, owner: tuple[int, int] | None = None) -> None:
    """Make the API's folder, and give it the secret that signs download links.

    Parameters
    ----------
    plan : Plan
        Of this start.
    secrets : Secrets
        Of this state folder.
    owner : tuple of (int, int), optional
        User and group id of the service, where it is another user.

    Raises
    ------
    WorkbenchError
        If a link stands where a folder should be.
    """
    home = api_home(plan)
    root = home / "workbench"
    for folder in (home, root):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The service owns the folder: what it puts there must not lead root elsewhere.
        if folder.is_symlink():
            raise WorkbenchError(f"{folder} is a link, which the API's folder must not be; remove it.")
        folder.chmod(0o700)
    write_private(root / _SIGNING_FILE, secrets.api_link_secret)
    given = [home, root, root / _SIGNING_FILE]
    if _copy_password(plan):
        given.append(_password_copy(plan))
    if owner is not None:
        for path in given:
            os.chown(path, *owner, follow_symlinks=False)


def _password_copy(plan: Plan) -> Path:
    return api_home(plan) / "workbench" / PASSFILE


def _copy_password(plan: Plan) -> bool:
    source, copy = Databases.of(plan.state).passfile_of(API_SERVICE), _password_copy(plan)
    if not plan.many_users:
        return False
    if not source.exists():
        copy.unlink(missing_ok=True)
        return False
    write_private(copy, source.read_text(encoding="utf-8"))
    return True


def api_routes(plan: Plan) -> dict[str, Any]:
    """Return Traefik's route to the API.

    Parameters
    ----------
    plan : Plan
        Of this start.

    Returns
    -------
    dict
        A dynamic configuration; it streams, and so has no limit on bodies: the API has.
    """
    router = {"rule": f"PathPrefix(`{API_PREFIX}`)", "entryPoints": ["web"], "service": API_SERVICE}
    server = {"url": f"http://{LOOPBACK}:{plan.ports.api}"}
    return {
        "http": {
            "routers": {API_SERVICE: router},
            "services": {API_SERVICE: {"loadBalancer": {"servers": [server]}}},
        }
    }


def api_command(plan: Plan) -> list[str]:
    """Return the command that serves the API."""
    return [str(Path(sys.executable).with_name("physforge")), "api", f"--port={plan.ports.api}"]


def _database_environment(plan: Plan) -> dict[str, str]:
    # What the operator set for this service alone goes first; it is inherited.
    databases = Databases.of(plan.state)
    if plan.many_users:
        addresses = {DATABASE_VARIABLE: databases.address(API_SERVICE, _password_copy(plan))}
    else:
        addresses = {DATABASE_VARIABLE: databases.address(API_SERVICE), AUDIT_VARIABLE: databases.address("audit")}
    return {name: address for name, address in addresses.items() if address and not os.environ.get(name)}


def _job_limits(plan: Plan) -> dict[str, str]:
    """Return the limits of jobs as the API reads them: in seconds and bytes."""
    jobs = Site.read(plan.state.home).jobs
    found: dict[str, float | None] = {"PHYSFORGE_API_ARTIFACT_DAYS": jobs.keep_days}
    for whose, limits in (("USER", jobs.per_user), ("PROJECT", jobs.per_project)):
        found |= {
            f"PHYSFORGE_API_{whose}_RUNNING_JOBS": limits.running,
            f"PHYSFORGE_API_{whose}_QUEUED_JOBS": limits.queued,
            f"PHYSFORGE_API_{whose}_CPU_SECONDS": limits.cpu_hours and limits.cpu_hours * 3600,
            f"PHYSFORGE_API_{whose}_GPU_SECONDS": limits.gpu_hours and limits.gpu_hours * 3600,
            f"PHYSFORGE_API_{whose}_ARTIFACT_BYTES": limits.artifacts_gib and limits.artifacts_gib * 2**30,
        }
    # What is less than a second or a byte is no limit that anybody means.
    return {name: str(max(1, round(value))) for name, value in found.items() if value is not None}


def _notices(plan: Plan) -> str:
    site = Site.read(plan.state.home)
    return site.notices.document(site.identity.address or plan.url)


def api_environment(plan: Plan, secrets: Secrets) -> dict[str, str]:
    """Return what the API's process is told.

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
    environment = {
        "JUPYTERHUB_API_URL": plan.hub_api_url,
        "JUPYTERHUB_API_TOKEN": secrets.api_token,
        "PHYSFORGE_API_ACCOUNTS": "1",
        **_database_environment(plan),
        **_job_limits(plan),
        "PHYSFORGE_API_NOTICES": _notices(plan),
    }
    if plan.many_users:
        home = api_home(plan)
        return {
            **environment,
            **log_environment(plan),
            HOME_VARIABLE: str(home),
            "PHYSFORGE_API_SECRET_FILE": str(home / "workbench" / _SIGNING_FILE),
        }
    # Relative to where it is started: supervisord takes some signs in a path for its own. Home it has from there.
    return {**environment, "PHYSFORGE_API_SECRET_FILE": _SIGNING_FILE, "PHYSFORGE_API_LOCAL_USER": plan.user}
