"""Clusters whose pages are on a Unix socket of their user, and on no port."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from traitlets import Unicode
from traitlets.config import Configurable

from physforge.workbench import scheduler_dashboard

#: All that schedulers and workers answer over HTTP: whether they are well.
_HTTP_ROUTES = '["distributed.http.health"]'

#: Where a notebook server has the pages of its user's clusters, after its own address.
PAGES = "physforge"


class PrivateDashboards(Configurable):
    """Keep the pages of schedulers and workers, which ask for no login, off the network.

    To be put before a backend class. The user's own notebook server has the pages
    (`physforge_jupyterlab`), behind the hub's login.
    """

    sockets = Unicode(help="Folder of the sockets.", config=True)

    def dashboard_folder(self, cluster: Any) -> Path:  # noqa: ARG002 - others ask whose it is
        """Return the folder of `cluster`'s socket, which only its user can enter."""
        return Path(self.sockets)

    def dashboard_socket(self, cluster: Any) -> Path:
        """Return where `cluster` has its pages."""
        return self.dashboard_folder(cluster) / f"cluster-{cluster.name}.sock"

    def get_scheduler_env(self, cluster: Any) -> dict[str, str]:
        """Return the scheduler's environment, with its socket and nearly nothing on its port."""
        backend: Any = super()
        return {
            **backend.get_scheduler_env(cluster),
            "DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES": _HTTP_ROUTES,
            scheduler_dashboard.SOCKET_VARIABLE: str(self.dashboard_socket(cluster)),
        }

    def get_worker_env(self, cluster: Any) -> dict[str, str]:
        """Return a worker's environment, without pages."""
        backend: Any = super()
        return {**backend.get_worker_env(cluster), "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": _HTTP_ROUTES}

    def get_scheduler_command(self, cluster: Any) -> list[str]:
        """Return the command of the scheduler, with its pages on the socket instead of the port."""
        backend: Any = super()
        command: list[str] = backend.get_scheduler_command(cluster)
        return [*command, "--no-dashboard", "--preload", str(Path(scheduler_dashboard.__file__))]

    def get_worker_command(self, cluster: Any, worker_name: str, scheduler_address: str | None = None) -> list[str]:
        """Return the command of a worker that listens on loopback, without a dashboard."""
        backend: Any = super()
        command: list[str] = backend.get_worker_command(cluster, worker_name, scheduler_address)
        return [*command, "--host", backend.default_host, "--no-dashboard"]

    async def do_stop_cluster(self, cluster: Any) -> None:
        """Stop a cluster, and remove what a scheduler that was killed left behind.

        Parameters
        ----------
        cluster : dask_gateway_server.backends.db_base.Cluster
            Which one.
        """
        backend: Any = super()
        await backend.do_stop_cluster(cluster)
        # The name is taken out of a folder that nobody can put another one in the place of.
        self.dashboard_socket(cluster).unlink(missing_ok=True)

    async def on_cluster_heartbeat(self, cluster_name: str, msg: dict[str, Any]) -> None:
        """Take what a scheduler says of itself, but for an address of pages.

        Parameters
        ----------
        cluster_name : str
            Whose scheduler.
        msg : dict
            What it says. It is the user's program and may name any address, to which the
            gateway's proxy would lead whoever asks.
        """
        backend: Any = super()
        await backend.on_cluster_heartbeat(cluster_name, {**msg, "dashboard_address": ""})

    async def get_cluster(self, cluster_name: str, wait: bool = False) -> Any:
        """Return what is known of a cluster, with the way to its pages.

        Parameters
        ----------
        cluster_name : str
            Which one.
        wait : bool, default: False
            Whether to wait until it runs.

        Returns
        -------
        dask_gateway_server.models.Cluster or None
            None if there is no such cluster.
        """
        backend: Any = super()
        return self._with_pages(await backend.get_cluster(cluster_name, wait=wait))

    async def list_clusters(self, username: str | None = None, statuses: Any = None) -> list[Any]:
        """Return what is known of clusters, with the ways to their pages.

        Parameters
        ----------
        username : str, optional
            Whose clusters; by default everybody's.
        statuses : sequence, optional
            In which states.

        Returns
        -------
        list of dask_gateway_server.models.Cluster
            The clusters.
        """
        backend: Any = super()
        found = await backend.list_clusters(username=username, statuses=statuses)
        return [self._with_pages(cluster) for cluster in found]

    def _with_pages(self, cluster: Any) -> Any:
        # A link is given for a cluster with an address of pages. The gateway's own proxy, which asks
        # for no login, reads the address elsewhere and must not have one.
        if cluster is not None:
            cluster.dashboard_address = "unix"
        return cluster
