"""People and groups: found by their exact names for sharing, and administered."""

from __future__ import annotations

import uuid
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from physforge.database.principals import RETIRED, retire_principal
from physforge.database.tables import ApiKey, DatasetRow, Group, Principal
from physforge.database.tables.base import now
from physforge.service.guard import Admitted, GuardedRoute
from physforge.service.models import Directory, DirectoryEntry, GroupRecord, Page, Revoked, UserRecord
from physforge.service.pagination import Cursor, Limit, read_cursor, write_cursor
from physforge.service.policy import Role, Scope
from physforge.service.problems import RefusedError, not_found, responses
from physforge.service.quota import used_bytes

router = APIRouter(tags=["people"], route_class=GuardedRoute)


@router.get("/directory", responses=responses(401, 403, 422))
def directory(
    access: Admitted, name: Annotated[str, Query(min_length=1, max_length=255, description="Exactly so.")]
) -> Directory:
    """Find the person and the group of a name, to share with; nobody can list them."""
    wanted = name.replace("\0", "")
    with access.services.database.reading() as session:
        person = session.scalars(sa.select(Principal).where(Principal.hub_name == wanted)).one_or_none()
        group = session.scalars(sa.select(Group).where(Group.name == wanted)).one_or_none()
    entries = []
    if person is not None and not person.hub_name.startswith(RETIRED):
        entries.append(DirectoryEntry(kind="principal", id=person.id, name=person.hub_name))
    if group is not None:
        entries.append(DirectoryEntry(kind="group", id=group.id, name=group.name))
    return Directory(entries=entries)


@router.get("/groups", responses=responses(401, 403, 422))
def list_groups(access: Admitted, limit: Limit = 50, cursor: Cursor = None) -> Page[GroupRecord]:
    """List the groups to share with, by name: one's own; for administrators all of them."""
    caller = access.caller
    query = sa.select(Group)
    if Role.ADMIN not in caller.roles or Scope.ADMIN not in caller.scopes:
        query = query.where(Group.id.in_(caller.group_ids))
    if cursor is not None:
        query = query.where(Group.name > read_cursor(cursor)[0])
    with access.services.database.reading() as session:
        rows = session.scalars(query.order_by(Group.name).limit(limit + 1)).all()
    items = [GroupRecord(id=row.id, name=row.name) for row in rows[:limit]]
    more = write_cursor(items[-1].name, items[-1].id) if len(rows) > limit else None
    return Page[GroupRecord](items=items, next=more)


@router.get("/users", responses=responses(401, 403, 404, 422))
def list_users(access: Admitted, limit: Limit = 50, cursor: Cursor = None) -> Page[UserRecord]:
    """List everybody who has used the service, by name."""
    query = sa.select(Principal)
    if cursor is not None:
        query = query.where(Principal.hub_name > read_cursor(cursor)[0])
    with access.services.database.reading() as session:
        rows = session.scalars(query.order_by(Principal.hub_name).limit(limit + 1)).all()
        items = [_record(session, row) for row in rows[:limit]]
    more = write_cursor(items[-1].name, items[-1].id) if len(rows) > limit else None
    return Page[UserRecord](items=items, next=more)


@router.get("/users/{user_id}", responses=responses(401, 403, 404, 422))
def show_user(user_id: uuid.UUID, access: Admitted) -> UserRecord:
    """Show somebody: what they have, not what is in it."""
    with access.services.database.reading() as session:
        return _record(session, _find(session, user_id))


@router.delete("/users/{user_id}/keys", responses=responses(401, 403, 404, 422))
def revoke_keys(user_id: uuid.UUID, access: Admitted) -> Revoked:
    """Revoke all API keys of somebody."""
    with access.services.database.writing() as session:
        _find(session, user_id)
        query = sa.update(ApiKey).where(ApiKey.principal_id == user_id, ApiKey.revoked_at.is_(None))
        count = session.execute(query.values(revoked_at=now())).rowcount  # type: ignore[attr-defined]
    access.record("key.revoke", "principal", user_id, keys=count)
    return Revoked(keys=count)


@router.delete("/users/{user_id}", status_code=204, responses=responses(401, 403, 404, 409, 422))
def retire_user(user_id: uuid.UUID, access: Admitted) -> Response:
    """End the identity of an account that is gone, so that nobody who is given its name inherits it."""
    if user_id == access.caller.principal_id:
        raise RefusedError(409, "yourself", "You cannot end your own identity.")
    with access.services.database.writing(lock="principals") as session:
        retire_principal(session, _find(session, user_id))
    access.services.identities.forget()
    access.record("principal.retire", "principal", user_id)
    return Response(status_code=204)


def _find(session: Session, user_id: uuid.UUID) -> Principal:
    row = session.get(Principal, user_id)
    if row is None:
        raise not_found("user")
    return row


def _record(session: Session, row: Principal) -> UserRecord:
    datasets = sa.select(sa.func.count()).where(DatasetRow.owner_id == row.id, DatasetRow.removed_at.is_(None))
    keys = sa.select(sa.func.count()).where(
        ApiKey.principal_id == row.id, ApiKey.revoked_at.is_(None), ApiKey.expires_at > now()
    )
    return UserRecord(
        id=row.id,
        name=row.hub_name,
        created=row.created_at,
        datasets=session.scalar(datasets) or 0,
        used_bytes=used_bytes(session, row.id),
        keys=session.scalar(keys) or 0,
    )
