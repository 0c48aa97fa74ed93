"""Discover, in a job."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from physforge.discovery import DiscoveryMethod, DiscoveryResult, discover
from physforge.jobs.context import RunContext
from physforge.tasks.discovery.config import DiscoveryConfig
from physforge.tasks.job_inputs import with_jobs
from physforge.tasks.strategies import as_library, as_method


def run(config: DiscoveryConfig, context: RunContext) -> DiscoveryResult:
    """Call `physforge.discover`.

    Parameters
    ----------
    config : DiscoveryConfig
        Its settings.
    context : RunContext
        Data sets and seed.

    Returns
    -------
    DiscoveryResult
        What the direct call returns.
    """
    context.report(0.0, "opening the data")
    if isinstance(config.dataset, str):
        data: Any = context.open_dataset("dataset")
    else:
        data = [context.open_dataset(f"dataset.{number}") for number in range(len(config.dataset))]
    context.report(0.1, "looking for equations")
    found = discover(
        data,
        target=config.target,
        library=as_library(config.library),
        method=cast("DiscoveryMethod | str | None", as_method(config.method)),
        known=config.known or None,
        fixed=config.fixed or None,
        bounds=config.bounds or None,
        symmetries=config.symmetries,
        units=config.units,
        seed=context.seed,
    )
    names = [config.dataset] if isinstance(config.dataset, str) else config.dataset
    inputs = with_jobs(found.provenance["inputs"], names)
    return dataclasses.replace(found, provenance={**found.provenance, "inputs": inputs})
