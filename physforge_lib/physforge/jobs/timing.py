"""How long is waited for what while a job runs."""

from __future__ import annotations

from dataclasses import dataclass

from physforge.jobs.store import HEARTBEAT_S, LEASE_S


@dataclass(frozen=True)
class Timing:
    """Seconds; the defaults are what PhysForge promises, others are for tests and odd sites.

    Parameters
    ----------
    lease_s : float, default 6
        A worker that is silent for longer has lost its job.
    heartbeat_s : float, default 1.5
        Between the extensions of a lease.
    watch_s : float, default 0.25
        Between looks whether the job's end was asked for.
    log_s : float, default 0.5
        Between the pieces of the log.
    terminate_s : float, default 0.5
        A task that was asked to stop and still runs then gets SIGTERM ...
    kill_s : float, default 1.2
        ... and, that long after it was asked, SIGKILL with all that it started.
    """

    lease_s: float = LEASE_S
    heartbeat_s: float = HEARTBEAT_S
    watch_s: float = 0.25
    log_s: float = 0.5
    terminate_s: float = 0.5
    kill_s: float = 1.2
