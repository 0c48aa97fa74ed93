"""Find strategies by their short names.

Packages register them under the entry-point group ``physforge.methods``, so that a
method may live in a room, or a package, that is not imported before it is used.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import TypeVar

from physforge.errors import MissingExtraError, PhysForgeError

GROUP = "physforge.methods"

Strategy = TypeVar("Strategy")


def find_strategy(name: str, base: type[Strategy], error: type[PhysForgeError]) -> Strategy:
    """Return the strategy registered as `name`, with its default settings.

    Parameters
    ----------
    name : str
        Short name, for example ``"savitzky-golay"``.
    base : type
        What the strategy must be an instance of.
    error : type of PhysForgeError
        Raised for a name that will not do.

    Returns
    -------
    Strategy
        A new instance.

    Raises
    ------
    PhysForgeError
        Of type `error`, if no strategy of that name and base is registered.
    MissingExtraError
        If the packages that it needs are not installed.
    """
    entries = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in entries:
        near = get_close_matches(name, entries) or sorted(entries)
        raise error(f"There is no method called {name!r}; nearest: {', '.join(near)}.")
    try:
        strategy = entries[name].load()()
    except ImportError as missing:
        raise MissingExtraError(f"The method {name!r} needs {missing.name}, which is not installed.") from missing
    if not isinstance(strategy, base):
        raise error(f"{name!r} is not a {base.__name__}, but a {type(strategy).__name__}.")
    return strategy
