"""Executors: where jobs run. The runner makes one when the first job asks for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from physforge.errors import JobError, MissingExtraError
from physforge.jobs.access import Access
from physforge.jobs.executors.base import Executor
from physforge.jobs.executors.settings import ExecutorSettings
from physforge.jobs.timing import Timing

__all__ = ["Executor", "ExecutorSettings", "make_executor", "prepare_executor"]


def prepare_executor(name: str) -> None:
    """Do what only the main thread can do for an executor, before another thread makes it.

    Parameters
    ----------
    name : str
        See `make_executor`, which says what is wrong with it or missing for it.
    """
    if name == "jobqueue":
        from physforge.jobs.executors.jobqueue import import_jobqueue

        with suppress(MissingExtraError):
            import_jobqueue()


def make_executor(name: str, access: Access, settings: ExecutorSettings, wake: Callable[[], None]) -> Executor:
    """Make the executor of a name.

    Parameters
    ----------
    name : str
        ``"local"``, ``"dask"``, ``"gateway"``, ``"jobqueue"``, or the address of a scheduler.
    access : Access
        Where jobs and data are.
    settings : ExecutorSettings
        Of all executors.
    wake : callable
        Called when there may be room for another job.

    Returns
    -------
    Executor
        Clusters are started when the first job is handed over.

    Raises
    ------
    JobError
        For another name, or one that cannot be used here.
    """
    timing = Timing(lease_s=settings.lease.lease_s, heartbeat_s=settings.lease.heartbeat_s)
    if name == "local":
        from physforge.jobs.executors.local import LocalExecutor

        return LocalExecutor(access, settings.local, timing, wake)
    if name == "dask":
        from physforge.jobs.executors.dask_cluster import OwnCluster

        return OwnCluster(access, settings.dask, timing, wake)
    if name == "gateway":
        from physforge.jobs.executors.gateway import GatewayExecutor

        return GatewayExecutor(access, settings.gateway, timing, wake)
    if name == "jobqueue":
        from physforge.jobs.executors.jobqueue import JobqueueExecutor

        return JobqueueExecutor(access, settings.jobqueue, timing, wake)
    if "://" in name:
        from physforge.jobs.executors.dask_cluster import ClusterAt

        return ClusterAt(name, access, timing, wake)
    raise JobError(
        f"There is no executor {name!r}; there are local, dask, gateway, jobqueue, and addresses of "
        "schedulers such as tcp://127.0.0.1:8786."
    )
