"""What must hold before a workbench can start, each with a sentence for when it does not."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path

from physforge.errors import WorkbenchError

#: Below this much free disk a start is refused: databases and logs would be cut short.
NEEDED_BYTES = 200_000_000

_INTERPRETER_FEATURES = {
    "sqlite3": "SQLite, where the hub keeps its state",
    "ssl": "TLS, which secures Dask clusters",
    "ctypes": "ctypes, which the notebook server needs",
}


def check(state_home: Path) -> None:
    """Refuse what cannot work, before anything is changed.

    Parameters
    ----------
    state_home : pathlib.Path
        The state folder to be used; it need not exist.

    Raises
    ------
    WorkbenchError
        One sentence on the first thing that is wrong.
    """
    check_platform()
    check_interpreter()
    check_disk(state_home)


def check_platform() -> None:
    """Refuse platforms on which the workbench's parts do not run."""
    if not sys.platform.startswith("linux"):
        raise WorkbenchError("The workbench runs on Linux; the library itself runs here too: import physforge.")


def check_interpreter() -> None:
    """Refuse a Python that was built without what the workbench needs."""
    for module, purpose in _INTERPRETER_FEATURES.items():
        try:
            importlib.import_module(module)
        except ImportError as error:
            raise WorkbenchError(
                f"This Python ({sys.executable}) was built without {purpose}; use another one, such as the system's."
            ) from error


def check_disk(state_home: Path, needed: int = NEEDED_BYTES) -> None:
    """Refuse a disk that is nearly full.

    Parameters
    ----------
    state_home : pathlib.Path
        The state folder; its nearest existing parent is measured.
    needed : int, default: 200_000_000
        Bytes that must be free.

    Raises
    ------
    WorkbenchError
        Says how much is free and where.
    """
    folder = state_home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise WorkbenchError(
            f"The disk is full: {free / 1e6:.0f} MB are free at {folder}, and {needed / 1e6:.0f} MB are needed. "
            "Make room, or set PHYSFORGE_HOME to a folder on another disk."
        )
