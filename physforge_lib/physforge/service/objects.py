"""What a caller is towards the object that a path names."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.tables import ApiKey, DatasetRow, Project, UploadRow, VersionRow
from physforge.service.identity import Caller
from physforge.service.jobs.rights import job_facts, role_of_worker, role_on_jobs
from physforge.service.policy import Role
from physforge.service.problems import not_found
from physforge.service.rights import role_on_datasets, role_on_projects

#: Kind of an object -> its name in a sentence.
NAMES = {
    "dataset": "data set",
    "version": "version",
    "project": "project",
    "upload": "upload",
    "key": "API key",
    "job": "job",
}


def find_object(session: Session, caller: Caller, kind: str, text: str, number: str | None = None) -> Role | None:
    """Say what a caller is towards the object that a path names.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    caller : Caller
        Who calls.
    kind : {"dataset", "version", "project", "upload", "key", "job"}
        Of the object.
    text : str
        From the path: its id, or anything.
    number : str, optional
        Of a version of it, where the path has one.

    Returns
    -------
    Role or None
        None towards the objects of others.

    Raises
    ------
    RefusedError
        404 if there is no such object.
    """
    try:
        key = uuid.UUID(text)
    except ValueError:
        raise not_found(NAMES[kind]) from None
    if caller.job_id is not None:
        return role_of_worker(session, caller, kind, key, number)
    if kind == "job":
        return _role_on_job(session, caller, key)
    if kind in ("dataset", "version"):
        version = session.get(VersionRow, key) if kind == "version" else None
        dataset = session.get(DatasetRow, version.dataset_id if version else key)
        if dataset is None or dataset.purged_at is not None or (kind == "version") != (version is not None):
            raise not_found(NAMES[kind])
        role = role_on_datasets(session, caller, [dataset]).get(dataset.id)
        # What is in the trash is its owner's business.
        return role if dataset.removed_at is None or role is Role.OWNER else None
    if kind == "project":
        project = session.get(Project, key)
        if project is None:
            raise not_found(NAMES[kind])
        return role_on_projects(session, caller, [project]).get(key)
    owner = _owner_of(session, kind, key)
    if owner is None:
        raise not_found(NAMES[kind])
    return Role.OWNER if owner == caller.principal_id else None


def _owner_of(session: Session, kind: str, key: uuid.UUID) -> uuid.UUID | None:
    if kind == "upload":
        return session.scalar(sa.select(UploadRow.sender_id).where(UploadRow.id == key))
    return session.scalar(sa.select(ApiKey.principal_id).where(ApiKey.id == key, ApiKey.revoked_at.is_(None)))


def _role_on_job(session: Session, caller: Caller, key: uuid.UUID) -> Role | None:
    found = job_facts(session, [key])
    if not found:
        raise not_found(NAMES["job"])
    return role_on_jobs(session, caller, found).get(key)
