"""Uploads in chunks: begin, send, and make a version of it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from physforge.database.tables import DatasetRow, Project, UploadRow, VersionBlobRow, VersionRow
from physforge.database.tables.base import now
from physforge.database.tables.identity import DEFAULT_PROJECT
from physforge.datasets.files import NOT_FILES, PICKLES, find_reader
from physforge.datasets.store import Version
from physforge.datasets.store.capture import format_of
from physforge.datasets.store.packing import ReceivedFolder
from physforge.datasets.store.register import Source
from physforge.service.guard import Access, Admitted, GuardedRoute
from physforge.service.idempotency import IdempotencyKey, once
from physforge.service.models import Completion, NewUpload, UploadRecord, VersionRecord
from physforge.service.partial import PartialFile
from physforge.service.policy import COLLABORATORS, Role
from physforge.service.problems import RefusedError, not_found, responses
from physforge.service.quota import check_quota
from physforge.service.records import version_records
from physforge.service.rights import role_on_datasets, role_on_projects

router = APIRouter(prefix="/uploads", tags=["uploads"], route_class=GuardedRoute)

#: Uploads of one sender that may be under way at the same time.
MAX_OPEN = 100


@router.post("", status_code=201, responses=responses(401, 403, 404, 409, 413, 422, 507))
def create_upload(new: NewUpload, access: Admitted, idempotency_key: IdempotencyKey = "") -> UploadRecord:
    """Begin to send a file; it is a data set only when the upload is completed."""
    services = access.services
    _check_readable(new)
    _end_old_uploads(access)

    def create(session: Session) -> UploadRecord:
        project, facts = _target(session, access, new)
        check_quota(session, services.settings, project.owner_id, new.size)
        open_ones = sa.select(sa.func.count()).select_from(UploadRow)
        mine = open_ones.where(UploadRow.sender_id == access.principal_id, UploadRow.version_id.is_(None))
        if (session.scalar(mine) or 0) >= MAX_OPEN:
            raise RefusedError(409, "too-many-uploads", f"You have {MAX_OPEN} unfinished uploads; finish some.")
        row = UploadRow(
            id=uuid.uuid4(),
            owner_id=project.owner_id,
            project_id=project.id,
            sender_id=access.principal_id,
            size=new.size,
            facts=facts,
            expires_at=now() + timedelta(seconds=services.settings.upload_seconds),
        )
        session.add(row)
        session.flush()
        _file(access, row).create()
        return _record(access, row)

    made, is_new = once(services.database, access.principal_id, idempotency_key, new, UploadRecord, create)
    return made if is_new else show_upload(made.id, access)


@router.get("/{upload_id}", responses=responses(401, 403, 404))
def show_upload(upload_id: uuid.UUID, access: Admitted) -> UploadRecord:
    """Say how much of an upload is there."""
    return _record(access, _row(access, upload_id))


@router.put(
    "/{upload_id}/content",
    responses=responses(401, 403, 404, 409, 413, 422, 507),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def send_chunk(
    upload_id: uuid.UUID,
    offset: Annotated[int, Query(ge=0, le=2**63 - 1, description="Where in the file the chunk begins.")],
    request: Request,
    access: Admitted,
) -> UploadRecord:
    """Send the next chunk; one that came before changes nothing, and one that was cut off leaves nothing."""
    # Whole before anything is written: a connection that breaks leaves no half chunk.
    chunk = await request.body()
    if not chunk:
        raise RefusedError(422, "empty-chunk", "The chunk is empty.")
    return await run_in_threadpool(_add, access, upload_id, offset, chunk)


@router.post("/{upload_id}/complete", status_code=201, responses=responses(401, 403, 404, 409, 413, 422))
def complete(upload_id: uuid.UUID, end: Completion, access: Admitted) -> VersionRecord:
    """Make the version, if all bytes are there and have the hash that the sender says."""
    row = _row(access, upload_id)
    if row.version_id is not None:
        return _version(access, row, row.version_id, end.sha256)
    partial = _file(access, row)
    with partial.held() as handle:
        # Read again: whoever held the file before may have completed it.
        row = _row(access, upload_id)
        if row.version_id is not None:
            return _version(access, row, row.version_id, end.sha256)
        found = partial.sha256(handle)
        if found != end.sha256:
            detail = f"What came has the SHA-256 {found}; delete the upload and send the file again."
            raise RefusedError(409, "differs", detail)
        version = _add_version(access, row, partial.path)
        with access.services.database.writing() as session:
            key = uuid.UUID(version.id)
            facts = {**row.facts, "sha256": end.sha256}
            session.execute(sa.update(UploadRow).where(UploadRow.id == upload_id).values(version_id=key, facts=facts))
        partial.delete()
    kind = "dataset.create" if version.number == 1 else "dataset.version"
    access.record(kind, "dataset", version.dataset_id, version=version.number, size=version.size)
    return _version(access, None, key, end.sha256)


@router.delete("/{upload_id}", status_code=204, responses=responses(401, 403, 404))
def delete_upload(upload_id: uuid.UUID, access: Admitted) -> Response:
    """Give an upload up."""
    row = _row(access, upload_id)
    with access.services.database.writing() as session:
        session.execute(sa.delete(UploadRow).where(UploadRow.id == upload_id))
    _file(access, row).delete()
    return Response(status_code=204)


def _check_readable(new: NewUpload) -> None:
    """Refuse what nothing reads before it is sent."""
    if new.folder:
        if new.format not in (None, "zarr"):
            raise RefusedError(422, "refused-data", "The format of a folder is zarr; leave it out.")
        return
    chosen = new.format or format_of(Path(new.file_name))
    if chosen == "zarr":
        raise RefusedError(422, "refused-data", "A zarr folder is no file; send it as a folder.")
    if chosen in NOT_FILES or Path(new.file_name).suffix.lower() in PICKLES:
        raise RefusedError(422, "refused-data", f"No file of the format {chosen!r} is taken.")
    find_reader(chosen)


def _target(session: Session, access: Access, new: NewUpload) -> tuple[Project, dict[str, Any]]:
    """Return the project that the file goes into, and what is noted of it until it is complete."""
    _check_sources(session, access, new)
    facts = new.model_dump(mode="json", exclude={"size", "project_id"})
    if new.dataset_id is not None:
        dataset = session.get(DatasetRow, new.dataset_id)
        role = role_on_datasets(session, access.caller, [dataset]).get(new.dataset_id) if dataset else None
        if dataset is None or role is None or dataset.removed_at is not None:
            raise not_found("data set")
        _check_may_write(role, "data set")
        return session.get_one(Project, dataset.project_id), {**facts, "name": dataset.name}
    facts["name"] = new.name or new.file_name.rpartition(".")[0] or new.file_name
    if new.project_id is None:
        own = sa.select(Project).where(Project.owner_id == access.principal_id, Project.name == DEFAULT_PROJECT)
        return session.scalars(own).one(), facts
    project = session.get(Project, new.project_id)
    role = role_on_projects(session, access.caller, [project]).get(new.project_id) if project else None
    if project is None or role is None:
        raise not_found("project")
    _check_may_write(role, "project")
    return project, facts


def _check_sources(session: Session, access: Access, new: NewUpload) -> None:
    """Refuse sources that the caller may not see."""
    for one in new.derived_from:
        version = session.get(VersionRow, one.source)
        dataset = session.get(DatasetRow, version.dataset_id) if version else None
        if dataset is None or not role_on_datasets(session, access.caller, [dataset]):
            raise not_found("version to derive from")


def _check_may_write(role: Role, what: str) -> None:
    if role not in COLLABORATORS:
        raise RefusedError(403, "forbidden", f"This is for: collaborator, owner; you are the {what}'s {role}.")


def _add_version(access: Access, row: UploadRow, path: Path) -> Version:
    facts: dict[str, Any] = row.facts
    data = _folder(access, row, path) if facts.get("folder") else path
    sources = [
        Source(uuid.UUID(one["source"]), one["operation"], one["settings"]) for one in facts.get("derived_from", ())
    ]
    return access.services.store_of(row.project_id).add(
        data,
        name=facts["name"],
        message=facts["message"],
        author=access.caller.name,
        parents=[*facts.get("parents", ()), *([facts["parent"]] if facts["parent"] else [])] or None,
        branch=facts.get("branch", False),
        format=facts["format"],
        attributes=facts["attributes"],
        original_name=facts["file_name"],
        sources=sources,
        **facts["options"],
    )


def _folder(access: Access, row: UploadRow, path: Path) -> ReceivedFolder:
    """Return what came, with what it may refer to: contents of a version of the same data set."""
    facts: dict[str, Any] = row.facts
    known: frozenset[str] = frozenset()
    if facts["unchanged_from"] is not None and facts["dataset_id"] is not None:
        with access.services.database.reading() as session:
            blobs = (
                sa.select(VersionBlobRow.sha256)
                .join(VersionRow, VersionRow.id == VersionBlobRow.version_id)
                .where(
                    VersionRow.dataset_id == uuid.UUID(facts["dataset_id"]),
                    VersionRow.number == facts["unchanged_from"],
                )
            )
            known = frozenset(session.scalars(blobs))

    def accept(total: int) -> None:
        with access.services.database.reading() as session:
            # What was not sent takes room of the owner's too.
            check_quota(session, access.services.settings, row.owner_id, total - row.size)

    return ReceivedFolder(path, facts["file_name"], known, accept)


def _add(access: Access, upload_id: uuid.UUID, offset: int, chunk: bytes) -> UploadRecord:
    row = _row(access, upload_id)
    if row.version_id is not None:
        raise RefusedError(409, "complete", "This upload is complete.")
    _file(access, row).write(offset, chunk)
    return _record(access, row)


def _row(access: Access, upload_id: uuid.UUID) -> UploadRow:
    with access.services.database.reading() as session:
        row = session.get(UploadRow, upload_id)
        if row is None or (row.version_id is None and row.expires_at <= now()):
            raise not_found("upload")
        session.expunge(row)
        return row


def _file(access: Access, row: UploadRow) -> PartialFile:
    return PartialFile(access.services.settings.uploads, row.id.hex, row.size)


def _record(access: Access, row: UploadRow) -> UploadRecord:
    return UploadRecord(
        id=row.id,
        size=row.size,
        offset=row.size if row.version_id is not None else _file(access, row).offset,
        chunk_bytes=access.services.settings.chunk_bytes,
        expires=row.expires_at,
        version_id=row.version_id,
    )


def _version(access: Access, row: UploadRow | None, key: uuid.UUID, sha256: str) -> VersionRecord:
    """Return what an upload has become; `row` if that was before this call."""
    with access.services.database.reading() as session:
        version = session.get_one(VersionRow, key)
        dataset = session.get_one(DatasetRow, version.dataset_id)
        if row is not None and row.facts.get("sha256", version.sha256) != sha256:
            raise RefusedError(409, "differs", "This upload was completed with another SHA-256.")
        return version_records(session, [version], dataset.name)[0]


def _end_old_uploads(access: Access) -> None:
    """Delete the sender's uploads that were not finished in time."""
    database = access.services.database
    old = sa.select(UploadRow).where(
        UploadRow.sender_id == access.principal_id, UploadRow.version_id.is_(None), UploadRow.expires_at <= now()
    )
    with database.reading() as session:
        ended = session.scalars(old).all()
        session.expunge_all()
    for row in ended:
        _file(access, row).delete()
    if ended:
        with database.writing() as session:
            session.execute(sa.delete(UploadRow).where(UploadRow.id.in_([row.id for row in ended])))
