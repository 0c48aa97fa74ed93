"""Download by a signed link, without a token."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Path, Request, Response

from physforge.database.tables import DatasetRow, Membership, VersionRow
from physforge.service import links
from physforge.service.downloading import download
from physforge.service.guard import Admitted, GuardedRoute, takes_time
from physforge.service.identity import Caller
from physforge.service.problems import not_found, responses
from physforge.service.rights import role_on_datasets
from physforge.service.routes.versions import DOWNLOAD

router = APIRouter(prefix="/links", tags=["versions"], route_class=GuardedRoute)


@router.get("/{link}", response_class=Response, responses={**responses(404), **DOWNLOAD})
@takes_time
def download_by_link(link: Annotated[str, Path(max_length=200)], request: Request, access: Admitted) -> Response:
    """Download what a link stands for, as long as whoever made it may see it."""
    services = access.services
    found = links.read(link, services.settings.link_secret)
    if found is None:
        raise not_found("link")
    with services.database.reading() as session:
        groups = session.scalars(sa.select(Membership.group_id).where(Membership.principal_id == found.principal_id))
        maker = Caller(found.principal_id, "", frozenset(groups), frozenset(), frozenset(), "link")
        dataset, version = session.get(DatasetRow, found.dataset_id), session.get(VersionRow, found.version_id)
        is_present = dataset is not None and dataset.removed_at is None
        if dataset is None or version is None or not is_present or not role_on_datasets(session, maker, [dataset]):
            raise not_found("link")
        session.expunge(version)
    access.record("link.download", "dataset", found.dataset_id, version=version.number)
    return download(services.blobs, version, request)
