"""Look at the machine and say what works, what does not, and what to do."""

from __future__ import annotations

import os
import platform
import stat
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from physforge.errors import PhysForgeError
from physforge.settings import Settings
from physforge.workbench import preflight
from physforge.workbench.installation import FOLDER
from physforge.workbench.mode import choose_mode
from physforge.workbench.ports import DEFAULT_BASE, Ports, can_bind, holder_of
from physforge.workbench.state import Plan, StateFolder
from physforge.workbench.supervision import supervisor_process
from physforge.workbench.traefik import find_program

_PACKAGES = (
    "physforge",
    "jupyterhub",
    "jupyterlab",
    "dask-gateway-server",
    "distributed",
    "pysindy",
    "xarray",
    "torch",
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    topic : str
        What, for example ``"port 8000"``.
    verdict : {"ok", "note", "problem"}
        A problem hinders the workbench; a note is worth knowing.
    text : str
        In words, with the cure.
    """

    topic: str
    verdict: str
    text: str


def examine(state: StateFolder) -> list[Finding]:
    """Look at everything that the workbench depends on.

    Parameters
    ----------
    state : StateFolder
        Of the workbench, running or not.

    Returns
    -------
    list of Finding
        In the order of a person's questions.
    """
    return [
        Finding("python", "ok", f"{platform.python_version()} at {sys.executable}"),
        *_versions(),
        _tried("interpreter", preflight.check_interpreter, "has SQLite, TLS and ctypes"),
        _mode(state),
        _data_sets(),
        _other_users(),
        _tried("disk", lambda: preflight.check_disk(state.home), f"room enough at {state.home}"),
        _tried("traefik", lambda: str(find_program()), "the tested program"),
        *_ports(state),
    ]


def _tried(topic: str, check: object, good: str) -> Finding:
    try:
        if callable(check):
            check()
    except PhysForgeError as error:
        return Finding(topic, "problem", str(error))
    return Finding(topic, "ok", good)


def _versions() -> list[Finding]:
    found = []
    for name in _PACKAGES:
        try:
            found.append(Finding(name, "ok", version(name)))
        except PackageNotFoundError:
            found.append(Finding(name, "note", "not installed"))
    return found


def _mode(state: StateFolder) -> Finding:
    if choose_mode(None, Plan.read(state) if state.plan.exists() else None):
        return Finding("mode", "ok", "many users: each account's sessions run as a Unix user of its own")
    if os.getuid() == 0:
        return Finding("mode", "note", "single user, as root: sessions run as root (--many-users for the other)")
    return Finding("mode", "ok", "single user: sessions run as you")


def _data_sets() -> Finding:
    settings = Settings.from_environment()
    if settings.api_url is None:
        return Finding("data sets", "ok", f"kept in {settings.home} (local mode)")
    return Finding("data sets", "ok", f"kept by the workbench at {settings.api_url}, over its REST API (hub mode)")


def _other_users() -> Finding:
    topic = "other users"
    if os.getuid() == 0:
        works = _runs_as_nobody()
    else:
        works = all(_open_to_all(folder) for folder in _folders_to(Path(sys.executable)))
    if works:
        return Finding(topic, "ok", "can run this interpreter")
    return Finding(
        topic,
        "note",
        f"cannot run {sys.executable}; for many users, physforge up makes a copy in {FOLDER}",
    )


def _runs_as_nobody() -> bool:
    try:
        done = subprocess.run(
            [sys.executable, "-c", "import physforge.errors"],
            user="nobody",
            cwd="/",
            env={},
            capture_output=True,
            check=False,
            timeout=60,
        )
    except (OSError, LookupError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _folders_to(program: Path) -> set[Path]:
    # Both the path that is called and the one that its links lead to must be open.
    return {*program.absolute().parents, *program.resolve().parents}


def _open_to_all(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def _ports(state: StateFolder) -> list[Finding]:
    ports = Plan.read(state).ports if state.plan.exists() else Ports.from_base(DEFAULT_BASE)
    running = supervisor_process(state) is not None
    found = []
    for name, port in ports.as_dict().items():
        topic = f"port {port}"
        if can_bind(port):
            found.append(Finding(topic, "ok", f"free for the {name}"))
        elif running:
            found.append(Finding(topic, "ok", f"in use by the running workbench ({name})"))
        else:
            found.append(
                Finding(topic, "problem", f"held by {holder_of(port)}; stop it or use another --port-base ({name})")
            )
    return found
