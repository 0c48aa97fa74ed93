"""What the hub and Dask Gateway are told where each account is a Unix user of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from physforge.errors import MissingExtraError
from physforge.workbench.gpu_leases import GpuLeases
from physforge.workbench.managed_session import DEFAULT_PROFILE, SessionHost, chosen_profile
from physforge.workbench.site_settings import Site
from physforge.workbench.state import Plan
from physforge.workbench.unix_users import UnixUser, UnixUsers

#: ``spawner`` in workbench.yaml -> the class that starts sessions.
SPAWNERS = {
    "local": "physforge.workbench.spawner.UnixUserSpawner",
    "sudo": "physforge.workbench.spawner_sudo.ManagedSudoSpawner",
    "systemd": "physforge.workbench.spawner_systemd.ManagedSystemdSpawner",
}

_PACKAGES = {"sudo": ("sudospawner", "sudospawner"), "systemd": ("systemdspawner", "jupyterhub-systemdspawner")}


def spawner_settings(plan: Plan, site: Site) -> dict[str, dict[str, Any]]:
    """Choose what starts sessions, and tell it what sessions share.

    Parameters
    ----------
    plan : Plan
        Of this start.
    site : Site
        The site's settings.

    Returns
    -------
    dict
        Section -> trait -> value.
    """
    host = SessionHost(
        users=unix_users(plan, site),
        leases=GpuLeases(site.gpu_ids()),
        profiles=tuple(site.profiles) or (DEFAULT_PROFILE,),
        runtime=plan.sockets,
    )
    return {
        "JupyterHub": {"spawner_class": SPAWNERS[site.spawner]},
        # A function, since traitlets would copy the leases for each session.
        "ManagedSession": {"host": lambda: host},
        "Spawner": {"options_form": host.choices(), "options_from_form": chosen_profile},
    }


def unix_users(plan: Plan, site: Site) -> UnixUsers:
    """Return the Unix users of a workbench.

    Parameters
    ----------
    plan : Plan
        Of this start.
    site : Site
        The site's settings.

    Returns
    -------
    UnixUsers
        As the site wants them.
    """
    return UnixUsers(plan.state.unix_users, site.homes, site.existing)


def unix_user_maker(plan: Plan, site: Site) -> Callable[[str], UnixUser]:
    """Return what Dask Gateway calls to learn whom a cluster runs as."""
    return unix_users(plan, site).ensure


def check_package(spawner: str) -> None:
    """Make sure that the package of a spawner is installed.

    Parameters
    ----------
    spawner : {"local", "sudo", "systemd"}
        As in workbench.yaml.

    Raises
    ------
    MissingExtraError
        Names the package.
    """
    import importlib.util

    if spawner in _PACKAGES:
        module, package = _PACKAGES[spawner]
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(f"spawner: {spawner} in workbench.yaml needs a package: pip install {package}")
