"""What a caller is towards a job: its owner, what grants say, or who holds a token for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.tables import DatasetRow, VersionRow
from physforge.datasets.store.names import as_id
from physforge.jobs import FINAL, JobRecord
from physforge.jobs.sql.rows import JOBS, record_of
from physforge.service.identity import Caller
from physforge.service.policy import COLLABORATORS, Role
from physforge.service.rights import JOB, Owned, role_on_datasets, role_on_owned, visible


def job_facts(session: Session, ids: Iterable[uuid.UUID]) -> list[Owned]:
    """Return what rights on jobs depend on.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    ids : iterable of uuid.UUID
        Of jobs.

    Returns
    -------
    list of Owned
        Of those that exist.
    """
    query = sa.select(JOBS.c.id, JOBS.c.owner_id, JOBS.c.project_id).where(JOBS.c.id.in_(list(ids)))
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def role_on_jobs(session: Session, caller: Caller, jobs: Iterable[Owned]) -> Mapping[uuid.UUID, Role]:
    """Say what a caller is towards jobs: what is granted on their projects counts too.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    caller : Caller
        Who calls.
    jobs : iterable of Owned
        Which.

    Returns
    -------
    mapping of uuid.UUID to Role
        Without those in which the caller is nobody.
    """
    return role_on_owned(session, caller, JOB, jobs)


def visible_jobs(caller: Caller) -> sa.ColumnElement[bool]:
    """Return the condition that a caller may see a job.

    Parameters
    ----------
    caller : Caller
        Who calls.

    Returns
    -------
    sqlalchemy.ColumnElement
        On `JOBS`.
    """
    return visible(caller, JOB, JOBS.c)


def role_of_worker(session: Session, caller: Caller, kind: str, key: uuid.UUID, number: str | None) -> Role | None:
    """Say what whoever holds the token of a job is towards an object.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    caller : Caller
        With a job's token.
    kind : str
        Of the object.
    key : uuid.UUID
        Its id.
    number : str or None
        Of a version, where the path has one.

    Returns
    -------
    Role or None
        Worker towards the job itself, reader towards what it reads as long as it has not
        ended, and as long as whoever made the token has the right to it.
    """
    row = session.execute(sa.select(JOBS).where(JOBS.c.id == caller.job_id)).one_or_none()
    facts = [] if row is None else [(row.id, row.owner_id, row.project_id)]
    if row is None or role_on_jobs(session, caller, facts).get(row.id) not in COLLABORATORS:
        return None
    if kind == "job" and key == row.id:
        return Role.WORKER
    own = record_of(row)
    if own.state in FINAL:
        return None
    if kind == "job":
        is_read = str(key) in own.spec.needs
        seen = is_read and key in role_on_jobs(session, caller, job_facts(session, [key]))
        return Role.READER if seen else None
    if kind not in ("dataset", "version"):
        return None
    version = _version_read(session, own, kind, key, number)
    dataset = session.get(DatasetRow, version.dataset_id) if version else None
    if dataset is None or dataset.removed_at is not None or dataset.purged_at is not None:
        return None
    return Role.READER if dataset.id in role_on_datasets(session, caller, [dataset]) else None


def _version_read(session: Session, job: JobRecord, kind: str, key: uuid.UUID, number: str | None) -> VersionRow | None:
    """Return the version that a job reads, if it is what the path names."""
    for one in job.spec.inputs:
        version_id = as_id(one.reference)
        version = session.get(VersionRow, version_id) if one.what == "dataset" and version_id else None
        if version is None:
            continue
        is_named = (
            version.id == key if kind == "version" else version.dataset_id == key and str(version.number) == number
        )
        if is_named:
            return version
    return None
