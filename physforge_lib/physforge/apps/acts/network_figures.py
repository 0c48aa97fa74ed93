"""Pictures of a trained network: beside the data, beside a simulation, and what the law leaves of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import xarray as xr

from physforge.apps.acts.field_pictures import FIELDS, field_picture
from physforge.apps.acts.job_data import opened_data, opened_result
from physforge.apps.acts.time_limit import time_limit
from physforge.errors import PhysForgeError

if TYPE_CHECKING:
    from physforge.pinn import PinnResult

#: Samples along each axis, by the number of axes.
_SAMPLES = {1: 400, 2: 101, 3: 41, 4: 17}

#: Longest simulation, in seconds.
_LONGEST_S = 20.0


def network_figures(job: str) -> dict[str, Any]:
    """Describe a trained network.

    Parameters
    ----------
    job : str
        Id of a ``pinn`` job.

    Returns
    -------
    dict
        ``parameters`` (rows of intervals), ``panels`` (for each field its name and pictures: ``network``, ``data``
        and ``simulation`` where there are such), ``residual`` (a picture) and ``notes`` (why something is missing).
    """
    result = cast("PinnResult", opened_result(job))
    notes: list[str] = []
    measured = _measured(job, result, notes)
    grid = _grid(result, measured)
    found = result.predict(grid)
    simulated = _simulated(result, found, grid, notes)
    panels = []
    for name in result.problem.fields[:FIELDS]:
        parts = {"network": found, "data": measured, "simulation": simulated}
        pictures = {what: field_picture(ds[name]) for what, ds in parts.items() if ds is not None and name in ds}
        panels.append({"name": name, "pictures": {what: one for what, one in pictures.items() if one is not None}})
    return {
        "parameters": _parameters(result, notes),
        "panels": panels,
        "residual": _residual(result, grid),
        "notes": notes,
    }


def _parameters(result: PinnResult, notes: list[str]) -> list[dict[str, Any]]:
    """Return the parameters that were found, with intervals where the fit supports such."""
    from physforge.apps.acts.result_figures import rows_of

    if result.inference is None:
        return []
    try:
        return rows_of(result.conf_int())
    except PhysForgeError as reason:
        notes.append(str(reason))
        return [{"name": name, "low": None, "estimate": one, "high": None} for name, one in result.parameters.items()]


def _measured(job: str, result: PinnResult, notes: list[str]) -> xr.Dataset | None:
    try:
        ds = opened_data(job)
    except PhysForgeError as reason:
        notes.append(str(reason))
        return None
    if set(ds.dims) != set(result.problem.coordinates):
        notes.append("The data are not on a grid, so that they are not drawn beside the network.")
        return None
    return ds


def _grid(result: PinnResult, measured: xr.Dataset | None) -> xr.Dataset:
    """Return where the network is looked at: where the data are, thinned, or even samples of its domain."""
    names = result.problem.coordinates
    most = _SAMPLES.get(len(names), 9)
    if measured is None:
        return result.grid(most)
    steps = {name: slice(None, None, max(1, round(measured.sizes[name] / most))) for name in names}
    thinned = measured.isel(steps)
    return xr.Dataset(coords={name: thinned[name] for name in names})


def _simulated(result: PinnResult, found: xr.Dataset, grid: xr.Dataset, notes: list[str]) -> xr.Dataset | None:
    from physforge.equations import System
    from physforge.simulation import simulate

    system = getattr(result.problem, "system", None)
    if system is None or "t" not in grid.coords:
        notes.append("A law without time is not simulated.")
        return None
    try:
        own = [
            {name: result.parameters[name] for name in one.free_symbols if name in result.parameters} for one in system
        ]
        bound = System(tuple(one.bind(some) if some else one for one, some in zip(system, own, strict=True)))
        with time_limit(_LONGEST_S, f"it was not through after {_LONGEST_S:.0f} s"):
            return simulate(bound, found.isel(t=0), t=grid["t"], rtol=1e-4)
    except PhysForgeError as reason:
        notes.append(f"The law was not simulated from the network's first state: {reason}")
        return None


def _residual(result: PinnResult, grid: xr.Dataset) -> dict[str, Any] | None:
    left = result.residual(grid)
    total = np.sqrt(sum(left[name] ** 2 for name in left.data_vars))
    lowest = max(1e-8 * float(total.max()), float(np.finfo(np.float32).tiny))
    return field_picture(np.log10(np.maximum(total, lowest)).rename("log10 |residual|"))
