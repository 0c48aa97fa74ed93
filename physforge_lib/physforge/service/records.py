"""Turn rows into what the REST API answers with."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.tables import DatasetRow, Principal, Project, VersionRow
from physforge.datasets.store import Version
from physforge.datasets.store.queries import as_datasets, as_versions
from physforge.service.identity import Caller
from physforge.service.models import DatasetRecord, ProjectRecord, VersionRecord
from physforge.service.rights import role_on_datasets, role_on_projects


def version_record(version: Version, layout: str) -> VersionRecord:
    """Return a version for an answer.

    Parameters
    ----------
    version : Version
        From the store.
    layout : {"file", "tree"}
        Of its bytes.

    Returns
    -------
    VersionRecord
        The same facts.
    """
    return VersionRecord.model_validate({**version.to_dict(), "layout": layout})


def version_records(session: Session, rows: Sequence[VersionRow], name: str) -> list[VersionRecord]:
    """Return versions of one data set for an answer.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    rows : sequence of VersionRow
        The versions.
    name : str
        Of the data set.

    Returns
    -------
    list of VersionRecord
        In the same order.
    """
    versions = as_versions(session, rows, {row.dataset_id: name for row in rows})
    return [version_record(version, row.layout) for version, row in zip(versions, rows, strict=True)]


def dataset_records(session: Session, caller: Caller, rows: Sequence[DatasetRow]) -> list[DatasetRecord]:
    """Return data sets for an answer.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    caller : Caller
        Whose roles are told.
    rows : sequence of DatasetRow
        That the caller may see.

    Returns
    -------
    list of DatasetRecord
        In the same order.
    """
    if not rows:
        return []
    roles = role_on_datasets(session, caller, rows)
    owners = _names(session, [row.owner_id for row in rows])
    heads = session.execute(
        sa.select(VersionRow.id, VersionRow.layout).where(VersionRow.id.in_([row.head_id for row in rows]))
    )
    layouts = dict(heads.all())
    return [
        DatasetRecord(
            id=row.id,
            name=row.name,
            project_id=row.project_id,
            owner_id=row.owner_id,
            owner=owners[row.owner_id],
            role=str(roles[row.id]) if row.id in roles else "other",
            versions=stored.versions,
            head=version_record(stored.head, layouts[row.head_id]),
            created=row.created_at,
            removed=row.removed_at,
        )
        for row, stored in zip(rows, as_datasets(session, rows), strict=True)
    ]


def project_records(session: Session, caller: Caller, rows: Sequence[Project]) -> list[ProjectRecord]:
    """Return projects for an answer.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    caller : Caller
        Whose roles are told.
    rows : sequence of Project
        That the caller may see.

    Returns
    -------
    list of ProjectRecord
        In the same order.
    """
    roles = role_on_projects(session, caller, rows)
    owners = _names(session, [row.owner_id for row in rows])
    return [
        ProjectRecord(
            id=row.id,
            name=row.name,
            owner_id=row.owner_id,
            owner=owners[row.owner_id],
            role=str(roles[row.id]),
            created=row.created_at,
        )
        for row in rows
    ]


def _names(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    found = session.execute(sa.select(Principal.id, Principal.hub_name).where(Principal.id.in_(set(ids))))
    return dict(found.all())
