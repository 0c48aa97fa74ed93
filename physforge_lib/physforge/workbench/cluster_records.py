"""Clusters that are remembered in a database: on PostgreSQL, and beyond the end of the gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import sqlalchemy as sa
from dask_gateway_server.backends import db_base
from traitlets.config import Configurable

from physforge.workbench.process_identity import identity_of


def fit_postgresql() -> None:
    """Give Dask Gateway's columns types that PostgreSQL has room for.

    It declares tokens as ``BINARY``, which only other databases know, and milliseconds
    since 1970 as integers of four bytes. On SQLite nothing changes.
    """
    db_base.clusters.c.token.type = sa.LargeBinary()
    for table in (db_base.clusters, db_base.workers):
        for name in ("start_time", "stop_time"):
            table.c[name].type = sa.BigInteger()


class RememberedProcesses(Configurable):
    """Know a cluster's processes again after the gateway was started anew.

    To be put before a backend class. The original remembers process ids alone: after a
    reboot these may be anybody's, and it would stop them.
    """

    async def setup(self, app: Any) -> None:
        """Prepare the tables, then start.

        Parameters
        ----------
        app : aiohttp.web.Application
            Of the gateway.
        """
        fit_postgresql()
        backend: Any = super()
        await backend.setup(app)

    async def do_start_cluster(self, cluster: Any) -> AsyncIterator[dict[str, Any]]:
        """Start a scheduler, and note which process it is.

        Parameters
        ----------
        cluster : dask_gateway_server.backends.db_base.Cluster
            A new one.

        Yields
        ------
        dict
            The cluster's state, each time it changes.
        """
        backend: Any = super()
        async for state in backend.do_start_cluster(cluster):
            yield _with_identity(state)

    async def do_start_worker(self, worker: Any) -> AsyncIterator[dict[str, Any]]:
        """Start a worker, and note which process it is.

        Parameters
        ----------
        worker : dask_gateway_server.backends.db_base.Worker
            A new one.

        Yields
        ------
        dict
            The worker's state.
        """
        backend: Any = super()
        async for state in backend.do_start_worker(worker):
            yield _with_identity(state)

    async def do_stop_cluster(self, cluster: Any) -> None:
        """Stop a scheduler if it still is the one that was started, and remove its folders.

        Parameters
        ----------
        cluster : dask_gateway_server.backends.db_base.Cluster
            Which one.
        """
        if not is_same(cluster.state):
            cluster.state = {key: value for key, value in cluster.state.items() if key != "pid"}
        backend: Any = super()
        await backend.do_stop_cluster(cluster)

    async def do_stop_worker(self, worker: Any) -> None:
        """Stop a worker if it still is the one that was started.

        Parameters
        ----------
        worker : dask_gateway_server.backends.db_base.Worker
            Which one.
        """
        if is_same(worker.state):
            backend: Any = super()
            await backend.do_stop_worker(worker)

    def _check_status(self, one: Any) -> bool:
        return is_same(one.state)


def is_same(state: dict[str, Any]) -> bool:
    """Tell whether the process in a state runs.

    Parameters
    ----------
    state : dict
        Of a cluster or worker.

    Returns
    -------
    bool
        False also when its id belongs to another process by now.
    """
    pid = state.get("pid")
    return pid is not None and state.get("process") is not None and identity_of(pid) == state["process"]


def _with_identity(state: dict[str, Any]) -> dict[str, Any]:
    return {**state, "process": identity_of(state["pid"])} if "pid" in state else state
