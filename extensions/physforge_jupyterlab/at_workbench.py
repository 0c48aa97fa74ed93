"""Data sets and jobs of whoever's server this is, from the workbench's REST API."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from physforge_jupyterlab.calls import call
from physforge_jupyterlab.command_line import PROGRAM, ask_json
from physforge_jupyterlab.facts import catalog_rows, job_row, stored_row

API = "/services/api/v1"

#: Apps that may be there; which of them are, the workbench knows.
APPS = ("discover", "data", "jobs", "home")

_MOST_JOBS, _PART = 50, 200

_MOST_PARTS = 25


class AtWorkbench:
    """Asks the workbench, with the server's own token and thus the rights of its user.

    Parameters
    ----------
    environ : mapping of str to str
        The server's: where the workbench is, and the token.
    program : str
        The command line, which lists the catalog that comes with the library.
    """

    mode = "workbench"

    def __init__(self, environ: Mapping[str, str], program: str = PROGRAM) -> None:
        self._url = environ["PHYSFORGE_API_URL"].rstrip("/")
        self._authorization = f"token {environ['JUPYTERHUB_API_TOKEN']}"
        self._hub_base = environ.get("JUPYTERHUB_BASE_URL", "/")
        self._program = program
        self._catalog: list[dict[str, Any]] | None = None

    async def apps(self) -> dict[str, str]:
        """Return the apps that the workbench has, with their paths."""
        there = await asyncio.gather(*(self._has_app(name) for name in APPS))
        base = f"{self._hub_base.rstrip('/')}/services/apps"
        return {name: f"{base}/{name}" for name, has in zip(APPS, there, strict=True) if has}

    async def data(self) -> list[dict[str, Any]]:
        """Return the data sets that the user may see, their own and shared ones first, then the catalog."""
        stored, catalog = await asyncio.gather(self._stored(), self._shipped())
        return [*map(stored_row, stored), *catalog]

    async def jobs(self) -> list[dict[str, Any]]:
        """Return the user's last jobs, the newest first."""
        page = await self._call("GET", f"/jobs?mine=true&limit={_MOST_JOBS}")
        return [job_row(job) for job in page["items"]]

    async def log(self, job_id: str, attempt: int | None, start: int) -> dict[str, Any]:
        """Return a piece of a job's log.

        Parameters
        ----------
        job_id : str
            A UUID.
        attempt : int or None
            The last one by default.
        start : int
            From which character on.

        Returns
        -------
        dict
            Text, where it ends, and of which attempt it is.
        """
        of = "" if attempt is None else f"&attempt={attempt}"
        piece: dict[str, Any] = await self._call("GET", f"/jobs/{job_id}/log?start={start}{of}")
        return piece

    async def cancel(self, job_id: str) -> dict[str, Any]:
        """Ask for a job's end, and return the job."""
        return job_row(await self._call("POST", f"/jobs/{job_id}/cancel"))

    async def retry(self, job_id: str) -> dict[str, Any]:
        """Have a job run again, and return it."""
        return job_row(await self._call("POST", f"/jobs/{job_id}/retry"))

    async def _stored(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        path = f"/datasets?limit={_PART}"
        for _ in range(_MOST_PARTS):
            page = await self._call("GET", path)
            found += page["items"]
            if page["next"] is None:
                break
            path = f"/datasets?limit={_PART}&cursor={quote(page['next'], safe='')}"
        return found

    async def _shipped(self) -> list[dict[str, Any]]:
        # It changes with the installation alone. The data sets of the store come from elsewhere.
        if self._catalog is None:
            environ = {key: value for key, value in os.environ.items() if key != "PHYSFORGE_API_URL"}
            with TemporaryDirectory() as empty:
                environ["PHYSFORGE_HOME"] = empty
                self._catalog = catalog_rows(await ask_json("dataset", "list", environ=environ, program=self._program))
        return self._catalog

    async def _has_app(self, name: str) -> bool:
        # Somebody who is not logged in is sent to the login from where there is an app.
        url = f"{self._url}/services/apps/{name}"
        try:
            answer = await AsyncHTTPClient().fetch(url, raise_error=False, follow_redirects=False)
        except (OSError, HTTPClientError):
            return False
        return answer.code in (200, 302)

    async def _call(self, method: str, path: str) -> Any:
        return await call(method, f"{self._url}{API}{path}", self._authorization)
