"""The one entry point: choose the integrator, run it, and return a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import SPACE, TIME
from physforge.equations import Equation, System
from physforge.errors import SimulationError
from physforge.simulation.evolution import Evolution, as_evolution
from physforge.simulation.ordinary import integrate_ordinary
from physforge.simulation.periodic import integrate_periodic
from physforge.simulation.start import initial_state, output_times
from physforge.simulation.trajectory import Trajectory

Method = Literal["DOP853", "Radau", "ETDRK4"]


def simulate(
    model: Equation | System | str,
    initial: xr.Dataset | Mapping[str, object],
    t: xr.DataArray | npt.ArrayLike,
    *,
    rtol: float = 1e-6,
    method: Method | None = None,
) -> xr.Dataset:
    """Integrate an equation, or a system, forward in time.

    Parameters
    ----------
    model : Equation, System or str
        Laws for ``u_t`` or ``u_tt``. Every parameter needs its value. Fields of a PDE
        without such a law may be determined by others through linear equations
        without time, as velocity is by ``u_x + v_y = 0; w = v_x - u_y``.
    initial : xarray.Dataset or mapping of str to value
        One moment of every field, such as ``ds.isel(t=0)``, and ``u_t`` where the law
        is for ``u_tt``. A determined field can be left out; where it is given, its mean
        is kept if the equations leave it open. With spatial derivatives, the dims are
        one to three of x, y and z, the grid is uniform and the fields periodic (see
        `physforge.datasets.conventions.period_of`). Laws without spatial derivatives
        are integrated at every sample, whatever the dims.
    t : array_like, shape (n,)
        Increasing output times; the first is the moment of `initial`.
    rtol : float, default 1e-6
        Relative tolerance of the result, between 1e-10 and 0.1. Steps, and for PDEs
        also a finer internal grid, are chosen to meet it; nothing else need be given.
        Where errors grow in time, as in chaos, the result is as far off as they grow.
    method : {"DOP853", "Radau", "ETDRK4"}, optional
        Overrules the choice: explicit, implicit, or exponential time differencing
        for PDEs. By default ODEs start explicit and turn implicit if they are stiff.

    Returns
    -------
    xarray.Dataset
        The fields with dims (t, ...), units, coordinates and title of `initial`, and
        the attributes ``equation`` and ``status``: ``"ok"``, or ``"diverged at t=..."``
        with NaN after that time; likewise ``"unresolved at t=..."``, where scales became
        finer than the finest internal grid, as in a shock, and ``"stopped at t=..."``,
        after tens of thousands of steps. The same input gives the same bits.

    Raises
    ------
    SimulationError
        If the model is no law of evolution, a parameter or initial field is missing,
        or the domain is none that can be integrated (periodic in x, y and z, or
        no spatial derivative at all).
    EquationError
        If `model` is text that cannot be read.

    Notes
    -----
    PDEs use the ETDRK4 scheme of Kassam and Trefethen [kassam2005]_ with linear terms
    of constant coefficients in the exponential and dealiased pseudospectral products.
    Linear PDEs with constant coefficients are thus solved exactly, in one step.

    Examples
    --------
    >>> import numpy as np
    >>> import physforge as pf
    >>> decay = pf.simulate("u_t = -u", {"u": 1.0}, t=np.linspace(0, 1, 3))
    >>> decay.u.values.round(4)
    array([1.    , 0.6065, 0.3679])
    """
    if not 1e-10 <= rtol <= 0.1:
        raise SimulationError(f"rtol is {rtol}; give a tolerance between 1e-10 and 0.1.")
    evolution = as_evolution(model)
    times = output_times(t)
    start = initial_state(initial, evolution, times)
    _check_method(method, evolution)
    if evolution.is_partial:
        trajectory = integrate_periodic(evolution, start, times, rtol=rtol)
    else:
        trajectory = _ordinary(evolution, start, times, rtol, method)
    return _dataset(trajectory, evolution, start, initial, t, times)


def _check_method(method: str | None, evolution: Evolution) -> None:
    if method not in (None, "DOP853", "Radau", "ETDRK4"):
        raise SimulationError(f"There is no method {method!r}; use 'DOP853', 'Radau' or 'ETDRK4', or leave it out.")
    if method is not None and (method == "ETDRK4") != evolution.is_partial:
        kind = "a PDE, which needs 'ETDRK4'" if evolution.is_partial else "an ODE: use 'DOP853' or 'Radau'"
        raise SimulationError(f"{method!r} does not fit: the model is {kind}; or leave the method out.")


def _ordinary(
    evolution: Evolution, start: xr.Dataset, times: npt.NDArray[np.float64], rtol: float, method: Method | None
) -> Trajectory:
    needed = {axis for equation in evolution.system for axis in equation.coordinates} & set(SPACE)
    missing = sorted(needed - set(start.coords))
    if missing:
        raise SimulationError(f"The model depends on {missing[0]!r}, which the initial state does not have.")
    pattern = start[evolution.state_names[0]]
    coordinates = {
        axis: start[axis].broadcast_like(pattern).transpose(*pattern.dims).to_numpy() for axis in sorted(needed)
    }
    state = {name: start[name].to_numpy() for name in evolution.state_names}
    chosen = None if method == "ETDRK4" else method
    return integrate_ordinary(evolution, state, times, rtol=rtol, method=chosen, coordinates=coordinates)


def _dataset(
    trajectory: Trajectory,
    evolution: Evolution,
    start: xr.Dataset,
    initial: xr.Dataset | Mapping[str, object],
    t: xr.DataArray | npt.ArrayLike,
    times: npt.NDArray[np.float64],
) -> xr.Dataset:
    pattern = start[evolution.state_names[0]]
    variables = {
        name: ((TIME, *pattern.dims), trajectory.states[name], start[name].attrs if name in start else {})
        for name in (*evolution.orders, *evolution.determined)
    }
    time_attrs: Mapping[str, object] = t.attrs if isinstance(t, xr.DataArray) else {}
    if not time_attrs and isinstance(initial, xr.Dataset) and TIME in initial.coords:
        time_attrs = initial[TIME].attrs
    attrs = {
        "title": f"Simulation of {start.attrs['title']}" if start.attrs.get("title") else "Simulation",
        "equation": "; ".join(str(equation) for equation in evolution.system),
        "status": trajectory.status,
    }
    return xr.Dataset(variables, {TIME: (TIME, times, dict(time_attrs)), **start.coords}, attrs)
