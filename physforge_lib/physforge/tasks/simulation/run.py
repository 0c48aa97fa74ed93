"""Simulate, in a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import xarray as xr

from physforge.datasets.origin import describe_inputs
from physforge.discovery import DiscoveryResult
from physforge.equations import System
from physforge.errors import SimulationError
from physforge.jobs.context import RunContext
from physforge.results import run_record
from physforge.simulation import simulate
from physforge.simulation.evolution import as_evolution
from physforge.tasks.dataset_result import SimulationResult
from physforge.tasks.job_inputs import with_jobs
from physforge.tasks.simulation.config import EvenTimes, SimulationConfig


def run(config: SimulationConfig, context: RunContext) -> SimulationResult:
    """Call `physforge.simulate`.

    Parameters
    ----------
    config : SimulationConfig
        Its settings.
    context : RunContext
        The first state, and the equations where they are those of a job.

    Returns
    -------
    SimulationResult
        With the Dataset that the direct call returns.
    """
    context.report(0.0, "opening the data")
    system = _system(config, context)
    data = context.open_dataset("initial") if isinstance(config.initial, str) else None
    initial, times = _start(config, data)
    context.report(0.1, "integrating")
    found = simulate(system, initial, t=times, rtol=config.rtol, method=config.method)
    status = str(found.attrs["status"])
    inputs = with_jobs(describe_inputs(data), [str(config.initial)]) if data is not None else []
    return SimulationResult(
        status=status,
        diagnostics=() if status == "ok" else (f"The simulation {status}; there is nothing but NaN after that time.",),
        provenance=run_record(settings=config.model_dump(mode="json"), inputs=inputs),
        citations=("kassam2005",) if as_evolution(system).is_partial else (),
        dataset=found,
    )


def _system(config: SimulationConfig, context: RunContext) -> System:
    if config.equations is not None:
        return System.parse(config.equations, parameters=config.parameters)
    return DiscoveryResult.load(context.open_artifact("discovery")).system


def _start(config: SimulationConfig, ds: xr.Dataset | None) -> tuple[xr.Dataset | Mapping[str, object], Any]:
    given = config.times
    times: Any = np.linspace(given.start, given.stop, given.count) if isinstance(given, EvenTimes) else given
    if ds is None:
        return cast("dict[str, float]", config.initial), times
    if "t" not in ds.dims:
        if times is None:
            raise SimulationError("The first state has no time; give times.")
        return ds, times
    size = ds.sizes["t"]
    if not -size <= config.moment < size:
        raise SimulationError(f"There is no moment {config.moment}; the data set has {size} samples in time.")
    return ds.isel(t=config.moment), ds["t"].isel(t=slice(config.moment, None)) if times is None else times
