"""Versions of data sets: list, show, where they come from, and download."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from physforge.database.tables import DatasetRow, VersionBlobRow, VersionRow
from physforge.datasets.store.queries import Scope, find_version
from physforge.service import links
from physforge.service.downloading import download, send_blob
from physforge.service.etags import reply
from physforge.service.guard import Access, Admitted, GuardedRoute, takes_time
from physforge.service.models import (
    LineageEdge,
    LineageNode,
    LineageRecord,
    LinkRecord,
    NewLink,
    Page,
    VersionRecord,
)
from physforge.service.problems import not_found, responses
from physforge.service.records import version_record, version_records
from physforge.service.rights import role_on_datasets
from physforge.service.settings import PREFIX

router = APIRouter(prefix="/datasets/{dataset_id}/versions", tags=["versions"], route_class=GuardedRoute)

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="1, 2, 3, ...")]

#: What a lineage tells of a version that the caller may see.
_TOLD = ("name", "number", "sha256", "author", "message")

#: What a download may answer with.
DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}, "application/zip": {}}, "description": "The bytes."},
    206: {"content": {"application/octet-stream": {}}, "description": "The bytes that were asked for."},
    304: {"description": "The caller has them."},
    416: {"description": "There are no such bytes."},
}


@router.get("", response_model=Page[VersionRecord], responses=responses(401, 403, 404))
def list_versions(dataset_id: uuid.UUID, request: Request, access: Admitted) -> Response:
    """List the versions of a data set, the first first."""
    row, store = access.services.dataset(dataset_id)
    numbers = [one.id for one in store.versions(str(dataset_id))]
    with access.services.database.reading() as session:
        rows = [session.get_one(VersionRow, uuid.UUID(key)) for key in numbers]
        return reply(request, Page[VersionRecord](items=version_records(session, rows, row.name)))


@router.get("/{number}", response_model=VersionRecord, responses=responses(401, 403, 404, 422))
def show_version(dataset_id: uuid.UUID, number: Number, request: Request, access: Admitted) -> Response:
    """Show a version."""
    dataset, version = _find(access, dataset_id, number)
    with access.services.database.reading() as session:
        return reply(request, version_records(session, [version], dataset.name)[0])


@router.get("/{number}/lineage", responses=responses(401, 403, 404, 422))
def show_lineage(dataset_id: uuid.UUID, number: Number, access: Admitted) -> LineageRecord:
    """Say where a version comes from; of data sets that the caller may not see, only that there is one."""
    graph = access.services.dataset(dataset_id)[1].lineage(str(dataset_id), number)
    ids = {uuid.UUID(version.dataset_id) for version in graph.versions.values()}
    with access.services.database.reading() as session:
        rows = [row for key in ids if (row := session.get(DatasetRow, key)) is not None]
        seen = role_on_datasets(session, access.caller, rows)
        layouts = {key: session.get_one(VersionRow, uuid.UUID(key)).layout for key in graph.versions}
    nodes, hidden = [], set()
    for key, version in graph.versions.items():
        deleted = key in graph.deleted
        if uuid.UUID(version.dataset_id) in seen:
            facts: dict[str, Any] = {name: getattr(version, name) for name in _TOLD}
            facts["version"] = version_record(version, layouts[key])
        else:
            facts = dict.fromkeys((*_TOLD, "version"))
            hidden.add(key)
        nodes.append(LineageNode.model_validate({"id": key, "deleted": deleted, **facts}))
    edges = [
        LineageEdge(
            child=uuid.UUID(edge.child),
            parent=uuid.UUID(edge.parent),
            kind=edge.kind,
            operation="" if edge.child in hidden else edge.operation,
            settings={} if edge.child in hidden else edge.settings,
        )
        for edge in graph.edges
    ]
    return LineageRecord(root=uuid.UUID(graph.root), versions=nodes, edges=edges)


@router.get("/{number}/content", response_class=Response, responses={**responses(401, 403, 404, 422), **DOWNLOAD})
@takes_time
def download_version(dataset_id: uuid.UUID, number: Number, request: Request, access: Admitted) -> Response:
    """Download the bytes of a version as they were added, whole or by ranges."""
    _, version = _find(access, dataset_id, number)
    access.record("dataset.download", "dataset", dataset_id, version=number)
    return download(access.services.blobs, version, request)


@router.get(
    "/{number}/blobs/{sha256}", response_class=Response, responses={**responses(401, 403, 404, 422), **DOWNLOAD}
)
@takes_time
def download_blob(
    dataset_id: uuid.UUID,
    number: Number,
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="The version's own, or of one of its files.")],
    request: Request,
    access: Admitted,
) -> Response:
    """Download a part of a version: the file itself; of a zarr folder its manifest, or one of the files in it."""
    _, version = _find(access, dataset_id, number)
    with access.services.database.reading() as session:
        if session.get(VersionBlobRow, (sha256, version.id)) is None:
            raise not_found("part of this version")
    if sha256 == version.sha256:
        # Once for each time that it is opened, not for each chunk.
        access.record("dataset.download", "dataset", dataset_id, version=number)
    return send_blob(access.services.blobs, sha256, request)


@router.post("/{number}/links", status_code=201, responses=responses(401, 403, 404, 413, 422))
def create_link(dataset_id: uuid.UUID, number: Number, new: NewLink, access: Admitted) -> LinkRecord:
    """Make a link with which a version can be downloaded without a token, until it expires."""
    _, version = _find(access, dataset_id, number)
    settings = access.services.settings
    expires = int(time.time()) + (new.seconds or settings.link_seconds)
    link = links.Link(dataset_id, version.id, access.principal_id, expires)
    access.record("link.create", "dataset", dataset_id, version=number, expires=expires)
    path = f"{PREFIX}/links/{links.sign(link, settings.link_secret)}"
    return LinkRecord(path=path, expires=datetime.fromtimestamp(expires, UTC))


def _find(access: Access, dataset_id: uuid.UUID, number: int) -> tuple[DatasetRow, VersionRow]:
    with access.services.database.reading() as session:
        row = session.get(DatasetRow, dataset_id)
        if row is None:
            raise not_found("data set")
        found = find_version(session, Scope(row.owner_id, row.project_id), str(dataset_id), number)
        session.expunge_all()
        return found
