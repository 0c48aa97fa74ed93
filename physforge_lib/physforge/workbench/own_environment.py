"""An environment of a user's own on top of the workbench's, and a kernel that runs in it.

``python -m venv --system-site-packages`` would give the packages of the system and not
those of the workbench, which itself is such an environment.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

from physforge.errors import SettingsError, WorkbenchError

#: Folder of a user's environments, in the home.
FOLDER = "environments"

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]|[a-z0-9]")
#: The kernel that is there for everybody.
_TAKEN = "python3"
_LINK = "physforge-workbench.pth"
_SECONDS = 300


def make_environment(name: str, folder: Path, report: Callable[[str], None]) -> Path:
    """Make an environment with the workbench's packages, and enter it into JupyterLab.

    Parameters
    ----------
    name : str
        Of the kernel: small letters, digits, dots, dashes and underscores.
    folder : pathlib.Path
        Made; it must not hold anything yet.
    report : callable
        Told in a few words what is going on.

    Returns
    -------
    pathlib.Path
        The environment's Python.

    Raises
    ------
    SettingsError
        If the name cannot be a kernel's, or the folder is in use.
    WorkbenchError
        If a step fails, with its last words.
    """
    if not _NAME.fullmatch(name) or name == _TAKEN:
        raise SettingsError(
            f"An environment cannot be called {name!r}; take small letters, digits, dots, dashes and underscores, "
            f"and not {_TAKEN}."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(f"{folder} is there already; remove it, or choose another one with --folder.")
    report(f"Making {folder}")
    _run([sys.executable, "-m", "venv", str(folder)])
    python = folder / "bin" / "python"
    link_packages(folder)
    report(f"Entering the kernel {name}")
    _run([str(python), "-m", "ipykernel", "install", "--user", "--name", name, "--display-name", name])
    return python


def link_packages(folder: Path) -> None:
    """Let an environment see the packages of this one, after its own.

    Parameters
    ----------
    folder : pathlib.Path
        An environment of the same Python.
    """
    paths = sysconfig.get_paths()
    ours = dict.fromkeys((paths["purelib"], paths["platlib"]))
    inside = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)}, scheme="venv")
    # addsitedir, and not the path alone: it follows what is linked into our packages in turn.
    lines = [f"import site; site.addsitedir({path!r})" for path in ours]
    Path(inside["purelib"], _LINK).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise WorkbenchError(f"{' '.join(command)} failed: {error}") from error
    if done.returncode != 0:
        words = " ".join((done.stderr or done.stdout).split())[-500:]
        raise WorkbenchError(f"{' '.join(command)} failed: {words}")
