"""Find a version by its id alone."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from physforge.database.tables import DatasetRow, VersionRow
from physforge.service.etags import reply
from physforge.service.guard import Admitted, GuardedRoute
from physforge.service.models import VersionRecord
from physforge.service.problems import responses
from physforge.service.records import version_records

router = APIRouter(prefix="/versions", tags=["versions"], route_class=GuardedRoute)


@router.get("/{version_id}", response_model=VersionRecord, responses=responses(401, 403, 404))
def find_version(version_id: uuid.UUID, request: Request, access: Admitted) -> Response:
    """Show a version whose data set is not known."""
    with access.services.database.reading() as session:
        version = session.get_one(VersionRow, version_id)
        dataset = session.get_one(DatasetRow, version.dataset_id)
        return reply(request, version_records(session, [version], dataset.name)[0])
