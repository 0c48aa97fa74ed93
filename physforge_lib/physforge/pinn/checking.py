"""Check a trained network by means that training did not use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from physforge.datasets.conventions import field_names
from physforge.equations import Equation, System, derivative_name, split_derivative
from physforge.errors import EquationError, PinnError
from physforge.simulation import simulate
from physforge.validation import compare

if TYPE_CHECKING:
    from physforge.pinn.result import PinnResult

#: Moments and places along each axis of a simulation, and its relative tolerance.
_TIMES, _PLACES, _RTOL = 51, 128, 1e-8

#: Share of the field's spread by which network and simulation may differ at the seam.
_SEAM = 0.05


def check(result: PinnResult, against: xr.Dataset | Mapping[str, str] | None, points: int) -> pd.DataFrame:
    """Compare with data, with formulas, or with a simulation.

    Parameters
    ----------
    result : PinnResult
        What was trained.
    against : xarray.Dataset, mapping of str to str, or None
        As for `PinnResult.validate`.
    points : int
        Along each coordinate, where formulas are compared with.

    Returns
    -------
    pandas.DataFrame
        As `physforge.validation.compare` gives it, with the column ``against``.

    Raises
    ------
    PinnError
        If there is nothing to compare.
    """
    if against is None:
        exact, what = _simulated(result), "simulation"
    elif isinstance(against, xr.Dataset):
        exact, what = against, "data"
    else:
        exact, what = _evaluated(result, against, points), "formula"
    fields = [name for name in result.problem.fields if name in field_names(exact)]
    if not fields:
        raise PinnError(f"There is none of the fields {', '.join(result.problem.fields)} to compare with.")
    return compare(result.predict(exact), exact, fields).assign(against=what)


def _evaluated(result: PinnResult, formulas: Mapping[str, str], points: int) -> xr.Dataset:
    grid = result.grid(points)
    places = xr.broadcast(*(grid[name] for name in result.problem.coordinates))
    values = dict(zip(result.problem.coordinates, (one.to_numpy() for one in places), strict=True))
    for name, text in formulas.items():
        if name not in result.problem.fields:
            raise PinnError(f"There is no field {name!r}; there are {', '.join(result.problem.fields)}.")
        try:
            exact = Equation.parse(f"{name} = {text}", fields=result.problem.fields).evaluate(values)
        except EquationError as error:
            raise PinnError(f"The formula of {name!r} cannot be used: {error}") from error
        grid[name] = (places[0].dims, np.broadcast_to(exact, places[0].shape))
    return grid


def _simulated(result: PinnResult) -> xr.Dataset:
    """Integrate the laws from the network's own first state, on periodic space."""
    problem = result.problem
    system = getattr(problem, "system", None)
    if system is None or "t" not in problem.coordinates:
        raise PinnError("A law without time has no simulation: compare with data, or a formula as in {'u': 'sin(x)'}.")
    ends = {name: (float(low), float(high)) for name, (low, high) in zip(problem.coordinates, problem.box, strict=True)}
    times = np.linspace(*ends["t"], _TIMES)
    axes = {name: np.linspace(*ends[name], _PLACES, endpoint=False) for name in ends if name != "t"}
    targets = [split_derivative(target, problem.fields) for target in system.targets]
    lower = [derivative_name(field, along[:order]) for field, along in targets for order in range(1, len(along))]
    start = xr.Dataset(coords={"t": times[:1], **axes})
    state = result.derivatives(start, [*problem.fields, *lower]).isel(t=0)
    for axis in axes:
        if problem.coordinates.index(axis) in getattr(problem, "periodic", ()):
            state[axis].attrs["period"] = ends[axis][1] - ends[axis][0]
    simulated = simulate(_bound(system, result.parameters), state, t=times, rtol=_RTOL)
    for axis in axes:
        _refuse_other_boundary(result, simulated, axis, ends[axis])
    return simulated


def _bound(system: System, values: Mapping[str, float]) -> System:
    """Put in the parameters that were found."""
    own = [{name: values[name] for name in one.free_symbols if name in values} for one in system]
    return System(tuple(one.bind(some) if some else one for one, some in zip(system, own, strict=True)))


def _refuse_other_boundary(result: PinnResult, simulated: xr.Dataset, axis: str, ends: tuple[float, float]) -> None:
    """Refuse a simulation that was periodic where the problem's solution is not."""
    seam = simulated.isel({axis: [0]})
    for end in ends:
        found = result.predict(seam.assign_coords({axis: [end]}))
        for name in result.problem.fields:
            off = float(np.abs(found[name].to_numpy() - seam[name].to_numpy()).max())
            if off > _SEAM * float(simulated[name].std()):
                raise PinnError(
                    f"Simulation needs a solution that is periodic in {axis}, and this {name} at {axis} = {end:g} is "
                    f"{off:.2g} off a periodic one: compare with data or a formula instead."
                )
