"""What a user's JupyterLab session is given: settings, environment and first notebooks."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from physforge.settings import DATA_CACHE_VARIABLE, HOME_VARIABLE
from physforge.share import shared_folder
from physforge.workbench.cluster_dashboards import PAGES
from physforge.workbench.first_notebooks import copy_notebooks
from physforge.workbench.ports import LOOPBACK
from physforge.workbench.site_settings import Site
from physforge.workbench.state import Plan

#: Marks every process of one workbench, so that ``physforge down`` leaves none behind.
MARKER_VARIABLE = "PHYSFORGE_WORKBENCH"

#: Where a session's notebooks are, below the user's home.
NOTEBOOK_FOLDER = "notebooks"


def session_environment(plan: Plan) -> dict[str, str]:
    """Return the environment variables of a user's server and its kernels.

    Parameters
    ----------
    plan : Plan
        Of the running workbench.

    Returns
    -------
    dict
        Dask Gateway's address, Jupyter's settings, and PhysForge's folders.
    """
    environment = {
        MARKER_VARIABLE: plan.state.identity,
        "PATH": session_path(),
        "JUPYTER_CONFIG_PATH": str(shared_folder("hub_config") / "jupyter"),
        # With the session's own token, which may call it.
        "PHYSFORGE_API_URL": plan.url,
        "DASK_GATEWAY__ADDRESS": plan.gateway_url,
        "DASK_GATEWAY__PROXY_ADDRESS": f"gateway://{LOOPBACK}:{plan.ports.gateway}",
        "DASK_GATEWAY__AUTH__TYPE": "jupyterhub",
        # Clusters' pages are part of the session; Dask fills in where it is.
        "DASK_GATEWAY__PUBLIC_ADDRESS": f"{_address(plan)}{{JUPYTERHUB_SERVICE_PREFIX}}{PAGES}",
        # Figures bring their scripts along; nothing is fetched from a content delivery network.
        "PANEL_INLINE": "true",
        "PYTHONUNBUFFERED": "1",
    }
    if not plan.many_users:
        # Of many users each has a home of their own for both.
        environment[HOME_VARIABLE] = str(plan.state.home)
        environment["JUPYTER_RUNTIME_DIR"] = str(plan.sockets)
    if DATA_CACHE_VARIABLE in os.environ:
        environment[DATA_CACHE_VARIABLE] = os.environ[DATA_CACHE_VARIABLE]
    return environment


def _address(plan: Plan) -> str:
    site = Site.read(plan.state.home)
    return (site.identity.address or plan.url).rstrip("/")


def session_path() -> str:
    """Return a PATH that begins with this environment's programs."""
    programs = str(Path(sys.executable).parent)
    rest = [part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if part != programs]
    return os.pathsep.join([programs, *rest])


def prepare_home(home: Path) -> None:
    """Make a user's home and put the numbered notebooks into it.

    Parameters
    ----------
    home : pathlib.Path
        Created 0700 if missing. A notebook that is already there is the user's
        own and stays as it is.
    """
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    copy_notebooks(shared_folder("notebooks"), home / NOTEBOOK_FOLDER)
