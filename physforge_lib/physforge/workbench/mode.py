"""Choose between a workbench for one user and one for many, and refuse unsafe mixtures."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from physforge.errors import WorkbenchError
from physforge.settings import HOME_VARIABLE
from physforge.share import shared_folder
from physforge.workbench.installation import FOLDER, runs_for_all
from physforge.workbench.many_users import check_package, unix_users
from physforge.workbench.site_settings import Site
from physforge.workbench.state import Plan


def choose_mode(asked: bool | None, earlier: Plan | None) -> bool:
    """Decide whether the workbench is for many users.

    Parameters
    ----------
    asked : bool or None
        What the person asked for; None leaves it to the last start, and at the very
        first start to who starts it: root starts a workbench for many.
    earlier : Plan or None
        Of the last start.

    Returns
    -------
    bool
        True for many users.
    """
    if asked is not None:
        return asked
    return earlier.many_users if earlier is not None else os.getuid() == 0


def check_mode(plan: Plan, accounts: Sequence[str]) -> None:
    """Refuse what would let one user into another's sessions; change nothing.

    Parameters
    ----------
    plan : Plan
        Of the start that is wanted.
    accounts : sequence of str
        The accounts that there are.

    Raises
    ------
    WorkbenchError
        Says what does not go together, and the ways out.
    """
    if not plan.many_users:
        if len(accounts) > 1:
            raise WorkbenchError(
                f"There are {len(accounts)} accounts, and a single-user workbench would run the sessions of all of "
                "them as one Unix user. Start it as root without --single-user, or disable all accounts but one."
            )
        return
    if os.getuid() != 0:
        raise WorkbenchError(
            "A workbench for many users runs each session as a Unix user of its own, which only root can do. Start it "
            "as root, or with --single-user and a state folder of its own."
        )
    site = Site.read(plan.state.home)
    check_package(site.spawner)
    check_homes(site.homes)
    users = unix_users(plan, site)
    for name in {plan.user, *accounts}:
        users.check(name)


def check_homes(homes: Path) -> None:
    """Refuse a folder for homes that users could not reach.

    Parameters
    ----------
    homes : pathlib.Path
        Where home folders are made; it need not exist.

    Raises
    ------
    WorkbenchError
        Names the folder that is closed.
    """
    for folder in (homes, *homes.parents):
        if folder.exists() and not folder.stat().st_mode & 0o001:
            raise WorkbenchError(
                f"Users cannot pass through {folder} to their homes in {homes}; set homes in workbench.yaml to another "
                "folder."
            )


def check_configuration(plan: Plan) -> None:
    """Refuse spawners and backends that run everybody's processes as root.

    The site may have set them at the end of the configuration files, which win.

    Parameters
    ----------
    plan : Plan
        Written already, as the configuration files read it.

    Raises
    ------
    WorkbenchError
        Names the class.
    """
    if not plan.many_users:
        return
    from dask_gateway_server.backends.local import LocalBackend, UnsafeLocalBackend
    from jupyterhub.spawner import SimpleLocalProcessSpawner

    from physforge.workbench.cluster_backend import UnixUserBackend

    spawner = _configured(plan, "hub_config", "jupyterhub_config.py", "JupyterHub", "spawner_class")
    if issubclass(spawner, SimpleLocalProcessSpawner):
        raise WorkbenchError(
            f"The hub's spawner is {spawner.__name__}, which would run everybody's sessions as root: take it out of "
            "jupyterhub_config.py."
        )
    backend = _configured(plan, "dask_config", "dask_gateway_config.py", "DaskGateway", "backend_class")
    if issubclass(backend, UnsafeLocalBackend) or (
        issubclass(backend, LocalBackend) and not issubclass(backend, UnixUserBackend)
    ):
        raise WorkbenchError(
            f"Dask Gateway's backend is {backend.__name__}, which must not run as root: take it out of "
            "dask_gateway_config.py."
        )


def check_enterable() -> None:
    """Refuse an environment that others than root cannot run.

    Raises
    ------
    WorkbenchError
        Names the interpreter.
    """
    if not runs_for_all():
        raise WorkbenchError(
            f"Other users cannot run {sys.executable}: it lies below a folder that is closed to them. Install "
            f"PhysForge where all can enter, such as {FOLDER}."
        )


def _configured(plan: Plan, folder: str, file: str, section: str, trait: str) -> type:
    from traitlets.config.loader import PyFileConfigLoader
    from traitlets.utils.importstring import import_item

    loader = PyFileConfigLoader(file, path=str(shared_folder(folder)))
    before = os.environ.get(HOME_VARIABLE)
    # The file finds the plan by it, as it will in the process that it is for.
    os.environ[HOME_VARIABLE] = str(plan.state.home)
    try:
        config = loader.load_config()
    finally:
        if before is None:
            del os.environ[HOME_VARIABLE]
        else:
            os.environ[HOME_VARIABLE] = before
    value = config[section][trait]
    if not isinstance(value, str):
        return cast("type", value)
    # The hub knows spawners by short names too, such as "simple".
    short = [point for point in entry_points(group="jupyterhub.spawners") if point.name.lower() == value.lower()]
    return cast("type", short[0].load() if short else import_item(value))
