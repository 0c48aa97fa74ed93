"""The accounts of a workbench: who may come in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database import Database
from physforge.database.tables.base import now
from physforge.errors import AccountError
from physforge.workbench import account_database
from physforge.workbench.account_names import normalise_name, refuse_odd_name
from physforge.workbench.account_records import (
    Account,
    account_of,
    existing_row,
    refuse_last_admin,
    refuse_odd_groups,
    row_of,
    void_links,
)
from physforge.workbench.account_tables import AccountRow, LinkRow, State
from physforge.workbench.passwords import generate_password, hash_password, matches, refuse_weak

__all__ = ["Account", "Accounts", "generate_password", "refuse_odd_name"]

#: Requests that wait for approval; more are not taken, so that nobody can fill the disk with them.
MOST_REQUESTS = 200
_LONGEST_NOTE = 500


class Accounts:
    """The accounts of a workbench, for any number of processes at once.

    Parameters
    ----------
    address : pathlib.Path or str
        A SQLite file (0600; it need not exist yet, and reading never makes it), or the
        address of a PostgreSQL database.
    clock : callable, optional
        Returns the present moment in UTC.
    """

    def __init__(self, address: Path | str, *, clock: Callable[[], datetime] = now) -> None:
        self.address = address
        self.now = clock
        self._opened: Database | None = None
        self._opening = threading.Lock()

    def names(self) -> list[str]:
        """Return the names of those who may come in, now or once they have a password, the oldest first.

        Returns
        -------
        list of str
            Without the disabled and the deleted. The first is whoever started the
            workbench, while they are not among those.
        """
        return [one.name for one in self.all("invited", "requested", "active")]

    def all(self, *states: State) -> list[Account]:
        """Return the accounts in some states, the oldest first.

        Parameters
        ----------
        *states : str
            Which; none for all but the deleted ones.

        Returns
        -------
        list of Account
            Empty where there is no database yet.
        """
        chosen = AccountRow.state.in_(states) if states else AccountRow.state != "deleted"
        return self._chosen(chosen)

    def find(self, name: str) -> Account | None:
        """Return the account called `name`.

        Parameters
        ----------
        name : str
            Normalised name.

        Returns
        -------
        Account or None
            None if nobody is called so; a deleted account is found.
        """
        found = self._chosen(AccountRow.name == name)
        return found[0] if found else None

    def check(self, name: str, password: str) -> bool:
        """Tell whether `name` may come in with `password`.

        Parameters
        ----------
        name : str
            Account name; unknown ones cost the same time as known ones.
        password : str
            What was typed.

        Returns
        -------
        bool
            True only for an active account with this password.
        """
        stored, state = self._stored(name)
        # Whatever is known by now, the hash is computed: the time taken says nothing.
        return matches(stored, password) and state == "active"

    def set_password(self, name: str, password: str) -> Account:
        """Create the active account `name`, or give it a new password.

        Parameters
        ----------
        name : str
            Normalised account name.
        password : str
            In clear; only its hash is kept. It is not judged here.

        Returns
        -------
        Account
            The very first one is an admin.

        Raises
        ------
        SettingsError
            If the name is not one for an account (see `refuse_odd_name`).
        AccountError
            If the account is deleted.
        """
        refuse_odd_name(name)
        hashed = hash_password(password)
        with self.writing() as session:
            row = row_of(session, name)
            if row is None:
                first = session.scalar(sa.select(AccountRow.id).limit(1)) is None
                row = AccountRow(name=name, state="active", admin=first, created_at=self.now())
                session.add(row)
                session.flush()
            elif row.state == "deleted":
                raise AccountError(f"The account {name!r} was deleted, and its name is not given away again.")
            row.state = "active"
            self.store_password(session, row, hashed)
            return account_of(row)

    def change_password(self, name: str, current: str, new: str) -> Account:
        """Give an active account another password, for whoever knows the present one.

        Parameters
        ----------
        name : str
            Account name.
        current : str
            The password so far.
        new : str
            The one from now on.

        Returns
        -------
        Account
            Its sessions elsewhere are to end.

        Raises
        ------
        AccountError
            If `current` is wrong, or `new` is weak or the same.
        """
        before, state = self._stored(name)
        if not matches(before, current) or state != "active":
            raise AccountError("The current password is wrong.")
        if new == current:
            raise AccountError("The new password is the old one.")
        refuse_weak(new, name)
        hashed = hash_password(new)
        with self.writing() as session:
            row = existing_row(session, name)
            if row.state != "active" or row.password_hash != before:
                raise AccountError("The password was changed elsewhere just now; log in again.")
            self.store_password(session, row, hashed)
            return account_of(row)

    def request(self, name: str, password: str, note: str = "") -> Account | None:
        """Take down that somebody asks for an account.

        Parameters
        ----------
        name : str
            As typed; it is normalised first.
        password : str
            The one to log in with after approval.
        note : str, default ""
            Who that is, in own words; 500 characters are kept.

        Returns
        -------
        Account or None
            None if the name is taken or too many requests wait. Whoever asked is told
            the same in either case, or names could be found out here.

        Raises
        ------
        SettingsError
            If the name is not one for an account.
        AccountError
            If the password is weak.
        """
        name = normalise_name(name)
        refuse_odd_name(name)
        refuse_weak(password, name)
        hashed = hash_password(password)
        with self.writing() as session:
            waiting = sa.select(sa.func.count()).where(AccountRow.state == "requested")
            if row_of(session, name) is not None or (session.scalar(waiting) or 0) >= MOST_REQUESTS:
                return None
            row = AccountRow(name=name, state="requested", note=_one_line(note), created_at=self.now())
            session.add(row)
            session.flush()
            self.store_password(session, row, hashed)
            return account_of(row)

    def approve(self, name: str, *, admin: bool | None = None, auditor: bool | None = None) -> Account:
        """Let somebody in who asked for it, or who was disabled.

        Parameters
        ----------
        name : str
            Account name.
        admin, auditor : bool, optional
            New roles; by default they stay.

        Returns
        -------
        Account
            Active; or invited again, where it never had a password.

        Raises
        ------
        UnknownAccountError
            If nobody is called so.
        AccountError
            If the account is in another state.
        """
        with self.writing() as session:
            row = existing_row(session, name)
            if row.state not in ("requested", "disabled"):
                raise AccountError(
                    f"The account {row.name!r} is {row.state}; only one that is requested or disabled is approved."
                )
            row.state = "active" if row.password_hash else "invited"
            row.admin = row.admin if admin is None else admin
            row.auditor = row.auditor if auditor is None else auditor
            return account_of(row)

    def change(
        self, name: str, *, admin: bool | None = None, auditor: bool | None = None, groups: Sequence[str] | None = None
    ) -> Account:
        """Give somebody other roles or groups; the hub knows of them within seconds.

        Parameters
        ----------
        name : str
            Account name.
        admin, auditor : bool, optional
            New roles; by default they stay.
        groups : sequence of str, optional
            All groups of theirs from now on; by default they stay.

        Returns
        -------
        Account
            As it is now.

        Raises
        ------
        UnknownAccountError
            If nobody is called so.
        SettingsError
            If a group's name cannot be one.
        AccountError
            If the last active admin would be one no more, or a group is a role.
        """
        refuse_odd_groups(groups or ())
        with self.writing() as session:
            row = existing_row(session, name)
            if admin is False:
                refuse_last_admin(session, row)
            row.admin = row.admin if admin is None else admin
            row.auditor = row.auditor if auditor is None else auditor
            row.groups = row.groups if groups is None else sorted(set(groups))
            return account_of(row)

    def disable(self, name: str) -> Account:
        """Keep an account's owner out, and end what they have running; nothing is deleted.

        Parameters
        ----------
        name : str
            Account name.

        Returns
        -------
        Account
            Disabled.

        Raises
        ------
        UnknownAccountError
            If nobody is called so.
        AccountError
            If it is the last active admin.
        """
        with self.writing() as session:
            row = existing_row(session, name)
            refuse_last_admin(session, row)
            row.state, row.sign_out = "disabled", True
            void_links(session, row, self.now())
            return account_of(row)

    def join(self, name: str, external_id: str, *, admin: bool, auditor: bool) -> Account:
        """Know somebody who was let in by an identity provider.

        Parameters
        ----------
        name : str
            The normalised name that the provider gives.
        external_id : str
            Who that is at the provider, for ever: names may be given to others there.
        admin, auditor : bool
            Roles, by the provider's groups.

        Returns
        -------
        Account
            Made at the first time.

        Raises
        ------
        SettingsError
            If the name is not one for an account.
        AccountError
            If the name is somebody else's, or the account is disabled or deleted.
        """
        refuse_odd_name(name)
        with self.writing() as session:
            row = row_of(session, name)
            if row is None:
                row = AccountRow(name=name, state="active", external_id=external_id, created_at=self.now())
                session.add(row)
            elif row.external_id != external_id:
                raise AccountError(f"The name {name!r} belongs to somebody else here.")
            elif row.state != "active":
                raise AccountError(f"The account {name!r} is {row.state}.")
            row.admin, row.auditor = admin, auditor
            session.flush()
            return account_of(row)

    def delete(self, name: str) -> Account:
        """Forget an account: password, roles, groups, note and links.

        Parameters
        ----------
        name : str
            Account name.

        Returns
        -------
        Account
            Deleted; its id and name stay, so that nobody inherits what is filed there.

        Raises
        ------
        UnknownAccountError
            If nobody is called so.
        AccountError
            If it is the last active admin.
        """
        with self.writing() as session:
            row = existing_row(session, name)
            refuse_last_admin(session, row)
            row.state, row.sign_out = "deleted", True
            row.admin = row.auditor = False
            row.groups, row.note = [], ""
            row.password_hash = row.password_changed_at = row.external_id = None
            session.execute(sa.delete(LinkRow).where(LinkRow.account_id == row.id))
            return account_of(row)

    def to_sign_out(self) -> list[Account]:
        """Return the accounts whose sessions are to end.

        Returns
        -------
        list of Account
            Those that are not active are to lose everything that runs.
        """
        return self._chosen(AccountRow.sign_out.is_(True))

    def signed_out(self, account: Account) -> None:
        """Note that an account's sessions have ended.

        Parameters
        ----------
        account : Account
            From `to_sign_out`; if it changed since, its sessions end once more.
        """
        unchanged = AccountRow.password_changed_at.is_not_distinct_from(account.password_changed_at)
        same = sa.update(AccountRow).where(AccountRow.id == account.id, AccountRow.state == account.state, unchanged)
        with self.writing() as session:
            session.execute(same.values(sign_out=False))

    def exist(self) -> bool:
        """Tell whether there may be accounts, without making a database.

        Returns
        -------
        bool
            False before the first one.
        """
        return self._opened is not None or account_database.exists(self.address)

    def reading(self) -> AbstractContextManager[Session]:
        """Return a transaction that only reads."""
        return self._database().reading()

    def writing(self) -> AbstractContextManager[Session]:
        """Return a transaction that writes, alone among all processes."""
        return self._database().writing(lock=account_database.LOCK)

    def store_password(self, session: Session, row: AccountRow, hashed: str) -> None:
        """Put a new password into a row; links become void, and sessions are to end.

        Parameters
        ----------
        session : sqlalchemy.orm.Session
            From `writing`.
        row : AccountRow
            In the database already.
        hashed : str
            From `hash_password`.
        """
        row.sign_out = row.password_hash is not None
        row.password_hash, row.password_changed_at = hashed, self.now()
        void_links(session, row, self.now())

    def close(self) -> None:
        """Close the database; the next use opens it again."""
        with self._opening:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _database(self) -> Database:
        with self._opening:
            if self._opened is None:
                self._opened = account_database.open_database(self.address)
            return self._opened

    def _chosen(self, condition: sa.ColumnElement[bool]) -> list[Account]:
        if not self.exist():
            return []
        query = sa.select(AccountRow).where(condition).order_by(AccountRow.created_at, AccountRow.name)
        with self.reading() as session:
            return [account_of(row) for row in session.scalars(query)]

    def _stored(self, name: str) -> tuple[str | None, str]:
        if not self.exist():
            return None, ""
        with self.reading() as session:
            row = row_of(session, name)
            return (None, "") if row is None else (row.password_hash, row.state)


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 4 * _LONGEST_NOTE]).split())[
        :_LONGEST_NOTE
    ]
