"""Run a job again, under the recorded seed and inputs, and compare."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from physforge.errors import JobError
from physforge.jobs.comparison import Comparison, compare_artifacts, compare_runs
from physforge.jobs.job import Job
from physforge.jobs.states import State
from physforge.jobs.submission import asked_for_here

if TYPE_CHECKING:
    from physforge.jobs.store import JobStore


def reproduce(
    jobs: JobStore,
    job_id: str,
    *,
    executor: str | None = None,
    timeout: float | None = None,
    wake: Callable[[], None],
) -> Comparison:
    """Run a job again and compare what both runs made.

    Parameters
    ----------
    jobs : JobStore
        Where the job is; the new one is kept there, too.
    job_id : str
        One that has succeeded.
    executor : str, optional
        Who runs it; who ran the first by default.
    timeout : float, optional
        Seconds to wait.
    wake : callable
        Called so that somebody runs it.

    Returns
    -------
    Comparison
        Whether it is the same to the last bit; else how far apart, and what differs in the environments.

    Raises
    ------
    JobError
        If the job has not succeeded, its artifact was removed, or an input is no longer what it was.
    JobFailedError
        If the new run fails.
    """
    record = jobs.get(job_id)
    if record.state is not State.SUCCEEDED:
        raise JobError(f"The job {record.id} is {record.state}; only one that has succeeded can be reproduced.")
    original = jobs.artifact(record.id)
    (spec,) = asked_for_here([replace(record.spec, executor=executor or record.spec.executor)])
    key = f"reproduce:{record.id}:{uuid.uuid4()}"
    again = Job(jobs, jobs.submit([spec], idempotency_keys=[key])[0].id, wake=wake)
    made = again.artifact(timeout)
    compared, differences = compare_artifacts(original, made)
    versions = compare_runs(record.run, again.record.run)
    return Comparison(record.id, again.id, compared, tuple(differences), versions)
