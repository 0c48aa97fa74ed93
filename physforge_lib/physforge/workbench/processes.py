"""The processes that make up a workbench."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from physforge.workbench.api import api_command, api_environment
from physforge.workbench.apps import apps_command, apps_environment
from physforge.workbench.event_log import LOG_PROCESS, log_command
from physforge.workbench.gateway import gateway_command, gateway_proxy_command, gateway_proxy_environment
from physforge.workbench.hub import culler_command, hub_command
from physforge.workbench.secret_store import Secrets
from physforge.workbench.site_settings import Site
from physforge.workbench.state import Plan
from physforge.workbench.traefik import traefik_command
from physforge.workbench.unix_users import SERVICE_USER


@dataclass(frozen=True)
class Process:
    """One long-lived process beside the others.

    Parameters
    ----------
    name : str
        Shown by ``physforge status`` and used as the name of its log.
    command : list of str
        Program and arguments; never passed through a shell.
    environment : mapping of str to str
        Added to the supervisor's own.
    user : str, optional
        Unix user to run as, where root starts the workbench; by default who starts it.
    folder : str, optional
        Working folder; by default the workbench's part of the state folder.
    stops_last : bool, default: False
        Whether the others have something to say to it until they have ended.
    """

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    folder: str | None = None
    stops_last: bool = False


def processes(plan: Plan, secrets: Secrets) -> list[Process]:
    """List the processes of a workbench.

    Parameters
    ----------
    plan : Plan
        Of this start.
    secrets : Secrets
        Of this state folder.

    Returns
    -------
    list of Process
        All are started at once: each waits for what it needs, or is started again.
    """
    # Hub and gateway start things for users, and the event log is root's; the rest needs no rights of root.
    user, folder = (SERVICE_USER, "/") if plan.many_users else (None, None)
    proxy_folder = str(plan.proxy_folder) if plan.many_users else None
    members = [
        Process("proxy", traefik_command(), user=user, folder=proxy_folder),
        Process("hub", hub_command()),
        Process("gateway", gateway_command()),
        Process(
            "culler",
            culler_command(plan, int(Site.read(plan.state.home).servers.idle_hours * 3600)),
            {"JUPYTERHUB_API_TOKEN": secrets.culler_token},
            user,
            folder,
        ),
        Process("apps", apps_command(), apps_environment(plan, secrets), user, folder),
        Process("api", api_command(plan), api_environment(plan, secrets), user, folder),
    ]
    if plan.many_users:
        # Otherwise the gateway runs it by itself.
        command, environment = gateway_proxy_command(plan), gateway_proxy_environment(secrets)
        members.append(Process("gateway-proxy", command, environment, user, folder))
        # Otherwise hub and API are one user's, and write the log themselves.
        members.append(Process(LOG_PROCESS, log_command(plan), stops_last=True))
    return members
