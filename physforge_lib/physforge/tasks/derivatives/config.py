"""The settings of a derivatives job."""

from __future__ import annotations

from pydantic import Field

from physforge.jobs.task import DatasetName, JobConfig, Task
from physforge.tasks.strategies import DerivativeChoice


class DerivativesConfig(JobConfig):
    """What `physforge.differentiate` is told, as far as JSON can say it.

    Parameters
    ----------
    dataset : str
        A registered data set, or what a job makes.
    names : tuple of str
        Derivatives in subscript notation.
    method : str or dict, optional
        Short name, or options with the short name as ``kind``.
    field : str, optional
        Which field the names speak of.
    at : str, optional
        A data set on whose grid the results are given, for scattered samples.
    """

    dataset: DatasetName = Field(description="Data set of the catalog or the store.")
    names: tuple[str, ...] = Field(min_length=1, description="Derivatives such as u_t and u_xx.")
    method: DerivativeChoice | None = Field(
        default=None,
        description='Short name such as gp, or with options, as {"kind": "savitzky-golay", "window": 11}; by default '
        "the data decide.",
    )
    field: str | None = Field(default=None, description="Field that the names speak of, where it is not clear.")
    at: DatasetName | None = Field(
        default=None, description="Data set on whose grid results are given; for scattered samples."
    )


TASK = Task(
    kind="derivatives",
    config=DerivativesConfig,
    run="physforge.tasks.derivatives.run:run",
    result="physforge.tasks.dataset_result:DerivativesResult",
    title="Differentiate measured fields, with standard deviations",
)
