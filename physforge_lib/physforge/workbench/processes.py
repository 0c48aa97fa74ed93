"""The processes that make up a workbench."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from physforge.workbench.apps import apps_command, apps_environment
from physforge.workbench.gateway import gateway_command
from physforge.workbench.hub import culler_command, hub_command
from physforge.workbench.secret_store import Secrets
from physforge.workbench.state import Plan
from physforge.workbench.traefik import traefik_command

#: Servers without activity for this long are stopped, in seconds.
SERVER_IDLE_SECONDS = 12 * 3600


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
    """

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


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
    return [
        Process("proxy", traefik_command()),
        Process("hub", hub_command()),
        Process("gateway", gateway_command()),
        Process(
            "culler",
            culler_command(plan, SERVER_IDLE_SECONDS),
            {"JUPYTERHUB_API_TOKEN": secrets.culler_token},
        ),
        Process("apps", apps_command(), apps_environment(plan, secrets)),
    ]
