"""Read a catalog entry of the driver ``problem``."""

from __future__ import annotations

import xarray as xr

from physforge.problems.registry import get_problem


def read_problem(name: str) -> xr.Dataset:
    """Compute the data of a reference problem.

    Parameters
    ----------
    name : str
        One of `physforge.problems.names`.

    Returns
    -------
    xarray.Dataset
        Without noise (see `Problem.generate`).

    Raises
    ------
    UnknownDatasetError
        If there is no such problem.
    """
    return get_problem(name).generate()
