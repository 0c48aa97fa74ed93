"""What every authenticator of the workbench does, whoever checks the password."""

from __future__ import annotations

import asyncio
import functools
from pathlib import Path
from typing import Any, Literal

from jupyterhub.auth import Authenticator
from traitlets import Unicode

from physforge.workbench.account_admin import account_admin_handlers
from physforge.workbench.account_api import account_handlers
from physforge.workbench.account_names import is_name, normalise_name
from physforge.workbench.account_records import Account
from physforge.workbench.accounts import Accounts
from physforge.workbench.device_page import device_handlers
from physforge.workbench.events import AccountEvents
from physforge.workbench.front_door import refuse_open_door
from physforge.workbench.log_lines import ShortLines
from physforge.workbench.published_page import published_handlers
from physforge.workbench.retirement import Retirement
from physforge.workbench.session_end import start_ending_sessions
from physforge.workbench.usage_events import UsageEvents


class AccountKeeper(Authenticator):  # type: ignore[misc]
    """Know accounts, end their sessions, write down what happens, and test the door.

    Abstract: it is mixed into an authenticator that says who somebody is.
    """

    accounts_file = Unicode(help="SQLite database of accounts.").tag(config=True)
    accounts_url = Unicode(help="Address of a PostgreSQL database of accounts; goes before accounts_file.").tag(
        config=True
    )
    state_home = Unicode(help="State folder whose event log takes down what happens; empty for none.").tag(config=True)

    api_url = Unicode(help="Address of the REST API, which is told of deleted accounts; empty for none.").tag(
        config=True
    )
    api_token = Unicode(help="With what the REST API knows the hub.").tag(config=True)

    @functools.cached_property
    def accounts(self) -> Accounts:
        """The accounts, opened when first needed."""
        return Accounts(self.accounts_url or Path(self.accounts_file))

    @functools.cached_property
    def events(self) -> AccountEvents | None:
        """What takes down acts, if anything does."""
        return AccountEvents.of(Path(self.state_home), "hub") if self.state_home else None

    def normalize_username(self, username: str) -> str:
        """Return the one spelling of a name."""
        return normalise_name(username)

    def validate_username(self, username: str) -> bool:
        """Tell whether an account can be called so."""
        return is_name(username)

    def stranger(self) -> dict[str, Any]:
        """Return what is known of somebody of whom nothing good is known."""
        return {"admin": None, "groups": [], "auth_state": None}

    def check_allow_config(self) -> None:
        """Refuse to start when somebody could come in who must not."""
        refuse_open_door(self, self.stranger())

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Return the pages of this login; begin to end sessions that must not go on, and to log short lines."""
        for handler in app.log.handlers:
            handler.addFilter(ShortLines())
        retirement = Retirement(self.api_url, self.api_token) if self.api_url else None
        self.ender = start_ending_sessions(app, self.accounts, retirement)
        pages = device_handlers() if self.api_url else []
        return [
            *account_handlers(),
            *account_admin_handlers(),
            *published_handlers(),
            *pages,
            *super().get_handlers(app),
        ]

    async def is_active(self, name: str) -> bool:
        """Tell whether there is an account that may come in.

        Parameters
        ----------
        name : str
            Normalised name.

        Returns
        -------
        bool
            Asked of the accounts anew each time.
        """
        account = await asyncio.to_thread(self.accounts.find, name)
        return account is not None and account.state == "active"

    async def may_come_in(self, user: Any) -> bool:
        """Tell whether somebody whom the hub knows may still come in.

        Parameters
        ----------
        user : jupyterhub.user.User
            Of the hub.

        Returns
        -------
        bool
            Asked of the accounts and settings, and of nobody else.
        """
        return await self.is_active(user.name)

    def facts_of(self, account: Account) -> dict[str, Any]:  # noqa: ARG002
        """Return what the accounts themselves say of name, roles and groups.

        Parameters
        ----------
        account : Account
            Active.

        Returns
        -------
        dict
            Nothing where an identity provider says it, at each login.
        """
        return {}

    async def note(
        self,
        act: str,
        name: str,
        address: str,
        outcome: Literal["ok", "refused", "failed"],
        **details: Any,
    ) -> None:
        """Write one line into the log, and one row into the event log.

        Parameters
        ----------
        act : str
            Such as ``login.ok``.
        name : str
            Normalised name, or nothing for what is no name.
        address : str
            Where the request came from.
        outcome : {"ok", "refused", "failed"}
            How it ended.
        **details : object
            What else is to be known of it, and tells of no person.
        """
        self.log.info("%s: account %r from %r", act, name[:64], address[:64])
        events = self.events
        if events is None:
            return

        def record() -> None:
            account = self.accounts.find(name) if name else None
            actor = account.id if account is not None and outcome == "ok" else None
            personal = {"address": address, **({} if account is not None else {"name": name})}
            events.record(act, account, outcome=outcome, actor=actor, personal=personal, details=details)

        await asyncio.to_thread(record)

    async def note_use(
        self, act: str, holder: str, by: str | None, personal: dict[str, Any], details: dict[str, Any]
    ) -> None:
        """Write a row into the event log about somebody's server.

        Parameters
        ----------
        act : str
            Such as ``server.start``.
        holder : str
            Name of the account whose server it is.
        by : str or None
            Name of the account that asked; None for the hub itself.
        personal, details : dict
            What else is to be known.
        """
        if self.events is not None:
            use = UsageEvents(self.accounts, self.events)
            await asyncio.to_thread(use.record, act, holder, by, personal=personal, details=details)
