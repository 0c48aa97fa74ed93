"""Whose rows are seen: those of one owner in one project."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.database import Database
from physforge.database.tables import Principal, Project
from physforge.errors import DatabaseError


@dataclass(frozen=True)
class Scope:
    """An owner and a project, by their ids: rights attach to ids, never to names.

    Parameters
    ----------
    owner_id, project_id : uuid.UUID
        Of the principal and the project.
    """

    owner_id: uuid.UUID
    project_id: uuid.UUID


def enter_scope(database: Database, principal: str, project: str) -> Scope:
    """Return the ids of a principal and a project of theirs, entering those that are new.

    Parameters
    ----------
    database : Database
        Where they are kept.
    principal : str
        Name at the hub, or ``"local"``.
    project : str
        Name of a project of theirs.

    Returns
    -------
    Scope
        Both ids.

    Raises
    ------
    DatabaseError
        If the project cannot be made.
    """
    with database.reading() as session:
        found = _find(session, principal, project)
    if found is not None:
        return found
    with database.writing(lock="principals") as session:
        owner = session.scalars(sa.select(Principal).where(Principal.hub_name == principal)).one_or_none()
        if owner is None:
            owner = Principal(hub_name=principal)
            session.add(owner)
            session.flush()
        found = _find(session, principal, project)
        if found is None:
            session.add(Project(name=project, owner_id=owner.id))
            session.flush()
            found = _find(session, principal, project)
        if found is None:
            raise DatabaseError(f"The project {project!r} cannot be made.")
        return found


def _find(session: Session, principal: str, project: str) -> Scope | None:
    query = (
        sa.select(Principal.id, Project.id)
        .join(Project, Project.owner_id == Principal.id)
        .where(Principal.hub_name == principal, Project.name == project)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else Scope(*row)
