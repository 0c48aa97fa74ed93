"""What the sidebar asks for: a few verbs, each for who is logged in to this server alone.

The page names a verb of this table and ids; addresses and paths are made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from physforge_jupyterlab.at_home import AtHome
from physforge_jupyterlab.at_workbench import AtWorkbench
from physforge_jupyterlab.clusters import Clusters
from physforge_jupyterlab.command_line import PROGRAM
from physforge_jupyterlab.refusals import RefusedError

_JOB = r"/jobs/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_CLUSTER = r"/clusters/([0-9a-f]{32})"

#: More workers than any cluster has.
_MOST_WORKERS = 10_000


def handlers(
    base_url: str, environ: Mapping[str, str], program: str = PROGRAM
) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """Return the routes of the sidebar.

    Parameters
    ----------
    base_url : str
        Of the notebook server, with a slash at its end.
    environ : mapping of str to str
        The server's; says where the workbench is, if there is one.
    program : str
        The command line of PhysForge.

    Returns
    -------
    list of tuple
        Patterns, handlers and what these are given.
    """
    is_workbench = bool(environ.get("PHYSFORGE_API_URL") and environ.get("JUPYTERHUB_API_TOKEN"))
    given = {"place": AtWorkbench(environ, program) if is_workbench else AtHome(program), "clusters": Clusters(environ)}
    root = base_url.rstrip("/") + "/physforge/api"
    table: dict[str, type[_SidebarHandler]] = {
        "/place": PlaceHandler,
        "/data": DataHandler,
        "/jobs": JobsHandler,
        rf"{_JOB}/log": LogHandler,
        rf"{_JOB}/(cancel|retry)": JobChangeHandler,
        "/clusters": ClustersHandler,
        _CLUSTER: ClusterHandler,
        rf"{_CLUSTER}/scale": ScaleHandler,
    }
    return [(root + pattern, handler, given) for pattern, handler in table.items()]


class _SidebarHandler(APIHandler):
    """Answers in JSON, refusals too."""

    auth_resource = "physforge"

    def initialize(self, place: AtWorkbench | AtHome, clusters: Clusters) -> None:
        self.place, self.clusters = place, clusters

    def update_api_activity(self) -> None:
        """Let looking count for nothing: an open page would keep its server for ever."""
        if self.request.method != "GET":
            super().update_api_activity()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say what was refused in the words of who refused it."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        if isinstance(error, RefusedError):
            self.set_status(error.status)
            self.finish({"message": error.message})
        else:
            super().write_error(status_code, **kwargs)

    def log_exception(self, *exc_info: Any) -> None:
        """Keep refusals, which the page shows, out of the log of errors."""
        if not isinstance(exc_info[1], RefusedError):
            super().log_exception(*exc_info)


class PlaceHandler(_SidebarHandler):
    """Where data and jobs are kept, and what else is there."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the mode, the apps and whether there are clusters."""
        apps = await self.place.apps()
        self.finish({"mode": self.place.mode, "apps": apps, "clusters": self.clusters.are_there})


class DataHandler(_SidebarHandler):
    """Data sets."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the user's data sets and the catalog."""
        self.finish({"items": await self.place.data()})


class JobsHandler(_SidebarHandler):
    """Jobs."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the user's last jobs."""
        self.finish({"items": await self.place.jobs()})


class LogHandler(_SidebarHandler):
    """A job's log."""

    @web.authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Answer with a piece of the log."""
        attempt, start = self._number("attempt"), self._number("start")
        self.finish(await self.place.log(job_id, attempt or None, start or 0))

    def _number(self, name: str) -> int | None:
        text = self.get_query_argument(name, "")
        if not text:
            return None
        # Digits of other scripts are digits to Python too.
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            raise RefusedError(422, f"{name} must be a number.")
        return int(text)


class JobChangeHandler(_SidebarHandler):
    """What is done to a job."""

    @web.authenticated
    @authorized
    async def post(self, job_id: str, verb: str) -> None:
        """Cancel a job or have it run again, and answer with the job."""
        change = self.place.cancel if verb == "cancel" else self.place.retry
        self.finish(await change(job_id))


class ClustersHandler(_SidebarHandler):
    """The user's clusters."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the clusters that run."""
        self.finish({"items": await self.clusters.list()})

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Start a cluster, and answer with its name."""
        self.set_status(201)
        self.finish(await self.clusters.new())


class ClusterHandler(_SidebarHandler):
    """One cluster."""

    @web.authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Stop a cluster."""
        await self.clusters.stop(name)
        self.set_status(204)
        self.finish()


class ScaleHandler(_SidebarHandler):
    """How many workers a cluster has."""

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Ask for so many workers, and answer with what the gateway says to it."""
        body = self.get_json_body()
        workers = body.get("workers") if isinstance(body, dict) else None
        if type(workers) is not int or not 0 <= workers <= _MOST_WORKERS:
            raise RefusedError(422, f"workers must be a number from 0 to {_MOST_WORKERS}.")
        self.finish(await self.clusters.scale(name, workers))
