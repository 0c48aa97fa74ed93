"""What belongs to the caller: quota, API keys, and everything that is kept about them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from physforge.database.tables import ApiKey, DatasetRow, Grant, Group, NoticeSetting, Principal, Project, VersionRow
from physforge.database.tables.base import now
from physforge.jobs.sql.rows import JOBS, record_of
from physforge.service.device_logins import check_room_for_key
from physforge.service.guard import Access, Admitted, GuardedRoute, takes_time
from physforge.service.idempotency import IdempotencyKey, once
from physforge.service.jobs.records import job_model
from physforge.service.jobs.usage import job_quotas
from physforge.service.keys import good_keys, make_key
from physforge.service.models import CreatedKey, Export, Key, Me, NewKey, Page, Quota
from physforge.service.policy import Role
from physforge.service.problems import not_found, responses
from physforge.service.quota import used_bytes
from physforge.service.records import version_records
from physforge.service.rights import subject_is

router = APIRouter(prefix="/me", tags=["me"], route_class=GuardedRoute)


@router.get("", responses=responses(401, 403))
def me(access: Admitted) -> Me:
    """Say who calls, and how much of the quota is used."""
    caller = access.caller
    with access.services.database.reading() as session:
        names = sa.select(Group.name).where(Group.id.in_(caller.group_ids)).order_by(Group.name)
        groups = session.scalars(names).all() if caller.group_ids else []
        used = used_bytes(session, access.principal_id)
        limits = access.services.settings.job_quotas
        project = access.services.default_project_of(access.principal_id)
        jobs = job_quotas(session, limits, access.principal_id, project)
    return Me.model_validate(
        {
            "id": access.principal_id,
            "name": caller.name,
            "roles": sorted(caller.roles),
            "groups": list(groups),
            "scopes": sorted(caller.scopes),
            "credential": caller.credential,
            "quota": Quota(used_bytes=used, limit_bytes=access.services.settings.quota_bytes),
            "jobs": jobs,
        }
    )


@router.get("/keys", responses=responses(401, 403))
def list_keys(access: Admitted) -> Page[Key]:
    """List the API keys that are good; the keys themselves are kept nowhere."""
    with access.services.database.reading() as session:
        rows = session.scalars(good_keys(access.principal_id).order_by(ApiKey.created_at)).all()
        return Page[Key](items=[_record(row) for row in rows])


@router.post("/keys", status_code=201, responses=responses(401, 403, 409, 413, 422))
def create_key(new: NewKey, access: Admitted, idempotency_key: IdempotencyKey = "") -> CreatedKey:
    """Make an API key, and show it this once."""

    def create(session: Session) -> CreatedKey:
        check_room_for_key(session, access.principal_id)
        key, digest = make_key()
        row = ApiKey(
            id=uuid.uuid4(),
            principal_id=access.principal_id,
            name=new.name,
            digest=digest,
            scopes=sorted(set(new.scopes)),
            created_at=now(),
            expires_at=now() + timedelta(days=new.expires_in_days),
        )
        session.add(row)
        session.flush()
        return CreatedKey(**_record(row).model_dump(), key=key)

    made, is_new = once(
        access.services.database, access.principal_id, idempotency_key, new, CreatedKey, create, _without_secret
    )
    if is_new:
        access.record("key.create", "key", made.id, scopes=made.scopes)
    return made


@router.delete("/keys/{key_id}", status_code=204, responses=responses(401, 403, 404))
def revoke_key(key_id: uuid.UUID, access: Admitted) -> Response:
    """Revoke an API key; it is refused from now on."""
    revoked = sa.update(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None)).values(revoked_at=now())
    with access.services.database.writing() as session:
        if session.execute(revoked).rowcount != 1:  # type: ignore[attr-defined]
            raise not_found("API key")
    access.record("key.revoke", "key", key_id)
    return Response(status_code=204)


@router.get("/export", responses=responses(401, 403))
@takes_time
def export(access: Admitted) -> Export:
    """Return everything that is kept about the caller; the bytes of data sets are downloaded one by one."""
    with access.services.database.reading() as session:
        return _export(session, access)


def _export(session: Session, access: Access) -> Export:
    mine = access.principal_id
    principal = session.get_one(Principal, mine)
    datasets = session.scalars(sa.select(DatasetRow).where(DatasetRow.owner_id == mine)).all()
    versions = []
    for dataset in datasets:
        rows = session.scalars(
            sa.select(VersionRow).where(VersionRow.dataset_id == dataset.id).order_by(VersionRow.number)
        ).all()
        versions += version_records(session, rows, dataset.name)
    return Export(
        id=principal.id,
        name=access.caller.name,
        created=principal.created_at,
        projects=_all(session, sa.select(Project).where(Project.owner_id == mine), "id", "name", "created_at"),
        datasets=[_facts(one, "id", "name", "project_id", "created_at", "removed_at", "purged_at") for one in datasets],
        versions=versions,
        jobs=[
            job_model(record_of(row), Role.OWNER).model_dump(mode="json", exclude={"role"})
            for row in session.execute(sa.select(JOBS).where(JOBS.c.owner_id == mine).order_by(JOBS.c.number))
        ],
        keys=[_record(row) for row in session.scalars(sa.select(ApiKey).where(ApiKey.principal_id == mine))],
        grants_given=_all(session, sa.select(Grant).where(Grant.granted_by == mine), *_GRANT),
        notices=_all(
            session,
            sa.select(NoticeSetting).where(NoticeSetting.principal_id == mine),
            "email",
            "webhook",
            "changed_at",
        ),
        grants_received=_all(session, sa.select(Grant).where(subject_is(access.caller)), *_GRANT),
    )


_GRANT = ("object_kind", "object_id", "principal_id", "group_id", "role", "granted_by", "created_at")


def _all(session: Session, query: sa.Select[Any], *names: str) -> list[dict[str, Any]]:
    return [_facts(row, *names) for row in session.scalars(query)]


def _facts(row: object, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _record(row: ApiKey) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        scopes=list(row.scopes),
        created=row.created_at,
        expires=row.expires_at,
        last_used=row.last_used_at,
    )


def _without_secret(made: CreatedKey) -> CreatedKey:
    return made.model_copy(update={"key": None})
