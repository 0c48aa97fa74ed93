"""Simulate equations that somebody writes beside the data of a job, fast enough to follow each change."""

from __future__ import annotations

import math
import time
from functools import lru_cache
from typing import Any

import xarray as xr

from physforge.apps.acts.field_pictures import FIELDS, field_picture
from physforge.apps.acts.job_data import opened_data
from physforge.apps.acts.time_limit import time_limit

#: Samples along each axis in space, by the number of axes; moments.
_SAMPLES, _MOMENTS = {1: 256, 2: 48, 3: 24}, 100

#: Relative tolerance, which is finer than what is seen; longest simulation, in seconds.
_RTOL, _LONGEST_S = 1e-4, 6.0


def resimulate(job: str, equations: str) -> dict[str, Any]:
    """Integrate equations from the first state of a job's data, smoothed, and compare with the rest.

    Parameters
    ----------
    job : str
        Whose data.
    equations : str
        In the grammar of equations, one a line.

    Returns
    -------
    dict
        ``status``; ``panels`` (for each field its name and the pictures ``data``, ``simulation`` and ``difference``);
        ``errors`` (rows: relative error and how long it holds); ``seconds``.
    """
    from physforge.apps.acts.result_figures import rows_of
    from physforge.datasets.conventions import field_names
    from physforge.equations import System
    from physforge.simulation import simulate
    from physforge.validation import compare

    measured = thinned_data(job)
    names = field_names(measured)
    system = System.parse(equations, fields=names)
    state = _first_state(job, _lower_derivatives(system, names))
    begun = time.perf_counter()
    words = f"The simulation was not through after {_LONGEST_S:.0f} s; simulate these equations as a job instead."
    with time_limit(_LONGEST_S, words):
        simulated = simulate(system, state, t=measured["t"], rtol=_RTOL)
    seconds = time.perf_counter() - begun
    shared = [name for name in names if name in simulated]
    return {
        "status": str(simulated.attrs["status"]),
        "panels": [_panel(measured[name], simulated[name]) for name in shared[:FIELDS]],
        "errors": rows_of(compare(simulated, measured, shared)),
        "seconds": seconds,
    }


@lru_cache(maxsize=2)
def thinned_data(job: str) -> xr.Dataset:
    """Open the data of a job, with fewer samples.

    Parameters
    ----------
    job : str
        Its id.

    Returns
    -------
    xarray.Dataset
        Periodic where the data are: a step that does not divide the samples of a period is not taken.
    """
    from physforge.datasets.conventions import TIME, TRAJECTORY, period_of, spatial_dims
    from physforge.errors import SimulationError

    ds = opened_data(job)
    if TIME not in ds.dims:
        raise SimulationError("These data have no grid in time, so that equations are not simulated beside them.")
    if TRAJECTORY in ds.dims:
        ds = ds.isel({TRAJECTORY: 0})
    space = spatial_dims(ds)
    periods = {dim: period_of(ds, dim) for dim in space}
    for dim, period in periods.items():
        ds = _thinned_along(ds, dim, period, _SAMPLES[len(space)])
    return ds.isel({TIME: slice(None, None, math.ceil(ds.sizes[TIME] / _MOMENTS))}).load()


def _thinned_along(ds: xr.Dataset, dim: str, period: float | None, most: int) -> xr.Dataset:
    if period is None:
        return ds.isel({dim: slice(None, None, math.ceil(ds.sizes[dim] / most))})
    step = float(ds[dim][1] - ds[dim][0])
    count = min(round(period / step), ds.sizes[dim])
    divisors = [one for one in range(1, count + 1) if count % one == 0 and count // one <= most]
    # A grid of a prime number of samples stays as it is.
    stride = divisors[0] if divisors and count // divisors[0] >= most // 4 else 1
    thinned = ds.isel({dim: slice(0, count, stride)})
    return thinned.assign_coords({dim: thinned[dim].assign_attrs(period=period)})


def _lower_derivatives(system: Any, names: list[str]) -> tuple[str, ...]:
    """Name what the first state needs besides the fields: ``u_t`` for a law of ``u_tt``."""
    from physforge.equations import derivative_name, split_derivative

    targets = [split_derivative(target, names) for target in system.targets]
    return tuple(derivative_name(field, axes[:order]) for field, axes in targets for order in range(1, len(axes)))


@lru_cache(maxsize=4)
def _first_state(job: str, lower: tuple[str, ...]) -> xr.Dataset:
    """Estimate the first state from the series, as a single sample is as noisy as the data."""
    from physforge.datasets.conventions import field_names
    from physforge.derivatives import differentiate

    ds = thinned_data(job)
    names = [*field_names(ds), *lower]
    smooth = differentiate(ds, names).isel(t=0)
    state = ds.isel(t=0)
    return state.assign({name: smooth[name].assign_attrs(state[name].attrs if name in state else {}) for name in names})


def _panel(measured: xr.DataArray, simulated: xr.DataArray) -> dict[str, Any]:
    simulated = simulated.transpose(*measured.dims)
    difference = (simulated - measured.to_numpy()).rename(measured.name)
    parts = {"data": measured, "simulation": simulated, "difference": difference}
    pictures = {what: field_picture(one) for what, one in parts.items()}
    return {"name": str(measured.name), "pictures": {what: one for what, one in pictures.items() if one is not None}}
