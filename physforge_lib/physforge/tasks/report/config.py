"""The settings of a report job."""

from __future__ import annotations

from pydantic import Field

from physforge.jobs.task import DatasetName, JobConfig, JobId, Task


class ReportConfig(JobConfig):
    """What `physforge.report` is told.

    Parameters
    ----------
    results : tuple of str
        Jobs whose results are reported, in this order.
    title : str, default "Report"
        Heading.
    question : str, default ""
        What was to be found out.
    holdout : str, optional
        A data set that was not used, on which equations are tried.
    """

    results: tuple[JobId, ...] = Field(min_length=1, max_length=200, description="Jobs whose results are reported.")
    title: str = Field(default="Report", min_length=1, max_length=200, description="Heading of the report.")
    question: str = Field(default="", max_length=2000, description="What was to be found out, in your words.")
    holdout: DatasetName | None = Field(
        default=None, description="Data set that was not used; equations are simulated beside it."
    )


TASK = Task(
    kind="report",
    config=ReportConfig,
    run="physforge.tasks.report.run:run",
    result="physforge.reports:Report",
    title="Report on the results of other jobs",
)
