"""Whether the service lives and can work, its figures, and its description."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from physforge.errors import DatabaseError
from physforge.service.guard import Admitted, GuardedRoute
from physforge.service.metrics import MEDIA_TYPE, Metrics
from physforge.service.models import Health
from physforge.service.problems import responses
from physforge.service.services import Services

router = APIRouter(tags=["service"], route_class=GuardedRoute)


@router.get("/health/live", response_model=Health)
async def live() -> Health:
    """Say that the process answers."""
    return Health(status="ok")


@router.get("/health/ready", response_model=Health, responses={503: {"model": Health}})
def ready(request: Request) -> JSONResponse:
    """Say whether database, hub and event log answer too."""
    services: Services = request.app.state.services
    failing = [] if _database_answers(services) else ["database"]
    failing += [] if services.hub.answers() else ["hub"]
    failing += [] if services.recorder is None or services.recorder.answers() else ["event log"]
    health = Health(status="failing" if failing else "ok", failing=failing)
    return JSONResponse(health.model_dump(), 503 if failing else 200)


@router.get("/metrics", response_class=Response, responses=responses(401, 403))
def metrics(request: Request, access: Admitted) -> Response:  # noqa: ARG001
    """Return figures for Prometheus."""
    counted: Metrics = request.app.state.metrics
    return Response(counted.text(), media_type=MEDIA_TYPE)


@router.get("/openapi.json", response_class=JSONResponse, responses=responses(401, 403))
def openapi(request: Request, access: Admitted) -> JSONResponse:  # noqa: ARG001
    """Return the description of this API (OpenAPI 3.1)."""
    return JSONResponse(request.app.openapi())


def _database_answers(services: Services) -> bool:
    try:
        with services.database.reading() as session:
            session.execute(sa.text("SELECT 1"))
    except DatabaseError:
        return False
    return True
