"""Run jobs in processes on this machine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from physforge.jobs.access import Access
from physforge.jobs.executors.base import Executor, Future
from physforge.jobs.executors.settings import LocalSettings
from physforge.jobs.timing import Timing
from physforge.jobs.worker import Worker


class LocalExecutor(Executor):
    """Each job in a spawned, warm process; for one machine, without any cluster.

    Parameters
    ----------
    access : Access
        Where jobs and data are.
    settings : LocalSettings
        How many.
    timing : Timing
        Leases.
    wake : callable
        See `Executor`.
    """

    def __init__(self, access: Access, settings: LocalSettings, timing: Timing, wake: Callable[[], None]) -> None:
        super().__init__(wake)
        self._slots = settings.workers
        self._worker = Worker(access, threads=settings.threads_each, memory_bytes=settings.memory_bytes, timing=timing)
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="local")

    def slots(self) -> int:
        """Return the number of processes."""
        return self._slots

    def send(self, job_id: str) -> Future:
        """Run a job in the next process that is free."""
        return self._threads.submit(self._worker.run_one, job_id)

    def close(self) -> None:
        """Give running jobs back, and end the processes."""
        self._worker.stop()
        self._threads.shutdown(wait=True)
        self._worker.close()
