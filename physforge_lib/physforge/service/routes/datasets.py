"""Data sets: find, show, share, put into the trash and take out again."""

from __future__ import annotations

import uuid
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response

from physforge.database.tables import DatasetRow
from physforge.errors import DatasetError
from physforge.service import sharing
from physforge.service.etags import reply
from physforge.service.finding import find_datasets
from physforge.service.guard import Access, Admitted, GuardedRoute
from physforge.service.models import DatasetRecord, GrantRequest, Grants, Page, Restoring, SubjectKind
from physforge.service.pagination import Cursor, Limit
from physforge.service.problems import RefusedError, responses
from physforge.service.records import dataset_records
from physforge.service.rights import DATASET

router = APIRouter(prefix="/datasets", tags=["data sets"], route_class=GuardedRoute)


@router.get("", response_model=Page[DatasetRecord], responses=responses(401, 403, 404, 422))
def list_datasets(
    request: Request,
    access: Admitted,
    search: Annotated[str, Query(max_length=500, description="Words that must all occur.")] = "",
    name: Annotated[str | None, Query(max_length=255, description="Exactly so.")] = None,
    project: uuid.UUID | None = None,
    trash: Annotated[bool, Query(description="The caller's own in the trash, and no others.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """List the data sets that the caller may see, by name."""
    with access.services.database.reading() as session:
        page = find_datasets(
            session, access.caller, search=search, name=name, project=project, trash=trash, limit=limit, cursor=cursor
        )
    return reply(request, page)


@router.get("/{dataset_id}", response_model=DatasetRecord, responses=responses(401, 403, 404))
def show_dataset(dataset_id: uuid.UUID, request: Request, access: Admitted) -> Response:
    """Show a data set with its newest version."""
    return reply(request, _record(access, dataset_id))


@router.delete("/{dataset_id}", responses=responses(401, 403, 404))
def remove_dataset(dataset_id: uuid.UUID, access: Admitted) -> DatasetRecord:
    """Put a data set with all its versions into the trash."""
    access.services.dataset(dataset_id)[1].remove(str(dataset_id))
    access.record("dataset.remove", DATASET, dataset_id)
    return _record(access, dataset_id)


@router.post("/{dataset_id}/restore", responses=responses(401, 403, 404, 409, 413, 422))
def restore_dataset(dataset_id: uuid.UUID, how: Restoring, access: Admitted) -> DatasetRecord:
    """Take a data set out of the trash."""
    row, store = access.services.dataset(dataset_id)
    if row.removed_at is None:
        return _record(access, dataset_id)
    try:
        store.restore(str(dataset_id), name=how.name)
    except DatasetError as error:
        raise RefusedError(409, "name-taken", str(error)) from error
    access.record("dataset.restore", DATASET, dataset_id)
    return _record(access, dataset_id)


@router.post("/{dataset_id}/purge", status_code=204, responses=responses(401, 403, 404, 409))
def purge_dataset(dataset_id: uuid.UUID, access: Admitted) -> Response:
    """Delete a data set in the trash for ever; its bytes go some time later."""
    row, store = access.services.dataset(dataset_id)
    if row.removed_at is None:
        raise RefusedError(409, "not-in-trash", "The data set is not in the trash; put it there first.")
    store.empty_trash(str(dataset_id))
    access.record("dataset.purge", DATASET, dataset_id)
    return Response(status_code=204)


@router.get("/{dataset_id}/grants", responses=responses(401, 403, 404))
def list_dataset_grants(dataset_id: uuid.UUID, access: Admitted) -> Grants:
    """List with whom a data set is shared; those who see it through its project are listed there."""
    with access.services.database.reading() as session:
        return sharing.grants_on(session, DATASET, dataset_id)


@router.put("/{dataset_id}/grants/{subject_kind}/{subject_id}", responses=responses(401, 403, 404, 409, 413, 422))
def share_dataset(
    dataset_id: uuid.UUID, subject_kind: SubjectKind, subject_id: uuid.UUID, role: GrantRequest, access: Admitted
) -> Grants:
    """Share a data set with a person or a group."""
    with access.services.database.writing() as session:
        sharing.give(session, DATASET, dataset_id, (subject_kind, subject_id), role.role, access.principal_id)
        session.flush()
        grants = sharing.grants_on(session, DATASET, dataset_id)
    access.record("share.grant", DATASET, dataset_id, role=role.role, subject=str(subject_id))
    return grants


@router.delete(
    "/{dataset_id}/grants/{subject_kind}/{subject_id}", status_code=204, responses=responses(401, 403, 404, 422)
)
def unshare_dataset(
    dataset_id: uuid.UUID, subject_kind: SubjectKind, subject_id: uuid.UUID, access: Admitted
) -> Response:
    """Share a data set no more with a person or a group."""
    with access.services.database.writing() as session:
        sharing.take(session, DATASET, dataset_id, (subject_kind, subject_id))
    access.record("share.revoke", DATASET, dataset_id, subject=str(subject_id))
    return Response(status_code=204)


def _record(access: Access, dataset_id: uuid.UUID) -> DatasetRecord:
    with access.services.database.reading() as session:
        rows = session.scalars(sa.select(DatasetRow).where(DatasetRow.id == dataset_id)).all()
        return dataset_records(session, access.caller, rows)[0]
