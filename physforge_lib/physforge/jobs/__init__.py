"""Jobs: long work that is asked for once and comes back, whatever dies in between.

A job is a kind, a validated config, inputs by content and a seed; it ends in an artifact,
a folder. The database is the truth; Dask, or a process on this machine, only does the work.
"""

from __future__ import annotations

from physforge.jobs.records import (
    Beat,
    Claim,
    JobEvent,
    JobRecord,
    LogPart,
    Outcome,
    Progress,
    Selection,
)
from physforge.jobs.spec import Input, JobSpec
from physforge.jobs.states import CHANGES, FINAL, State
from physforge.jobs.store import HEARTBEAT_S, LEASE_S, JobStore
from physforge.jobs.task import DatasetName, JobConfig, JobId, Task, find_task, kinds

__all__ = [
    "CHANGES",
    "FINAL",
    "HEARTBEAT_S",
    "LEASE_S",
    "Beat",
    "Claim",
    "DatasetName",
    "Input",
    "JobConfig",
    "JobEvent",
    "JobId",
    "JobRecord",
    "JobSpec",
    "JobStore",
    "LogPart",
    "Outcome",
    "Progress",
    "Selection",
    "State",
    "Task",
    "find_task",
    "kinds",
]
