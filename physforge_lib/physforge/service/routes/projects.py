"""Projects, and who works in them."""

from __future__ import annotations

import uuid
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Path, Request, Response
from sqlalchemy.orm import Session

from physforge.database.tables import Grant, Project
from physforge.service import sharing
from physforge.service.etags import reply
from physforge.service.guard import Admitted, GuardedRoute
from physforge.service.idempotency import IdempotencyKey, once
from physforge.service.models import GrantRequest, Grants, NewProject, Page, ProjectRecord, SubjectKind
from physforge.service.pagination import Cursor, Limit, read_cursor, write_cursor
from physforge.service.problems import RefusedError, responses
from physforge.service.records import project_records
from physforge.service.rights import PROJECT, subject_is

router = APIRouter(prefix="/projects", tags=["projects"], route_class=GuardedRoute)

ProjectId = Annotated[uuid.UUID, Path()]


@router.get("", responses=responses(401, 403, 404, 422))
def list_projects(access: Admitted, limit: Limit = 50, cursor: Cursor = None) -> Page[ProjectRecord]:
    """List the projects that the caller owns or was let into, by name."""
    granted = sa.select(Grant.object_id).where(Grant.object_kind == PROJECT, subject_is(access.caller))
    query = sa.select(Project).where(sa.or_(Project.owner_id == access.principal_id, Project.id.in_(granted)))
    if cursor is not None:
        name, key = read_cursor(cursor)
        query = query.where(sa.or_(Project.name > name, sa.and_(Project.name == name, Project.id > key)))
    with access.services.database.reading() as session:
        rows = session.scalars(query.order_by(Project.name, Project.id).limit(limit + 1)).all()
        items = project_records(session, access.caller, rows[:limit])
    more = write_cursor(items[-1].name, items[-1].id) if len(rows) > limit else None
    return Page[ProjectRecord](items=items, next=more)


@router.post("", status_code=201, responses=responses(401, 403, 409, 413, 422))
def create_project(new: NewProject, access: Admitted, idempotency_key: IdempotencyKey = "") -> ProjectRecord:
    """Make a project that the caller owns."""

    def create(session: Session) -> ProjectRecord:
        row = Project(id=uuid.uuid4(), name=new.name, owner_id=access.principal_id)
        session.add(row)
        session.flush()
        return project_records(session, access.caller, [row])[0]

    try:
        made, is_new = once(access.services.database, access.principal_id, idempotency_key, new, ProjectRecord, create)
    except sa.exc.IntegrityError as error:
        raise RefusedError(409, "name-taken", "You have a project of that name already.") from error
    if is_new:
        access.record("project.create", PROJECT, made.id)
    return made


@router.get("/{project_id}", response_model=ProjectRecord, responses=responses(401, 403, 404))
def show_project(project_id: ProjectId, request: Request, access: Admitted) -> Response:
    """Show a project."""
    with access.services.database.reading() as session:
        (record,) = project_records(session, access.caller, [session.get_one(Project, project_id)])
    return reply(request, record)


@router.get("/{project_id}/grants", responses=responses(401, 403, 404))
def list_project_grants(project_id: ProjectId, access: Admitted) -> Grants:
    """List who works in a project; a role there is a role on each of its data sets."""
    with access.services.database.reading() as session:
        return sharing.grants_on(session, PROJECT, project_id)


@router.put("/{project_id}/grants/{subject_kind}/{subject_id}", responses=responses(401, 403, 404, 409, 413, 422))
def share_project(
    project_id: ProjectId, subject_kind: SubjectKind, subject_id: uuid.UUID, role: GrantRequest, access: Admitted
) -> Grants:
    """Give a person or a group a role in a project."""
    subject = (subject_kind, subject_id)
    with access.services.database.writing() as session:
        sharing.give(session, PROJECT, project_id, subject, role.role, access.principal_id)
        session.flush()
        grants = sharing.grants_on(session, PROJECT, project_id)
    access.record("share.grant", PROJECT, project_id, role=role.role, subject=str(subject_id))
    return grants


@router.delete(
    "/{project_id}/grants/{subject_kind}/{subject_id}", status_code=204, responses=responses(401, 403, 404, 422)
)
def unshare_project(
    project_id: ProjectId, subject_kind: SubjectKind, subject_id: uuid.UUID, access: Admitted
) -> Response:
    """Take the role of a person or a group in a project away."""
    with access.services.database.writing() as session:
        sharing.take(session, PROJECT, project_id, (subject_kind, subject_id))
    access.record("share.revoke", PROJECT, project_id, subject=str(subject_id))
    return Response(status_code=204)
