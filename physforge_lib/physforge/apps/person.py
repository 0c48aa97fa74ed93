"""Who is in front of a page, and what is done in their name."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx

from physforge.apps.user_kernel import UserKernel
from physforge.client import Login
from physforge.errors import PhysForgeError, RemoteError
from physforge.jobs.remote_store import RemoteJobStore
from physforge.settings import Settings
from physforge.workspace import Workspace

Found = TypeVar("Found")


class _WithoutRunner(Workspace):
    """A workspace whose jobs are never run by this process: the workbench starts the person's own server for them."""

    def wake_runner(self) -> None:
        """Leave it to the workbench."""


@dataclass(eq=False)
class Person:
    """Somebody who has logged in.

    Parameters
    ----------
    name : str
        At the hub.
    login : Login
        The workbench, with the person's own token.
    kernel : UserKernel
        On the person's own server: files are opened and equations computed there, never here.
    """

    name: str
    login: Login
    kernel: UserKernel
    _folder: Path | None = field(default=None, repr=False)

    @cached_property
    def workspace(self) -> Workspace:
        """Data sets and jobs that the person may see, over the REST API; its calls block.

        To submit here asks the workbench for a job, and runs nothing.
        """
        self._folder = Path(tempfile.mkdtemp(prefix="physforge-apps-"))
        return _WithoutRunner(settings=replace(Settings.from_environment(), home=self._folder), login=self.login)

    async def ask(self, work: Callable[..., Found], *arguments: Any, **options: Any) -> Found:
        """Call what waits for the REST API, beside the event loop.

        Parameters
        ----------
        work : callable
            Blocking.
        *arguments : object
            For it.
        **options : object
            For it.

        Returns
        -------
        object
            What it returns.
        """
        return await asyncio.to_thread(work, *arguments, **options)

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Ask the REST API.

        Parameters
        ----------
        path : str
            Below ``/services/api/v1``; ids alone are part of it, never what somebody typed.
        **query : object
            Parameters of the query.

        Returns
        -------
        dict
            The answer.
        """
        return await self.ask(lambda: cast("RemoteJobStore", self.workspace.jobs).calls.calls.get(path, **query))

    async def is_admin(self) -> bool:
        """Tell whether the person is an administrator of the workbench; no, where that cannot be asked."""
        try:
            return "admin" in (await self.get("/me"))["roles"]
        except PhysForgeError:
            return False

    def clusters(self) -> list[dict[str, Any]]:
        """List the person's Dask clusters; blocks.

        Returns
        -------
        list of dict
            ``name``, ``status`` and ``workers`` of each that starts or runs.

        Raises
        ------
        RemoteError
            If the gateway does not answer.
        """
        address = f"{self.login.url}/services/dask-gateway/api/v1/clusters/"
        try:
            answer = httpx.get(address, headers={"Authorization": f"jupyterhub {self.login.token}"}, timeout=10.0)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise RemoteError(f"Dask Gateway does not say which clusters run ({error}).") from error
        running = [one for one in answer.json().values() if one["status"] in ("PENDING", "RUNNING")]
        return [
            {"name": one["name"], "status": one["status"], "workers": len(one.get("workers", ()))} for one in running
        ]

    async def close(self) -> None:
        """Stop the kernel and close the connections; the server and what runs on it go on."""
        await self.kernel.close()
        await asyncio.to_thread(self._leave)

    def _leave(self) -> None:
        if self._folder is None:
            return
        for part in ("_remote_store", "jobs"):
            # What was never used was never opened.
            if part in vars(self.workspace):
                getattr(self.workspace, part).close()
        shutil.rmtree(self._folder, ignore_errors=True)
