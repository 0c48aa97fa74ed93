"""Find a reference problem by name."""

from __future__ import annotations

import difflib
from importlib import import_module

import numpy as np

from physforge.errors import DatasetError, UnknownDatasetError
from physforge.problems.problem import Problem

_MODULES = {
    "advection-diffusion": "physforge.problems.advection_diffusion",
    "allen-cahn": "physforge.problems.allen_cahn",
    "burgers": "physforge.problems.burgers",
    "burgers-inviscid": "physforge.problems.burgers_inviscid",
    "cahn-hilliard": "physforge.problems.cahn_hilliard",
    "chafee-infante": "physforge.problems.chafee_infante",
    "duffing": "physforge.problems.duffing",
    "euler-bernoulli": "physforge.problems.euler_bernoulli",
    "fisher-kpp": "physforge.problems.fisher_kpp",
    "heat": "physforge.problems.heat",
    "kdv": "physforge.problems.kdv",
    "klein-gordon": "physforge.problems.klein_gordon",
    "kuramoto-sivashinsky": "physforge.problems.kuramoto_sivashinsky",
    "lorenz": "physforge.problems.lorenz",
    "lotka-volterra": "physforge.problems.lotka_volterra",
    "navier-stokes": "physforge.problems.navier_stokes",
    "nonlinear-schroedinger": "physforge.problems.nonlinear_schroedinger",
    "reaction-diffusion": "physforge.problems.reaction_diffusion",
    "van-der-pol": "physforge.problems.van_der_pol",
    "wave": "physforge.problems.wave",
}


def names() -> tuple[str, ...]:
    """List the reference problems.

    Returns
    -------
    tuple of str
        Their names, sorted.

    Examples
    --------
    >>> names()[:3]
    ('advection-diffusion', 'allen-cahn', 'burgers')
    """
    return tuple(sorted(_MODULES))


def get_problem(name: str, seed: int | None = None) -> Problem:
    """Return the reference problem called `name`.

    Parameters
    ----------
    name : str
        One of `names`.
    seed : int, optional
        Draws a fresh initial state, to the same accuracy and in the same time; the law stays.
        The nonlinear Schroedinger equation also gets another period. By default
        the reference state.

    Returns
    -------
    Problem
        Nothing is computed yet.

    Raises
    ------
    UnknownDatasetError
        If there is none; the message names those that are near.
    DatasetError
        If `seed` is no whole number, or negative.

    Examples
    --------
    >>> print(get_problem("burgers").equation)
    u_t = -u*u_x + 0.1*u_xx
    """
    if name not in _MODULES:
        near = difflib.get_close_matches(name, _MODULES, n=3, cutoff=0.5) or names()
        raise UnknownDatasetError(f"There is no reference problem {name!r}; did you mean {', '.join(near)}?")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0):
        raise DatasetError(f"seed is {seed!r}; give a whole number that is not negative.")
    problem: Problem = import_module(_MODULES[name]).problem(seed)
    return problem
