"""Read a catalog entry of the driver ``problem``."""

from __future__ import annotations

import xarray as xr

from physforge.problems.registry import get_problem


def read_problem(name: str, seed: int | None = None) -> xr.Dataset:
    """Compute the data of a reference problem.

    Parameters
    ----------
    name : str
        One of `physforge.problems.names`.
    seed : int, optional
        Draws a fresh initial state (see `physforge.problems.get_problem`).

    Returns
    -------
    xarray.Dataset
        Without noise (see `Problem.generate`).

    Raises
    ------
    UnknownDatasetError
        If there is no such problem.
    """
    return get_problem(name, seed).generate()
