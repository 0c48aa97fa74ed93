"""Train a network, in a job."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from physforge.discovery import DiscoveryResult
from physforge.equations import System
from physforge.errors import PinnError
from physforge.jobs.context import RunContext
from physforge.pinn import Data, Dirichlet, Initial, Neumann, Periodic, PinnResult, Problem, Robin, infer, solve
from physforge.pinn.conditions import Condition
from physforge.tasks.pinn.conditions import ConditionConfig, Value
from physforge.tasks.pinn.config import PinnConfig
from physforge.tasks.pinn.watch import Watch
from physforge.tasks.strategies import as_strategy

if TYPE_CHECKING:
    import xarray as xr

Domain = dict[str, tuple[float, float]]


def run(config: PinnConfig, context: RunContext) -> PinnResult:
    """Call `physforge.pinn.solve`, or `physforge.pinn.infer` where there are unknown parameters.

    Parameters
    ----------
    config : PinnConfig
        Its settings.
    context : RunContext
        Data, seed, and the checkpoint of an earlier attempt, from which training goes on.

    Returns
    -------
    PinnResult
        What the direct call returns.
    """
    context.report(0.0, "stating the problem")
    found = _trained(config, context)
    settings = config.model_dump(mode="json")
    return dataclasses.replace(found, provenance={**found.provenance, "settings": settings})


def _trained(config: PinnConfig, context: RunContext) -> PinnResult:
    data = None if config.dataset is None else context.open_dataset("dataset")
    laws = _laws(config, context)
    domain = dict(config.domain) or _extent(_given(data))
    conditions = [state_condition(one, domain) for one in config.conditions]
    with tempfile.TemporaryDirectory(prefix="physforge-pinn-") as folder:
        watch = Watch(context, Path(folder), config.budget_s, config.steps)
        shared: dict[str, Any] = {**_chosen(config, ("network", "budget_s", "steps")), "seed": context.seed}
        stated: dict[str, Any] = {"domain": domain, "conditions": conditions, "parameters": config.parameters}
        if config.unknown:
            return infer(laws, _given(data), config.unknown, **stated, **shared, **watch.options())
        if data is not None:
            conditions.append(Data(data, skip_missing=True))
        ways = _chosen(config, ("method", "sampling", "weighting", "windows"))
        return solve(Problem(laws, **stated), **shared, **ways, **watch.options())


def _chosen(config: PinnConfig, names: Iterable[str]) -> dict[str, Any]:
    """Return what training is told, without what has its default."""
    given = {name: getattr(config, name) for name in names}
    strategies = ("network", "method", "sampling", "weighting")
    read = {name: as_strategy(value) if name in strategies else value for name, value in given.items()}
    return {name: value for name, value in read.items() if value is not None}


def _laws(config: PinnConfig, context: RunContext) -> str | System:
    if config.equations is not None:
        return config.equations
    return DiscoveryResult.load(context.open_artifact("discovery")).system


def _given(data: xr.Dataset | None) -> xr.Dataset:
    if data is None:
        raise PinnError("The domain and the unknown parameters are taken from data, and there are none.")
    return data


def _extent(data: xr.Dataset) -> Domain:
    coordinates = [name for name in ("t", "x", "y", "z") if name in data.coords]
    return {name: (float(data[name].min()), float(data[name].max())) for name in coordinates}


def state_condition(config: ConditionConfig, domain: Domain) -> Condition:
    """Return what a job's settings mean by a condition.

    Parameters
    ----------
    config : ConditionConfig
        As it was given.
    domain : dict of str to (float, float)
        Ends of each coordinate.

    Returns
    -------
    Condition
        For a `Problem`.
    """
    if config.kind == "periodic":
        return Periodic(*config.axes, field=config.field)
    if config.kind == "initial":
        return Initial(config.value, field=config.field, derivative=config.derivative)
    if config.kind == "dirichlet":
        return Dirichlet(config.value, field=config.field, **config.at)
    if config.kind == "robin":
        return Robin(config.value, a=config.a, b=config.b, field=config.field, **config.at)
    return Neumann(_outward(config, domain), field=config.field, **config.at)


def _outward(config: ConditionConfig, domain: Domain) -> Value | dict[str, Value]:
    """Return the derivative along the outward normal, where that along the axis is given."""
    ((axis, place),) = config.at.items() if len(config.at) == 1 else ((None, 0.0),)
    value = config.value
    if config.derivative is None or axis not in domain or place != domain[axis][0] or isinstance(value, dict):
        return value
    return -value if isinstance(value, float | int) else f"-({value})"
