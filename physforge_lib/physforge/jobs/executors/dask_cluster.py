"""Run jobs on a Dask cluster: one that is started here, or one that an address names."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Callable
from typing import Any

from physforge.errors import MissingExtraError
from physforge.jobs.access import Access
from physforge.jobs.executors.base import Executor, Future
from physforge.jobs.executors.settings import DaskSettings
from physforge.jobs.timing import Timing
from physforge.jobs.worker import run_job

#: How long a cluster may take to answer, in seconds.
_ANSWER_S = 30.0


class DaskExecutor(Executor):
    """What all clusters of Dask have in common.

    Parameters
    ----------
    access : Access
        Where jobs and data are. Workers get no more of it than their job needs.
    threads : int
        Of the numerical libraries in each job.
    timing : Timing
        Leases.
    wake : callable
        See `Executor`.
    memory_bytes : int, optional
        Most memory of each job.

    Notes
    -----
    Dask decides where and when, and nothing else: what it repeats is refused by the
    store, and what it forgets is handed over again. A cluster that died is replaced.
    """

    def __init__(
        self,
        access: Access,
        threads: int,
        timing: Timing,
        wake: Callable[[], None],
        *,
        memory_bytes: int | None = None,
    ) -> None:
        super().__init__(wake)
        self._memory_bytes = memory_bytes
        self._access, self._threads, self._timing = access, threads, timing
        self._client: Any = None
        self._cluster: Any = None

    @abc.abstractmethod
    def connect(self) -> tuple[Any, Any]:
        """Start or find the cluster.

        Returns
        -------
        tuple of (distributed.Client, cluster or None)
            The cluster is closed with the executor, unless it is None.
        """

    def slots(self) -> int:
        """Return how many threads the cluster's workers have now."""
        info = self.client().scheduler_info(n_workers=-1)
        return sum(int(worker["nthreads"]) for worker in info["workers"].values())

    def send(self, job_id: str) -> Future:
        """Have the cluster run a job."""
        from dataclasses import asdict

        future: Future = self.client().submit(
            run_job,
            self._access.for_job(job_id).as_document(),
            job_id,
            threads=self._threads,
            memory_bytes=self._memory_bytes,
            timing=asdict(self._timing),
            # Each call is work of its own, and whether it is done again is the store's decision.
            pure=False,
            retries=0,
        )
        return future

    def client(self) -> Any:
        """Return a client of a living cluster."""
        if self._client is not None and self._client.status not in ("running", "connecting"):
            self.close()
        if self._client is None:
            self._client, self._cluster = self.connect()
            self._client.register_plugin(_plugin())
        return self._client

    @property
    def cluster(self) -> Any:
        """The cluster that was started, if one was."""
        return self._cluster

    def close(self) -> None:
        """Have running jobs given back, and leave the cluster, or end it if it was started here."""
        client, cluster = self._client, self._cluster
        self._client = self._cluster = None
        for one in (client, cluster):
            if one is not None:
                # What is dead already need not be closed in order.
                with contextlib.suppress(OSError, TimeoutError, RuntimeError):
                    one.close(timeout=_ANSWER_S)


class OwnCluster(DaskExecutor):
    """A cluster of processes on this machine, which lives as long as the runner.

    Parameters
    ----------
    access : Access
        Where jobs and data are.
    settings : DaskSettings
        How many workers.
    timing : Timing
        Leases.
    wake : callable
        See `Executor`.
    """

    def __init__(self, access: Access, settings: DaskSettings, timing: Timing, wake: Callable[[], None]) -> None:
        super().__init__(access, settings.threads_each, timing, wake, memory_bytes=settings.memory_bytes)
        self._workers = settings.workers

    def connect(self) -> tuple[Any, Any]:
        """Start the cluster, on loopback alone and without a dashboard."""
        distributed = import_distributed()
        cluster = distributed.LocalCluster(
            n_workers=self._workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
        )
        return distributed.Client(cluster, timeout=_ANSWER_S), cluster


class ClusterAt(DaskExecutor):
    """A cluster that somebody else keeps, found by its scheduler's address.

    Parameters
    ----------
    address : str
        For example ``"tcp://127.0.0.1:8786"``.
    access : Access
        Where jobs and data are, as its workers reach them too.
    timing : Timing
        Leases.
    wake : callable
        See `Executor`.
    """

    def __init__(self, address: str, access: Access, timing: Timing, wake: Callable[[], None]) -> None:
        super().__init__(access, 1, timing, wake)
        self._address = address

    def connect(self) -> tuple[Any, Any]:
        """Connect to the scheduler."""
        return import_distributed().Client(self._address, timeout=_ANSWER_S, set_as_default=False), None


def import_distributed() -> Any:
    """Return the package, or say how to install it.

    Returns
    -------
    module
        ``distributed``.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise MissingExtraError("Dask clusters need distributed: pip install 'dask[distributed]'.") from error
    return distributed


def _plugin() -> Any:
    from physforge.jobs.executors.worker_plugin import GiveBack

    return GiveBack()
