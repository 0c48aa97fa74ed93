"""Run jobs on a batch system (Slurm, PBS and others), by dask-jobqueue."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

from physforge.errors import MissingExtraError
from physforge.jobs.access import Access
from physforge.jobs.executors.dask_cluster import DaskExecutor, import_distributed
from physforge.jobs.executors.settings import JobqueueSettings
from physforge.jobs.timing import Timing

#: System -> dask-jobqueue's class.
_CLASSES = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "lsf": "LSFCluster",
    "htcondor": "HTCondorCluster",
    "oar": "OARCluster",
    "moab": "MoabCluster",
}

#: Where the scheduler's pages are, unless the options say it.
_PAGES = "127.0.0.1:0"


class JobqueueExecutor(DaskExecutor):
    """A cluster whose workers are jobs of a batch system.

    Parameters
    ----------
    access : Access
        Where jobs and data are: a workbench, or a state folder that the nodes see too.
    settings : JobqueueSettings
        Which system, and what dask-jobqueue is told.
    timing : Timing
        Leases.
    wake : callable
        See `Executor`.
    """

    def __init__(self, access: Access, settings: JobqueueSettings, timing: Timing, wake: Callable[[], None]) -> None:
        super().__init__(access, 1, timing, wake)
        self._settings = settings

    def connect(self) -> tuple[Any, Any]:
        """Start the scheduler here; the batch system starts workers as the queue grows."""
        options = dict(self._settings.options)
        # Else its pages are open to the network, at a port that another scheduler may have.
        options["scheduler_options"] = {"dashboard_address": _PAGES, **options.get("scheduler_options", {})}
        cluster = getattr(import_jobqueue(), _CLASSES[self._settings.system])(**options)
        cluster.adapt(minimum=self._settings.minimum, maximum=self._settings.maximum)
        return import_distributed().Client(cluster, set_as_default=False), cluster

    def slots(self) -> int:
        """Return how many workers there may be: the batch system starts them when there is work."""
        self.client()
        return self._settings.maximum


def import_jobqueue() -> Any:
    """Return the package, or say how to install it.

    Returns
    -------
    module
        ``dask_jobqueue``; the process's answer to Ctrl-C, which it takes over when it is
        imported, is as before.

    Raises
    ------
    MissingExtraError
        If it is not installed.

    Notes
    -----
    Since it sets that answer, the main thread has to be the first that imports it.
    """
    before = signal.getsignal(signal.SIGINT)
    try:
        import dask_jobqueue
    except ModuleNotFoundError as error:
        raise MissingExtraError("Batch systems need dask-jobqueue: pip install 'physforge[jobqueue]'.") from error
    if signal.getsignal(signal.SIGINT) is not before:
        signal.signal(signal.SIGINT, before)
    return dask_jobqueue
