"""Put PhysForge where every user of the machine can run it, when a checkout lies in a closed folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import physforge
from physforge.errors import WorkbenchError
from physforge.workbench.unix_users import SERVICE_USER, ensure_service_user

#: Where the environment for all users is made.
FOLDER = Path("/opt/physforge")

_SECONDS = 60
_LAST_LINES = 15


def runs_for_all(python: str = sys.executable, code: str = "import physforge.errors") -> bool:
    """Tell whether other users than root can run an interpreter.

    Parameters
    ----------
    python : str, optional
        The interpreter; this one by default.
    code : str, optional
        What it must be able to do.

    Returns
    -------
    bool
        Found out by doing it as the user ``physforge``, who is made if missing.
    """
    ensure_service_user()
    options: dict[str, Any] = {"user": SERVICE_USER, "group": SERVICE_USER, "extra_groups": [], "cwd": "/", "env": {}}
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, check=False, timeout=_SECONDS, **options)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def install_for_all(report: Callable[[str], None]) -> Path:
    """Copy this checkout and what it needs to `FOLDER`.

    Parameters
    ----------
    report : callable
        Told in a few words what is going on.

    Returns
    -------
    pathlib.Path
        The program ``physforge`` there. It was not touched if it was up to date.

    Raises
    ------
    WorkbenchError
        If this is no checkout, its Python is closed to others, or a step fails.
    """
    script = Path(physforge.__file__).resolve().parents[1] / "setup_environment.py"
    if not script.is_file():
        raise WorkbenchError(
            f"Other users cannot run {sys.executable}: it lies below a folder that is closed to them. Install "
            f"PhysForge where all can enter: python3 -m venv {FOLDER} && "
            f"{FOLDER}/bin/pip install 'physforge[workbench]', then {FOLDER}/bin/physforge up"
        )
    python = getattr(sys, "_base_executable", sys.executable)
    if not runs_for_all(python, "pass"):
        raise WorkbenchError(
            f"Other users cannot run {python}, which this environment is built on. Build it on the system's Python: "
            "make clean, then make up PYTHON=/usr/bin/python3"
        )
    report(f"Other users cannot enter {Path(sys.prefix).parent}: copying PhysForge to {FOLDER} (minutes at first)")
    command = [python, str(script), "workbench", "--folder", str(FOLDER), "--copy"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise WorkbenchError(f"PhysForge could not be copied to {FOLDER}:\n" + _end_of(done.stdout))
    return FOLDER / "bin" / "physforge"


def _end_of(text: str) -> str:
    return "\n".join(text.splitlines()[-_LAST_LINES:])
