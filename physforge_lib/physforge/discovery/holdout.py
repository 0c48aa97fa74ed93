"""Test discovered equations by simulation against data that were held out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from physforge.datasets.conventions import field_names
from physforge.derivatives import differentiate
from physforge.equations import Equation, System, derivative_name, split_derivative
from physforge.simulation import simulate
from physforge.validation import compare


def forecast_errors(system: System, holdout: xr.Dataset) -> pd.DataFrame:
    """Simulate from the first held-out state and compare with all of them.

    Parameters
    ----------
    system : System
        The equations.
    holdout : xarray.Dataset
        Data on the dims of the discovery. The initial state is that of its first time, with noise
        smoothed away as `physforge.differentiate` does it.

    Returns
    -------
    pandas.DataFrame
        A row for each field, as `physforge.validation.compare` gives it, with the ``status`` of
        the simulation.

    Raises
    ------
    SimulationError
        If the system is of a kind that cannot be simulated.
    """
    state = _initial_state(system, holdout)
    simulated = simulate(system, state, t=holdout["t"])
    errors = compare(simulated, holdout, [field for field in field_names(holdout) if field in simulated])
    return errors.assign(status=simulated.attrs.get("status", "ok"))


def compare_forecasts(
    chosen: Mapping[str, Equation], candidates: pd.DataFrame, holdout: xr.Dataset, most: int
) -> pd.DataFrame:
    """Let the best candidate equations compete in simulating held-out data.

    Parameters
    ----------
    chosen : mapping of str to Equation
        The equation of each target; those of other targets stand beside a candidate.
    candidates : pandas.DataFrame
        As in `physforge.discovery.DiscoveryResult.candidates`.
    holdout : xarray.Dataset
        Data that were not used.
    most : int
        Candidates of each target.

    Returns
    -------
    pandas.DataFrame
        The rows of the candidates with ``forecast_error`` (`forecast_errors`' relative error,
        root mean square over the fields) and ``horizon``; the best of each target first.
    """
    rows = []
    for target in chosen:
        for row in candidates[candidates["target"] == target].head(most).to_dict(orient="records"):
            candidate = Equation.parse(row["equation"], fields=field_names(holdout))
            errors = forecast_errors(System(tuple({**chosen, target: candidate}.values())), holdout)
            error = float(np.sqrt(np.mean(errors["relative_error"] ** 2)))
            rows.append({**row, "forecast_error": error, "horizon": float(errors["horizon"].min())})
    order = {target: place for place, target in enumerate(chosen)}
    rows.sort(key=lambda row: (order[row["target"]], row["forecast_error"]))
    return pd.DataFrame(rows)


def _initial_state(system: System, holdout: xr.Dataset) -> xr.Dataset:
    """Estimate the first state from the series: a single sample is as noisy as the data."""
    fields = field_names(holdout)
    targets = [split_derivative(target, fields) for target in system.targets]
    lower = [derivative_name(field, axes[:order]) for field, axes in targets for order in range(1, len(axes))]
    smooth = differentiate(holdout, [*fields, *lower]).isel(t=0)
    return holdout.isel(t=0).assign({name: smooth[name] for name in [*fields, *lower]})
