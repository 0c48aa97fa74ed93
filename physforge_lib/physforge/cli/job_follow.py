"""What happens to a job, as it happens: asked for again and again until the job has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from physforge.jobs import JobRecord, JobStore

#: Between two questions to a store, in seconds.
EVERY_S = 0.25


@dataclass(frozen=True)
class Moment:
    """A job at one moment.

    Parameters
    ----------
    job : JobRecord
        As it was then.
    text : str
        What its log has more than at the moment before.
    """

    job: JobRecord
    text: str


def follow(jobs: JobStore, job_id: str, wake: Callable[[], None], *, every_s: float = EVERY_S) -> Iterator[Moment]:
    """Follow a job until it has ended and its log has been read.

    Parameters
    ----------
    jobs : JobStore
        Where it is.
    job_id : str
        Its id, in full.
    wake : callable
        Called while the job has not ended, so that somebody runs it: whoever did may have died.
    every_s : float
        Between two questions, in seconds.

    Yields
    ------
    Moment
        The first at once; the last has the job's final state.
    """
    from physforge.jobs import FINAL

    attempt, start = 0, 0
    while True:
        # The record first: what a job wrote before it ended is then in the log.
        job = jobs.get(job_id)
        text = ""
        if job.attempt:
            if job.attempt != attempt:
                attempt, start = job.attempt, 0
            part = jobs.read_log(job_id, attempt=attempt, start=start)
            text, start = part.text, part.end
        yield Moment(job, text)
        if job.state in FINAL and not text:
            return
        if not text:
            wake()
            time.sleep(every_s)
