"""Where a simulation starts: the initial state and the output times, checked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import TIME
from physforge.errors import SimulationError
from physforge.simulation.evolution import Evolution
from physforge.simulation.trajectory import FloatArray


def initial_state(initial: xr.Dataset | Mapping[str, object], evolution: Evolution, times: FloatArray) -> xr.Dataset:
    """Return the variables from which the integration starts.

    Parameters
    ----------
    initial : xarray.Dataset or mapping of str to value
        One moment of each field; also ``u_t`` where the law is for ``u_tt``. Fields that
        algebraic laws determine may be left out.
    evolution : Evolution
        Says what is needed.
    times : numpy.ndarray
        The output times; the first is the moment of `initial`.

    Returns
    -------
    xarray.Dataset
        The state variables, and determined fields if given; float64, each of all dims.

    Raises
    ------
    SimulationError
        If a variable is missing, not finite, or given for several or other times.
    """
    ds = initial if isinstance(initial, xr.Dataset) else xr.Dataset(dict(initial))
    names = list(evolution.state_names)
    missing = [name for name in names if name not in ds.data_vars]
    if missing:
        raise SimulationError(
            f"The initial state lacks {', '.join(missing)}; it has {', '.join(map(str, ds.data_vars)) or 'nothing'}."
        )
    if ds.sizes.get(TIME, 1) > 1:
        raise SimulationError(f"The initial state holds {ds.sizes[TIME]} times; take one, as in ds.isel(t=0).")
    names += [name for name in evolution.determined if name in ds.data_vars]
    state = ds[names]
    state = state.isel({TIME: 0}) if TIME in state.dims else state
    _check_moment(state, times)
    state = state.drop_vars(TIME, errors="ignore").astype(np.float64)
    for name in names:
        if not np.isfinite(state[name].to_numpy()).all():
            raise SimulationError(f"The initial state of {name!r} has missing or infinite samples; fill them first.")
    return xr.Dataset({name: state[name].broadcast_like(state) for name in names}, state.coords, state.attrs)


def _check_moment(state: xr.Dataset, times: FloatArray) -> None:
    if TIME not in state.coords or not np.issubdtype(state[TIME].dtype, np.number):
        return
    moment = float(state[TIME])
    if not np.isclose(moment, times[0], rtol=1e-9, atol=1e-9 * float(np.ptp(times))):
        raise SimulationError(
            f"The initial state is of t={moment:g} but the first output time is {times[0]:g}; start t there, or drop "
            "the time of the state with drop_vars('t')."
        )


def output_times(t: xr.DataArray | npt.ArrayLike) -> FloatArray:
    """Check the output times.

    Parameters
    ----------
    t : array_like, shape (n,)
        Finite and increasing.

    Returns
    -------
    numpy.ndarray
        Float64.

    Raises
    ------
    SimulationError
        If they are not.
    """
    try:
        times = np.atleast_1d(np.asarray(t, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise SimulationError(f"The output times t must be numbers: {error}.") from error
    if times.ndim != 1 or times.size == 0:
        raise SimulationError(f"The output times t must be one row of numbers, not of shape {times.shape}.")
    if not np.isfinite(times).all():
        raise SimulationError("The output times t must be finite.")
    if (np.diff(times) <= 0).any():
        index = int(np.flatnonzero(np.diff(times) <= 0)[0])
        raise SimulationError(f"The output times t must increase; t[{index + 1}]={times[index + 1]:g} does not.")
    return times
