"""Give and take roles on objects."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.tables import DatasetRow, Grant, Group, JobRow, Principal, Project
from physforge.service.models import GrantRecord, Grants
from physforge.service.problems import RefusedError, not_found


def grants_on(session: Session, kind: str, object_id: uuid.UUID) -> Grants:
    """List the grants on an object.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    kind : {"dataset", "project", "job"}
        Of the object.
    object_id : uuid.UUID
        Which.

    Returns
    -------
    Grants
        By the names of those who have them.
    """
    query = (
        sa.select(Grant, Principal.hub_name, Group.name)
        .outerjoin(Principal, Principal.id == Grant.principal_id)
        .outerjoin(Group, Group.id == Grant.group_id)
        .where(Grant.object_kind == kind, Grant.object_id == object_id)
    )
    records = [
        GrantRecord.model_validate(
            {
                "subject_kind": "group" if grant.group_id else "principal",
                "subject_id": grant.group_id or grant.principal_id,
                "subject": person or group,
                "role": grant.role,
                "granted_by": grant.granted_by,
                "created": grant.created_at,
            }
        )
        for grant, person, group in session.execute(query)
    ]
    return Grants(owner_id=_owner(session, kind, object_id), grants=sorted(records, key=lambda one: one.subject))


def give(
    session: Session, kind: str, object_id: uuid.UUID, subject: tuple[str, uuid.UUID], role: str, by: uuid.UUID
) -> None:
    """Give somebody a role on an object, instead of the one that they had.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Of a writing transaction.
    kind : {"dataset", "project", "job"}
        Of the object.
    object_id : uuid.UUID
        Which.
    subject : tuple of (str, uuid.UUID)
        ``"principal"`` or ``"group"``, and the id.
    role : {"viewer", "collaborator", "owner"}
        What they may do.
    by : uuid.UUID
        Who gives it.

    Raises
    ------
    RefusedError
        404 if there is no such person or group; 409 if they own the object anyway.
    """
    subject_kind, subject_id = subject
    table = Principal if subject_kind == "principal" else Group
    if session.get(table, subject_id) is None:
        raise not_found("person" if subject_kind == "principal" else "group")
    if subject_id == _owner(session, kind, object_id):
        raise RefusedError(409, "is-owner", "This person owns it, and needs no grant.")
    session.execute(_of(kind, object_id, subject))
    column = "principal_id" if subject_kind == "principal" else "group_id"
    session.add(Grant(object_kind=kind, object_id=object_id, role=role, granted_by=by, **{column: subject_id}))


def take(session: Session, kind: str, object_id: uuid.UUID, subject: tuple[str, uuid.UUID]) -> None:
    """Take somebody's role on an object away.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Of a writing transaction.
    kind : {"dataset", "project", "job"}
        Of the object.
    object_id : uuid.UUID
        Which.
    subject : tuple of (str, uuid.UUID)
        ``"principal"`` or ``"group"``, and the id.

    Raises
    ------
    RefusedError
        404 if they had none.
    """
    taken = session.execute(_of(kind, object_id, subject))
    if taken.rowcount == 0:  # type: ignore[attr-defined]
        raise not_found("grant")


def _of(kind: str, object_id: uuid.UUID, subject: tuple[str, uuid.UUID]) -> sa.Delete:
    subject_kind, subject_id = subject
    column = Grant.principal_id if subject_kind == "principal" else Grant.group_id
    return sa.delete(Grant).where(Grant.object_kind == kind, Grant.object_id == object_id, column == subject_id)


def _owner(session: Session, kind: str, object_id: uuid.UUID) -> uuid.UUID:
    tables: dict[str, type[DatasetRow | Project | JobRow]] = {"dataset": DatasetRow, "project": Project, "job": JobRow}
    table = tables[kind]
    owner: uuid.UUID | None = session.scalar(sa.select(table.owner_id).where(table.id == object_id))
    if owner is None:
        raise not_found(kind)
    return owner
