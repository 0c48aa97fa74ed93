"""What a caller is towards an object: its owner, or what grants say."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.tables import DatasetRow, Grant, Project
from physforge.service.identity import Caller
from physforge.service.policy import OBJECT_ROLES, Role

DATASET, PROJECT, JOB = "dataset", "project", "job"


def subject_is(caller: Caller) -> sa.ColumnElement[bool]:
    """Return the condition that a grant is given to a caller, or to a group of theirs.

    Parameters
    ----------
    caller : Caller
        Who calls.

    Returns
    -------
    sqlalchemy.ColumnElement
        On `Grant`.
    """
    is_person = Grant.principal_id == caller.subject
    return sa.or_(is_person, Grant.group_id.in_(caller.group_ids)) if caller.group_ids else is_person


def role_on_projects(session: Session, caller: Caller, projects: Iterable[Project]) -> Mapping[uuid.UUID, Role]:
    """Say what a caller is towards projects.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    caller : Caller
        Who calls.
    projects : iterable of Project
        Which.

    Returns
    -------
    mapping of uuid.UUID to Role
        Without those in which the caller is nobody.
    """
    several = list(projects)
    roles = granted(session, caller, PROJECT, [one.id for one in several])
    return roles | {one.id: Role.OWNER for one in several if one.owner_id == caller.principal_id}


def role_on_datasets(session: Session, caller: Caller, datasets: Iterable[DatasetRow]) -> Mapping[uuid.UUID, Role]:
    """Say what a caller is towards data sets: what is granted on their projects counts too.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    caller : Caller
        Who calls.
    datasets : iterable of DatasetRow
        Which.

    Returns
    -------
    mapping of uuid.UUID to Role
        Without those in which the caller is nobody.
    """
    several = list(datasets)
    direct = granted(session, caller, DATASET, [one.id for one in several])
    by_project = granted(session, caller, PROJECT, list({one.project_id for one in several}))
    roles: dict[uuid.UUID, Role] = {}
    for one in several:
        given = [role for role in (direct.get(one.id), by_project.get(one.project_id)) if role]
        if one.owner_id == caller.principal_id:
            given.append(Role.OWNER)
        if given:
            roles[one.id] = highest(given)
    return roles


def visible_datasets(caller: Caller) -> sa.ColumnElement[bool]:
    """Return the condition that a caller may see a data set.

    Parameters
    ----------
    caller : Caller
        Who calls.

    Returns
    -------
    sqlalchemy.ColumnElement
        On `DatasetRow`; the trash is not thought of.
    """
    granted = sa.select(Grant.object_id).where(subject_is(caller))
    return sa.or_(
        DatasetRow.owner_id == caller.principal_id,
        DatasetRow.id.in_(granted.where(Grant.object_kind == DATASET)),
        DatasetRow.project_id.in_(granted.where(Grant.object_kind == PROJECT)),
    )


def highest(roles: Iterable[Role]) -> Role:
    """Return the role that allows most.

    Parameters
    ----------
    roles : iterable of Role
        Of one object; at least one.

    Returns
    -------
    Role
        Of `OBJECT_ROLES`.
    """
    return max(roles, key=OBJECT_ROLES.index)


def granted(session: Session, caller: Caller, kind: str, ids: list[uuid.UUID]) -> dict[uuid.UUID, Role]:
    """Return the roles that grants give a caller.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    caller : Caller
        Who calls.
    kind : {"dataset", "project", "job"}
        Of the objects.
    ids : list of uuid.UUID
        Which.

    Returns
    -------
    dict of uuid.UUID to Role
        Without those on which nothing is granted.
    """
    if not ids or caller.principal_id is None:
        return {}
    query = sa.select(Grant.object_id, Grant.role).where(
        Grant.object_kind == kind, Grant.object_id.in_(ids), subject_is(caller)
    )
    roles: dict[uuid.UUID, Role] = {}
    for key, text in session.execute(query):
        role = Role(text)
        roles[key] = highest([role, roles.get(key, role)])
    return roles
