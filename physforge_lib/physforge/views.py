"""Find pictures of datasets and results without importing what draws them.

Views are registered under the entry-point group ``physforge.views``; a missing
optional package becomes a sentence that says which extra to install.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from physforge.errors import MissingExtraError, PhysForgeError

GROUP = "physforge.views"


def find_view(name: str) -> Callable[..., Any]:
    """Return the view registered as `name`.

    Parameters
    ----------
    name : str
        For example ``"dataset.plot"``.

    Returns
    -------
    callable
        Takes the thing to show and keyword options.

    Raises
    ------
    MissingExtraError
        If the packages that draw it are not installed.
    PhysForgeError
        If there is no such view.
    """
    for entry in entry_points(group=GROUP, name=name):
        try:
            view: Callable[..., Any] = entry.load()
        except ImportError as error:
            raise MissingExtraError(
                f"{name} needs {error.name}, which is not installed: pip install 'physforge[{_extra(entry.value)}]'."
            ) from error
        return view
    raise PhysForgeError(f"There is no view called {name!r}.")


def in_notebook() -> bool:
    """Say whether this is a kernel, whose pages can show widgets.

    Returns
    -------
    bool
        False in plain Python and in a terminal's IPython.
    """
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def _extra(target: str) -> str:
    """Return the extra whose packages a view needs, which has the name of the view's room."""
    return target.removeprefix("physforge.").split(".")[0].split(":")[0]
