"""The folders of a workbench for many users that others than root pass through or read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from physforge.errors import WorkbenchError
from physforge.workbench.api import prepare_api
from physforge.workbench.event_log import log_folder
from physforge.workbench.secret_store import Secrets
from physforge.workbench.state import Plan, create_socket_folder
from physforge.workbench.unix_users import UnixUser, ensure_service_user

_PASS_THROUGH = 0o711
_PRIVATE = 0o700


def create_shared_folders(plan: Plan, secrets: Secrets) -> None:
    """Make the folders for sockets, routes and clusters, each as open as it must be.

    Parameters
    ----------
    plan : Plan
        Of this start.
    secrets : Secrets
        Of this state folder; services are given those that they read from a file.

    Raises
    ------
    WorkbenchError
        If one belongs to somebody else, or cannot be made.
    """
    if not plan.many_users:
        create_socket_folder(plan.sockets)
        prepare_api(plan, secrets)
        return
    try:
        _make(plan.sockets.parent, _PASS_THROUGH)
        _make(plan.sockets, _PASS_THROUGH)
        _make(plan.control, _PRIVATE)
        _make_for_service(plan.proxy_folder)
        _make_for_service(plan.routes)
        _make_for_service(log_folder(plan))
        for folder in (plan.clusters.parent.parent, plan.clusters.parent, plan.clusters):
            _make(folder, _PASS_THROUGH)
        service = ensure_service_user()
        prepare_api(plan, secrets, (service.uid, service.gid))
    except OSError as error:
        raise WorkbenchError(f"A folder of the workbench cannot be made: {error}.") from error


def remove_shared_folders(plan: Plan) -> None:
    """Remove what `create_shared_folders` made for one run.

    Parameters
    ----------
    plan : Plan
        Of the run that is over.
    """
    shutil.rmtree(plan.sockets, ignore_errors=True)
    if plan.many_users:
        shutil.rmtree(plan.clusters, ignore_errors=True)


def make_private_folder(folder: Path, user: UnixUser) -> None:
    """Make a folder that only `user` can enter.

    Parameters
    ----------
    folder : pathlib.Path
        In a folder where only root makes anything; it may exist.
    user : UnixUser
        Who gets it.
    """
    folder.mkdir(mode=_PRIVATE, exist_ok=True)
    os.chown(folder, user.uid, user.gid)


def _make(folder: Path, mode: int) -> None:
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise WorkbenchError(f"{folder} exists and is not root's; remove it.")
    folder.chmod(mode)


def _make_for_service(folder: Path) -> None:
    # Root writes, the service reads. New files get the folder's group.
    _make(folder, _PRIVATE)
    os.chown(folder, 0, ensure_service_user().gid)
    folder.chmod(0o2750)
