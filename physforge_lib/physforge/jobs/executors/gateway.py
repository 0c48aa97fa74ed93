"""Run jobs on a cluster of Dask Gateway, whose size follows the queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from physforge.errors import JobError, MissingExtraError
from physforge.jobs.access import Access
from physforge.jobs.executors.dask_cluster import DaskExecutor
from physforge.jobs.executors.settings import GatewaySettings
from physforge.jobs.timing import Timing


class GatewayExecutor(DaskExecutor):
    """A cluster of the workbench, as its user; workers get no database and no user's token.

    Parameters
    ----------
    access : Access
        The workbench, and the user's token for it.
    settings : GatewaySettings
        How many workers, and of which kind.
    timing : Timing
        Leases.
    wake : callable
        See `Executor`.

    Raises
    ------
    JobError
        In local mode, where workers on other machines could not reach the jobs.
    """

    def __init__(self, access: Access, settings: GatewaySettings, timing: Timing, wake: Callable[[], None]) -> None:
        if access.mode == "local":
            raise JobError(
                "Jobs on Dask Gateway are kept by a workbench, which its workers report to; submit them "
                "from a session there, or after physforge login."
            )
        super().__init__(access, 1, timing, wake)
        self._settings = settings

    def connect(self) -> tuple[Any, Any]:
        """Ask the gateway for a cluster, as Dask's configuration or the session's environment says."""
        try:
            from dask_gateway import Gateway
        except ModuleNotFoundError as error:
            raise MissingExtraError("Dask Gateway needs its client: pip install dask-gateway.") from error
        cluster = Gateway().new_cluster(shutdown_on_close=True, **self._settings.options)
        cluster.adapt(minimum=self._settings.minimum, maximum=self._settings.maximum)
        return cluster.get_client(set_as_default=False), cluster

    def slots(self) -> int:
        """Return how many workers the cluster may have: it starts them when there is work."""
        self.client()
        return self._settings.maximum
