"""Report, in a job."""

from __future__ import annotations

from physforge.jobs.context import RunContext
from physforge.jobs.loading import load_result
from physforge.reports import Report, make_report
from physforge.tasks.report.config import ReportConfig


def run(config: ReportConfig, context: RunContext) -> Report:
    """Write what `physforge.report` writes.

    Parameters
    ----------
    config : ReportConfig
        Its settings.
    context : RunContext
        Artifacts of other jobs, and held-out data.

    Returns
    -------
    Report
        What the direct call returns.
    """
    results = []
    for number in range(len(config.results)):
        context.report(number / len(config.results), f"reading result {number + 1}")
        results.append(load_result(context.open_artifact(f"results.{number}")))
    holdout = None if config.holdout is None else context.open_dataset("holdout")
    return make_report(results, title=config.title, question=config.question, holdout=holdout)
