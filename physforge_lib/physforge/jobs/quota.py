"""How much one person, and one project, may ask of the workbench."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Used seconds are counted over so many days.
PERIOD_DAYS = 30


@dataclass(frozen=True)
class Quota:
    """Limits; None sets none.

    Parameters
    ----------
    running : int or None, default None
        Jobs that run at the same time. More wait in the queue.
    queued : int or None, default None
        Jobs that are queued or wait for others. More are refused.
    cpu_s, gpu_s : float or None, default None
        Seconds of processors and GPUs, of the jobs of the last 30 days. Once they are
        used, no job is taken.
    artifact_bytes : int or None, default None
        Space for artifacts. Once it is full, no job is taken, and no artifact that is
        larger than what is left.
    """

    running: int | None = None
    queued: int | None = None
    cpu_s: float | None = None
    gpu_s: float | None = None
    artifact_bytes: int | None = None


@dataclass(frozen=True)
class Quotas:
    """Whose limits they are.

    Parameters
    ----------
    user : Quota
        Of the owner's jobs in all projects together.
    project : Quota
        Of all jobs in the project.
    """

    user: Quota = field(default_factory=Quota)
    project: Quota = field(default_factory=Quota)
