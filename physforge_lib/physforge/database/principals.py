"""Principals by the names that the hub gives them: found, entered, and retired."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.database import Database
from physforge.database.tables import ApiKey, Group, Membership, Principal, Project
from physforge.database.tables.base import now
from physforge.database.tables.identity import DEFAULT_PROJECT

#: Begins the name of a principal whose account is gone; no account can be called so.
RETIRED = "deleted:"


def enter_principal(database: Database, hub_name: str) -> uuid.UUID:
    """Return the id of a principal, entering one that is new with a project of its own.

    Parameters
    ----------
    database : Database
        Where principals are kept.
    hub_name : str
        As the hub says it.

    Returns
    -------
    uuid.UUID
        The same as long as the account exists.
    """
    query = sa.select(Principal.id).where(Principal.hub_name == hub_name)
    with database.reading() as session:
        found = session.scalar(query)
    if found is not None:
        return found
    with database.writing(lock="principals") as session:
        found = session.scalar(query)
        if found is None:
            owner = Principal(hub_name=hub_name)
            session.add(owner)
            session.flush()
            session.add(Project(name=DEFAULT_PROJECT, owner_id=owner.id))
            found = owner.id
        return found


def enter_groups(database: Database, principal_id: uuid.UUID, names: Iterable[str]) -> frozenset[uuid.UUID]:
    """Make a principal a member of exactly these groups.

    Parameters
    ----------
    database : Database
        Where groups are kept.
    principal_id : uuid.UUID
        Whose memberships are set.
    names : iterable of str
        As the hub says them; groups that are new are entered.

    Returns
    -------
    frozenset of uuid.UUID
        The groups' ids.
    """
    wanted = frozenset(names)
    query = (
        sa.select(Group.name, Group.id)
        .join(Membership, Membership.group_id == Group.id)
        .where(Membership.principal_id == principal_id)
    )
    with database.reading() as session:
        present = dict(session.execute(query).all())
    if set(present) == wanted:
        return frozenset(present.values())
    with database.writing(lock="principals") as session:
        known = dict(session.execute(sa.select(Group.name, Group.id).where(Group.name.in_(wanted))).all())
        for name in wanted - set(known):
            group = Group(name=name)
            session.add(group)
            session.flush()
            known[name] = group.id
        session.execute(sa.delete(Membership).where(Membership.principal_id == principal_id))
        session.add_all(Membership(group_id=group_id, principal_id=principal_id) for group_id in known.values())
    return frozenset(known.values())


def retire_principal(session: Session, principal: Principal) -> None:
    """Take the name of an account that is gone off its principal, and end its keys.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Of a writing transaction.
    principal : Principal
        Whose account is gone. What it owns stays; somebody who is given the name
        anew becomes another principal, and has no right to it.
    """
    principal.hub_name = f"{RETIRED}{principal.id}"
    session.execute(sa.delete(Membership).where(Membership.principal_id == principal.id))
    ended = sa.update(ApiKey).where(ApiKey.principal_id == principal.id, ApiKey.revoked_at.is_(None))
    session.execute(ended.values(revoked_at=now()))
