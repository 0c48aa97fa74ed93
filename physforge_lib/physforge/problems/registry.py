"""Find a reference problem by name."""

from __future__ import annotations

import difflib
from importlib import import_module

from physforge.errors import UnknownDatasetError
from physforge.problems.problem import Problem

_MODULES = {
    "burgers": "physforge.problems.burgers",
    "heat": "physforge.problems.heat",
    "kdv": "physforge.problems.kdv",
    "kuramoto-sivashinsky": "physforge.problems.kuramoto_sivashinsky",
}


def names() -> tuple[str, ...]:
    """List the reference problems.

    Returns
    -------
    tuple of str
        Their names, sorted.

    Examples
    --------
    >>> names()
    ('burgers', 'heat', 'kdv', 'kuramoto-sivashinsky')
    """
    return tuple(sorted(_MODULES))


def get_problem(name: str) -> Problem:
    """Return the reference problem called `name`.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    Problem
        Nothing is computed yet.

    Raises
    ------
    UnknownDatasetError
        If there is none; the message names those that are near.

    Examples
    --------
    >>> print(get_problem("burgers").equation)
    u_t = -u*u_x + 0.1*u_xx
    """
    if name not in _MODULES:
        near = difflib.get_close_matches(name, _MODULES, n=3, cutoff=0.5) or names()
        raise UnknownDatasetError(f"There is no reference problem {name!r}; did you mean {', '.join(near)}?")
    problem: Problem = import_module(_MODULES[name]).problem()
    return problem
