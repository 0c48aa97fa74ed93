"""Put the application together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from physforge.errors import PhysForgeError, SettingsError
from physforge.service.collection import collect_regularly
from physforge.service.events import Recorder
from physforge.service.jobs.submission import check_jobs
from physforge.service.leases import release_regularly
from physforge.service.metrics import Metrics
from physforge.service.notices.outbox import notify_regularly
from physforge.service.openapi import describe
from physforge.service.policy import RULES
from physforge.service.problems import RefusedError, handle
from physforge.service.routes import (
    audit,
    datasets,
    device,
    health,
    job_output,
    job_work,
    jobs,
    links,
    lookup,
    me,
    notices,
    people,
    projects,
    uploads,
    versions,
)
from physforge.service.services import Services
from physforge.service.settings import PREFIX, ServiceSettings
from physforge.service.waking import wake_regularly
from physforge.service.wire import Wire

#: What is done beside the calls.
REGULARLY = (collect_regularly, release_regularly, wake_regularly, notify_regularly)

#: Headers that a page of another origin may send.
_SENT = ("Authorization", "Content-Type", "If-None-Match", "Idempotency-Key", "Last-Event-ID", "Range", "X-Request-ID")

# Each is asked in turn, so those that are called most come first; of several routes that fit a path the first is
# taken: /jobs/claim before /jobs/{job_id}.
ROUTERS = (
    jobs,
    job_work,
    job_output,
    health,
    me,
    notices,
    device,
    projects,
    datasets,
    versions,
    lookup,
    links,
    uploads,
    people,
    audit,
)


def create_app(settings: ServiceSettings | None = None) -> FastAPI:
    """Make the REST API.

    Parameters
    ----------
    settings : ServiceSettings, optional
        Read from the environment by default.

    Returns
    -------
    fastapi.FastAPI
        It opens database, store and event log when it starts, and closes them when it ends.

    Raises
    ------
    SettingsError
        If a setting cannot be used, or a route has no row in the policy table.
    """
    chosen = settings or ServiceSettings.from_environment()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = Services.open(chosen)
        services.recorder = Recorder.of(chosen)
        services.check_jobs = check_jobs
        app.state.services = services
        metrics.observe(services.count_jobs)
        tasks = [asyncio.create_task(work(services)) for work in REGULARLY]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            services.close()

    app = FastAPI(
        title="PhysForge",
        version=version("physforge"),
        lifespan=lifespan,
        # Described behind a credential, by a route of our own; pages that load scripts from elsewhere are not served.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        redirect_slashes=False,
    )
    app.state.metrics = metrics
    for module in ROUTERS:
        app.include_router(module.router, prefix=PREFIX)
    check_policy()
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    for kind in (RefusedError, PhysForgeError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)
    if chosen.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(chosen.cors_origins),
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=list(_SENT),
            expose_headers=["ETag", "Upload-Offset", "X-Request-ID", "Content-Range"],
        )
    app.add_middleware(Wire, metrics=metrics, body_bytes=chosen.body_bytes, chunk_bytes=chosen.chunk_bytes)
    return app


def listed_routes() -> set[tuple[str, str]]:
    """Return method and path of every route, without the prefix.

    Returns
    -------
    set of tuple of (str, str)
        To be compared with the policy table.
    """
    found = set()
    for module in ROUTERS:
        router: APIRouter = module.router
        for route in router.routes:
            if not isinstance(route, APIRoute):
                raise SettingsError(f"{route!r} is no route that the policy table can guard.")
            found |= {(method, route.path_format) for method in route.methods or ()}
    return found


def check_policy() -> None:
    """Refuse to serve routes that the policy table does not list, or rows without a route.

    Raises
    ------
    SettingsError
        Naming them.
    """
    odd = listed_routes() ^ set(RULES)
    if odd:
        raise SettingsError(f"Policy table and routes differ: {', '.join(' '.join(one) for one in sorted(odd))}.")


def _operation_id(route: APIRoute) -> str:
    return route.name
