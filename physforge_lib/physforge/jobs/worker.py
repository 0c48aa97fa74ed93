"""Whoever runs jobs: claims one, has a child do it, and publishes what it made."""

from __future__ import annotations

import os
import socket
import threading
import weakref
from collections.abc import Mapping
from functools import cache
from typing import Any

from physforge.jobs.access import Access
from physforge.jobs.attempt import Attempt
from physforge.jobs.child import MEMORY_VARIABLE
from physforge.jobs.child_pool import ChildPool, thread_variables
from physforge.jobs.records import JobRecord
from physforge.jobs.store import JobStore
from physforge.jobs.timing import Timing
from physforge.settings import HOME_VARIABLE


class Worker:
    """Runs jobs, from any number of threads at a time.

    Parameters
    ----------
    access : Access
        Where jobs and data are.
    name : str, optional
        For people; by default the machine and the process.
    threads : int, default 1
        Of the numerical libraries in each child.
    memory_bytes : int, optional
        Most memory of each child (Linux); a task that wants more fails and says so.
    timing : Timing, optional
        Leases, and how often what is done.
    pool : ChildPool, optional
        Shared with other workers of this process.

    Notes
    -----
    A worker has no state that matters: what it claimed is in the store, and if it dies
    there the job goes on elsewhere.
    """

    def __init__(
        self,
        access: Access,
        *,
        name: str | None = None,
        threads: int = 1,
        memory_bytes: int | None = None,
        timing: Timing | None = None,
        pool: ChildPool | None = None,
    ) -> None:
        self._access, self._timing = access, timing or Timing()
        self._name = name or f"{socket.gethostname()}/{os.getpid()}"
        self._pool = pool or ChildPool()
        self._variables = thread_variables(threads)
        if access.home is not None:
            self._variables[HOME_VARIABLE] = access.home
        if memory_bytes is not None:
            self._variables[MEMORY_VARIABLE] = str(memory_bytes)
        self._store: JobStore = access.open_jobs()
        self._ends = threading.Event()

    def run_one(self, job_id: str | None = None, executor: str | None = None) -> JobRecord | None:
        """Claim a job and do it.

        Parameters
        ----------
        job_id : str, optional
            This one alone.
        executor : str, optional
            Only one that is meant for it.

        Returns
        -------
        JobRecord or None
            As it is then; None if there was nothing to claim.
        """
        if self._ends.is_set():
            return None
        claim = self._store.claim(self._name, job_id=job_id, executor=executor, lease_s=self._timing.lease_s)
        if claim is None:
            return None
        attempt = Attempt(self._store, claim, self._access, self._pool, self._variables, self._timing, self._ends)
        return attempt.run()

    def stop(self) -> None:
        """Have running jobs stopped and given back; returns at once."""
        self._ends.set()

    def close(self) -> None:
        """Close the store, and end idle children."""
        self._pool.close()
        self.close_store()

    def close_store(self) -> None:
        """Close the store, and keep the children."""
        self._store.close()


def run_job(
    access: Access | Mapping[str, Any],
    job_id: str | None = None,
    executor: str | None = None,
    *,
    threads: int = 1,
    memory_bytes: int | None = None,
    timing: Mapping[str, float] | None = None,
) -> dict[str, Any] | None:
    """Claim a job and do it: what every executor calls, wherever it runs.

    Parameters
    ----------
    access : Access or mapping
        Itself, or its document.
    job_id : str, optional
        This one alone; else whichever is next.
    executor : str, optional
        Only one that is meant for it.
    threads : int, default 1
        Of the numerical libraries.
    memory_bytes : int, optional
        Most memory of the job.
    timing : mapping, optional
        What differs from `Timing`.

    Returns
    -------
    dict or None
        Id and state of the job, as plain data; None if there was nothing to claim.
    """
    if not isinstance(access, Access):
        access = Access.from_document(access)
    settings = Timing(**(timing or {}))
    if access.mode == "local":
        record = _worker_of(access, threads, memory_bytes, settings).run_one(job_id, executor)
    else:
        # A token may be for one job only: nothing of it stays.
        worker = _worker(access, threads, memory_bytes, settings)
        try:
            record = worker.run_one(job_id, executor)
        finally:
            worker.close_store()
    return None if record is None else {"job": record.id, "state": str(record.state), "attempt": record.attempt}


def end_workers() -> None:
    """Have every job that `run_job` runs in this process stopped and given back; returns at once."""
    for worker in list(_workers()):
        worker.stop()
    _children().close()


@cache
def _workers() -> weakref.WeakSet[Worker]:
    return weakref.WeakSet()


@cache
def _children() -> ChildPool:
    return ChildPool()


@cache
def _worker_of(access: Access, threads: int, memory_bytes: int | None, timing: Timing) -> Worker:
    return _worker(access, threads, memory_bytes, timing)


def _worker(access: Access, threads: int, memory_bytes: int | None, timing: Timing) -> Worker:
    worker = Worker(access, threads=threads, memory_bytes=memory_bytes, timing=timing, pool=_children())
    _workers().add(worker)
    return worker
