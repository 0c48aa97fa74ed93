"""Principals by accounts and by the names that the hub gives them: found, entered, and retired."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.database import Database
from physforge.database.tables import METADATA, ApiKey, Group, Membership, NoticeSetting, Principal, Project
from physforge.database.tables.base import now
from physforge.database.tables.identity import DEFAULT_PROJECT, LOCAL_PRINCIPAL

#: Begins the name of a principal whose account is gone; no account can be called so.
RETIRED = "deleted:"


@dataclass(frozen=True)
class Entered:
    """Who somebody with an account is here.

    Parameters
    ----------
    id : uuid.UUID or None
        Of the principal, which is the account's; None for an account whose principal
        was retired, which nobody can use any more.
    before : uuid.UUID or None, default None
        The id that the same person had here until now.
    displaced : uuid.UUID or None, default None
        Somebody else, who had the name until now, and is retired.
    """

    id: uuid.UUID | None
    before: uuid.UUID | None = None
    displaced: uuid.UUID | None = None


def enter_account(database: Database, name: str, account_id: uuid.UUID, *, is_local: bool = False) -> Entered:
    """Return the principal of an account, entering one that is new with a project of its own.

    Parameters
    ----------
    database : Database
        Where principals are kept.
    name : str
        As the hub says it now.
    account_id : uuid.UUID
        Of the account.
    is_local : bool, default False
        Whether it is the one account of a single-user workbench, whose data are those of
        the local mode: it is called ``"local"`` here, whatever its name.

    Returns
    -------
    Entered
        Whoever was entered by name only, before accounts had ids here, gets the account's
        id, with all that is theirs. If the name is one of another account, that one is
        retired: nothing of it is inherited. The local principal is never retired.
    """
    name = LOCAL_PRINCIPAL if is_local else name
    with database.reading() as session:
        found = session.scalar(sa.select(Principal.hub_name).where(Principal.id == account_id))
    if found == name:
        return Entered(account_id)
    with database.writing(lock="principals") as session:
        own = session.get(Principal, account_id)
        if own is not None and own.hub_name.startswith(RETIRED):
            return Entered(None)
        named = session.scalars(sa.select(Principal).where(Principal.hub_name == name)).one_or_none()
        if named is not None and named is not own:
            return _settle_name(session, own, named, account_id, is_local=is_local)
        if own is not None:
            own.hub_name = name
        else:
            _add(session, Principal(id=account_id, hub_name=name, is_account=True))
        return Entered(account_id)


def _settle_name(
    session: Session, own: Principal | None, named: Principal, account_id: uuid.UUID, *, is_local: bool
) -> Entered:
    """Decide between an account and the principal that has its name, with another id."""
    if own is None and (is_local or not named.is_account):
        before = named.id
        _change_id(session, named, account_id)
        return Entered(account_id, before=before)
    if is_local:
        return Entered(named.id)
    name = named.hub_name
    retire_principal(session, named)
    session.flush()
    if own is not None:
        own.hub_name = name
    else:
        _add(session, Principal(id=account_id, hub_name=name, is_account=True))
    return Entered(account_id, displaced=named.id)


def _change_id(session: Session, principal: Principal, new: uuid.UUID) -> None:
    """Give a principal another id, in every table that mentions it."""
    old, name, created = principal.id, principal.hub_name, principal.created_at
    session.expunge(principal)
    table = METADATA.tables[Principal.__tablename__]
    session.execute(sa.update(table).where(table.c.id == old).values(hub_name=f"{RETIRED}{old}"))
    session.execute(sa.insert(table).values(id=new, hub_name=name, created_at=created, is_account=True))
    for other in METADATA.tables.values():
        for key in other.foreign_keys:
            if key.column is table.c.id:
                session.execute(sa.update(other).where(key.parent == old).values({key.parent.name: new}))
    session.execute(sa.delete(table).where(table.c.id == old))


def _add(session: Session, owner: Principal) -> uuid.UUID:
    session.add(owner)
    session.flush()
    session.add(Project(name=DEFAULT_PROJECT, owner_id=owner.id))
    return owner.id


def enter_principal(database: Database, hub_name: str) -> uuid.UUID:
    """Return the id of a principal by name, entering one that is new with a project of its own.

    Parameters
    ----------
    database : Database
        Where principals are kept.
    hub_name : str
        As a hub says it that has no ids of accounts.

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
        return _add(session, Principal(hub_name=hub_name)) if found is None else found


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
    session.execute(sa.delete(NoticeSetting).where(NoticeSetting.principal_id == principal.id))
    ended = sa.update(ApiKey).where(ApiKey.principal_id == principal.id, ApiKey.revoked_at.is_(None))
    session.execute(ended.values(revoked_at=now()))
