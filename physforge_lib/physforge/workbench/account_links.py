"""Links that set a password once: invitations, and resets that an admin gives out."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.errors import AccountError
from physforge.workbench.account_names import normalise_name, refuse_odd_name
from physforge.workbench.account_records import (
    Account,
    Link,
    account_of,
    existing_row,
    hash_token,
    refuse_odd_groups,
    row_of,
)
from physforge.workbench.account_tables import AccountRow, LinkKind, LinkRow
from physforge.workbench.accounts import Accounts
from physforge.workbench.passwords import hash_password, refuse_weak

INVITATION_HOURS = 72.0
RESET_HOURS = 24.0
_LONGEST_HOURS = 24.0 * 31

#: No token is longer; a longer text is not even hashed.
_LONGEST_TOKEN = 128

_SPENT = "This link is not valid, or not any more: it works once, and for a limited time. Ask for a new one."


class AccountLinks:
    """Makes and takes back links that set a password.

    Parameters
    ----------
    accounts : Accounts
        Whose.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def invite(
        self,
        name: str,
        *,
        admin: bool = False,
        auditor: bool = False,
        groups: Sequence[str] = (),
        hours: float = INVITATION_HOURS,
    ) -> Link:
        """Make an account that is waiting for its owner, and the link to hand over.

        Parameters
        ----------
        name : str
            As typed; it is normalised first.
        admin, auditor : bool, default False
            Roles of the account.
        groups : sequence of str, default ()
            Groups at the hub.
        hours : float, default 72
            For how long the link works. Inviting again makes an earlier link void.

        Returns
        -------
        Link
            It exists in clear here only.

        Raises
        ------
        SettingsError
            If the name, or a group's, cannot be one.
        AccountError
            If the name is taken, whatever its capitals and width.
        """
        name = normalise_name(name)
        refuse_odd_name(name)
        refuse_odd_groups(groups)
        with self._accounts.writing() as session:
            row = row_of(session, name)
            if row is None:
                row = AccountRow(name=name, state="invited", created_at=self._accounts.now())
                session.add(row)
            elif row.state != "invited":
                raise AccountError(f"The name {name!r} is taken by an account that is {row.state}.")
            row.admin, row.auditor, row.groups = admin, auditor, sorted(set(groups))
            session.flush()
            return self._new(session, row, "invite", hours)

    def reset(self, name: str, *, hours: float = RESET_HOURS) -> Link:
        """Make a link with which an account's owner sets a new password.

        Parameters
        ----------
        name : str
            Account name.
        hours : float, default 24
            For how long the link works. A new one makes earlier ones void. The
            present password stays good until the link is used.

        Returns
        -------
        Link
            It exists in clear here only.

        Raises
        ------
        UnknownAccountError
            If nobody is called so.
        AccountError
            If the account is not active.
        """
        with self._accounts.writing() as session:
            row = existing_row(session, name)
            if row.state != "active":
                raise AccountError(f"The account {row.name!r} is {row.state}; only an active one gets a reset link.")
            return self._new(session, row, "reset", hours)

    def owner(self, token: str) -> Account | None:
        """Return whose link a token is of, without using it up.

        Parameters
        ----------
        token : str
            From the link.

        Returns
        -------
        Account or None
            None where the link would be refused.
        """
        if not self._accounts.exist() or len(token) > _LONGEST_TOKEN:
            return None
        with self._accounts.reading() as session:
            row = self._usable(session, token)
            return None if row is None else account_of(row)

    def use(self, token: str, password: str) -> Account:
        """Set the password that a link is for.

        Parameters
        ----------
        token : str
            From the link; it works once, however many ask at the same moment.
        password : str
            The new password. A weak one does not use the link up.

        Returns
        -------
        Account
            Active from now on.

        Raises
        ------
        AccountError
            If the link is unknown, used, void or too old, or the password is weak.
        """
        owner = self.owner(token)
        if owner is None:
            raise AccountError(_SPENT)
        refuse_weak(password, owner.name)
        hashed = hash_password(password)
        with self._accounts.writing() as session:
            row = self._usable(session, token)
            if row is None:
                raise AccountError(_SPENT)
            row.state = "active"
            self._accounts.store_password(session, row, hashed)
            return account_of(row)

    def _new(self, session: Session, row: AccountRow, kind: LinkKind, hours: float) -> Link:
        if not (math.isfinite(hours) and 0 < hours <= _LONGEST_HOURS):
            raise AccountError(f"A link cannot work for {hours:g} hours; give up to {_LONGEST_HOURS:.0f}.")
        session.execute(sa.delete(LinkRow).where(LinkRow.account_id == row.id))
        token = secrets.token_urlsafe(32)
        expires = self._accounts.now() + timedelta(hours=hours)
        session.add(LinkRow(token_hash=hash_token(token), account_id=row.id, kind=kind, expires_at=expires))
        return Link(account_of(row), kind, token, expires)

    def _usable(self, session: Session, token: str) -> AccountRow | None:
        return session.scalar(
            sa.select(AccountRow)
            .join(LinkRow, AccountRow.id == LinkRow.account_id)
            .where(
                LinkRow.token_hash == hash_token(token),
                LinkRow.used_at.is_(None),
                LinkRow.expires_at > self._accounts.now(),
                AccountRow.state.in_(("invited", "active")),
            )
        )
