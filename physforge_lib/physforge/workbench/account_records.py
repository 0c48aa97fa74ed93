"""An account as the rest of the workbench sees it, and the rows behind it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.errors import AccountError, UnknownAccountError
from physforge.workbench.account_names import normalise_name, refuse_odd_name
from physforge.workbench.account_tables import AccountRow, LinkKind, LinkRow, State

#: The group whose members may read the event log. Only this workbench puts anybody into it.
AUDITORS = "auditors"

#: The group of all who may come in; something shown to it is shown to every user.
EVERYONE = "everyone"


@dataclass(frozen=True)
class Account:
    """What may be known of an account; nothing of its password.

    Parameters
    ----------
    id : uuid.UUID
        Stays the same for ever, and is never used again.
    name : str
        Normalised; stays taken after a deletion.
    state : {"invited", "requested", "active", "disabled", "deleted"}
        Only ``"active"`` may come in.
    admin, auditor : bool
        Roles.
    groups : tuple of str
        Other groups at the hub.
    note : str
        What somebody wrote who asked for an account.
    created_at : datetime.datetime
        In UTC.
    password_changed_at : datetime.datetime or None
        None while there is no password.
    """

    id: uuid.UUID
    name: str
    state: State
    admin: bool
    auditor: bool
    groups: tuple[str, ...]
    note: str
    created_at: datetime
    password_changed_at: datetime | None


@dataclass(frozen=True)
class Link:
    """A link that sets a password once.

    Parameters
    ----------
    account : Account
        Whose.
    kind : {"invite", "reset"}
        What it is for.
    token : str
        43 letters; this is the one time that it exists in clear.
    expires_at : datetime.datetime
        In UTC.
    """

    account: Account
    kind: LinkKind
    token: str = field(repr=False)
    expires_at: datetime


def account_of(row: AccountRow) -> Account:
    """Return what a row says.

    Parameters
    ----------
    row : AccountRow
        From an open session.

    Returns
    -------
    Account
        Usable after the session's end.
    """
    return Account(
        id=row.id,
        name=row.name,
        state=row.state,
        admin=row.admin,
        auditor=row.auditor,
        groups=tuple(row.groups),
        note=row.note,
        created_at=row.created_at,
        password_changed_at=row.password_changed_at,
    )


def row_of(session: Session, name: str) -> AccountRow | None:
    """Return the row of the account called `name`, deleted or not.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    name : str
        Normalised name.

    Returns
    -------
    AccountRow or None
        None if nobody is called so.
    """
    return session.scalar(sa.select(AccountRow).where(AccountRow.name == name))


def existing_row(session: Session, name: str) -> AccountRow:
    """Return the row of an account that is not deleted.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    name : str
        As typed.

    Returns
    -------
    AccountRow
        Of the account.

    Raises
    ------
    UnknownAccountError
        If nobody is called so, or not any more.
    """
    row = row_of(session, normalise_name(name))
    if row is None or row.state == "deleted":
        raise UnknownAccountError(f"There is no account {name[:40]!r}; physforge account list shows those there are.")
    return row


def refuse_last_admin(session: Session, row: AccountRow) -> None:
    """Make sure that somebody is left to administer the workbench.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open, with the writers' lock.
    row : AccountRow
        Of the account that is about to go.

    Raises
    ------
    AccountError
        If it is the only active admin.
    """
    others = sa.select(AccountRow.id).where(AccountRow.admin, AccountRow.state == "active", AccountRow.id != row.id)
    if row.admin and row.state == "active" and session.scalar(others.limit(1)) is None:
        raise AccountError(
            f"{row.name!r} is the last admin; make another one first (physforge account change NAME --admin)."
        )


def refuse_odd_groups(groups: Sequence[str]) -> None:
    """Make sure that groups can be some.

    Parameters
    ----------
    groups : sequence of str
        Proposed names.

    Raises
    ------
    SettingsError
        If one is made of other signs than names are.
    AccountError
        If one is a role, which is given otherwise, or that of everybody.
    """
    for group in groups:
        refuse_odd_name(group)
        if group == AUDITORS:
            raise AccountError(f"The group {AUDITORS!r} is a role; give it with --auditor.")
        if group == EVERYONE:
            raise AccountError(f"Everybody is in the group {EVERYONE!r} already; name another.")


def void_links(session: Session, row: AccountRow, moment: datetime) -> None:
    """Make an account's unused links worthless.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open, with the writers' lock.
    row : AccountRow
        Of the account.
    moment : datetime.datetime
        Now.
    """
    unused = sa.update(LinkRow).where(LinkRow.account_id == row.id, LinkRow.used_at.is_(None))
    session.execute(unused.values(used_at=moment))


def hash_token(token: str) -> str:
    """Return what is stored of a link's token.

    Parameters
    ----------
    token : str
        Of 256 random bits: a plain hash cannot be turned back.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
