"""What a caller is towards an object: its owner, or what grants say."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.tables import DatasetRow, Grant, Project
from physforge.service.identity import Caller
from physforge.service.policy import OBJECT_ROLES, Role

DATASET, PROJECT, JOB = "dataset", "project", "job"

#: An object as far as rights are concerned: id, owner and project.
Owned = tuple[uuid.UUID, uuid.UUID, uuid.UUID]


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
    return role_on_owned(session, caller, DATASET, [(one.id, one.owner_id, one.project_id) for one in datasets])


def role_on_owned(session: Session, caller: Caller, kind: str, objects: Iterable[Owned]) -> Mapping[uuid.UUID, Role]:
    """Say what a caller is towards objects that have an owner and a project; grants on the project count too.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    caller : Caller
        Who calls.
    kind : {"dataset", "job"}
        Of the objects.
    objects : iterable of Owned
        Which.

    Returns
    -------
    mapping of uuid.UUID to Role
        Without those in which the caller is nobody.
    """
    several = list(objects)
    roles = {key: Role.OWNER for key, owner, _ in several if owner == caller.principal_id}
    # Nothing says more than that somebody is the owner.
    others = [one for one in several if one[0] not in roles]
    direct = granted(session, caller, kind, [key for key, _, _ in others])
    by_project = granted(session, caller, PROJECT, list({project for _, _, project in others}))
    for key, _, project in others:
        given = [role for role in (direct.get(key), by_project.get(project)) if role]
        if given:
            roles[key] = highest(given)
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
    return visible(caller, DATASET, DatasetRow)


def visible(caller: Caller, kind: str, table: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a caller may see a row that has an owner and a project.

    Parameters
    ----------
    caller : Caller
        Who calls.
    kind : {"dataset", "job"}
        Of the object.
    table : mapped class or columns
        With `id`, `owner_id` and `project_id`.

    Returns
    -------
    sqlalchemy.ColumnElement
        On `table`.
    """
    given = sa.select(Grant.object_id).where(subject_is(caller))
    return sa.or_(
        table.owner_id == caller.principal_id,
        table.id.in_(given.where(Grant.object_kind == kind)),
        table.project_id.in_(given.where(Grant.object_kind == PROJECT)),
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
