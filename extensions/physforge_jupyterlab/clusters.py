"""The user's Dask clusters: those of Dask Gateway, however they were started."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from tornado.httpclient import HTTPClientError
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from physforge_jupyterlab.calls import call
from physforge_jupyterlab.cluster_pages import at_cluster
from physforge_jupyterlab.facts import cluster_row
from physforge_jupyterlab.refusals import RefusedError

_LIST = "/api/v1/clusters/"
_SECONDS = 5.0


class Clusters:
    """Asks Dask Gateway, with the server's own token.

    Parameters
    ----------
    environ : mapping of str to str
        The server's: where the gateway is, and the token.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._url = environ.get("DASK_GATEWAY__ADDRESS", "").rstrip("/")
        self._token = environ.get("JUPYTERHUB_API_TOKEN", "")

    @property
    def are_there(self) -> bool:
        """Whether there is a gateway to ask."""
        return bool(self._url and self._token)

    async def list(self) -> list[dict[str, Any]]:
        """Return the user's clusters that run or start."""
        found = await self._call("GET", f"{_LIST}?status=PENDING,RUNNING")
        shown = sorted(found.values(), key=lambda cluster: cluster["start_time"] or 0)
        return await asyncio.gather(*(self._with_counts(cluster) for cluster in shown))

    async def new(self) -> dict[str, Any]:
        """Start a cluster without workers, and return its name."""
        made: dict[str, Any] = await self._call("POST", _LIST, {"cluster_options": {}})
        return made

    async def scale(self, name: str, workers: int) -> dict[str, Any]:
        """Have a cluster of so many workers.

        Parameters
        ----------
        name : str
            Of the cluster.
        workers : int
            As many as there are to be.

        Returns
        -------
        dict
            ``msg`` says it if there will be fewer.
        """
        said: dict[str, Any] = await self._call("POST", f"{_LIST}{name}/scale", {"count": workers})
        return said

    async def stop(self, name: str) -> None:
        """Stop a cluster; one that has ended stays as it is."""
        await self._call("DELETE", f"{_LIST}{name}")

    async def _with_counts(self, cluster: dict[str, Any]) -> dict[str, Any]:
        return cluster_row(cluster, await _counts(cluster["name"]) if cluster["status"] == "RUNNING" else None)

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        if not self.are_there:
            raise RefusedError(501, "Dask clusters need a workbench: start one with 'physforge up', and work there.")
        return await call(method, f"{self._url}{path}", f"jupyterhub {self._token}", body)


async def _counts(name: str) -> dict[str, Any] | None:
    """Return what the scheduler of cluster `name` counts, or None if it does not say."""
    client = SimpleAsyncHTTPClient(force_instance=True, resolver=at_cluster(name))
    try:
        answer = await client.fetch("http://scheduler/json/counts.json", request_timeout=_SECONDS)
        counts: dict[str, Any] = json.loads(answer.body)
    except (OSError, HTTPClientError, ValueError):
        return None
    finally:
        client.close()
    return counts
