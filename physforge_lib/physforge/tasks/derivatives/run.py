"""Differentiate, in a job."""

from __future__ import annotations

import warnings
from typing import cast

from physforge.datasets.origin import describe_inputs
from physforge.derivatives import differentiate
from physforge.derivatives.method import Method
from physforge.errors import DerivativeWarning
from physforge.jobs.context import RunContext
from physforge.results import run_record
from physforge.tasks.dataset_result import DerivativesResult
from physforge.tasks.derivatives.config import DerivativesConfig
from physforge.tasks.job_inputs import with_jobs
from physforge.tasks.strategies import as_method


def run(config: DerivativesConfig, context: RunContext) -> DerivativesResult:
    """Call `physforge.differentiate`.

    Parameters
    ----------
    config : DerivativesConfig
        Its settings.
    context : RunContext
        Data sets.

    Returns
    -------
    DerivativesResult
        With the Dataset that the direct call returns.
    """
    context.report(0.0, "opening the data")
    ds = context.open_dataset("dataset")
    at = None if config.at is None else context.open_dataset("at")
    context.report(0.1, "differentiating")
    with warnings.catch_warnings():
        # They are kept with the result, as diagnostics.
        warnings.simplefilter("ignore", DerivativeWarning)
        found = differentiate(
            ds,
            config.names,
            method=cast("Method | str | None", as_method(config.method)),
            field=config.field,
            at=at,
        )
    described = describe_inputs(ds if at is None else [ds, at])
    inputs = with_jobs(described, [config.dataset, config.at][: len(described)])
    said = dict.fromkeys(str(one.attrs["warning"]) for one in found.data_vars.values() if "warning" in one.attrs)
    return DerivativesResult(
        status="ok",
        diagnostics=tuple(said),
        provenance=run_record(settings=config.model_dump(mode="json"), inputs=inputs),
        dataset=found,
    )
