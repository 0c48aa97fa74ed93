"""Record in the event log whose servers and clusters were started and stopped, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from physforge.workbench.account_database import accounts_address
from physforge.workbench.accounts import Accounts
from physforge.workbench.events import AccountEvents
from physforge.workbench.state import StateFolder


class UsageEvents:
    """Writes down the use of the machine.

    Parameters
    ----------
    accounts : Accounts
        Who tells ids of names.
    events : AccountEvents
        Where to.
    """

    def __init__(self, accounts: Accounts, events: AccountEvents) -> None:
        self._accounts, self._events = accounts, events

    @classmethod
    def of(cls, state: StateFolder, through: str) -> UsageEvents:
        """Return what writes into the event log of a state folder.

        Parameters
        ----------
        state : StateFolder
            Of the workbench.
        through : str
            The way by which all acts here come, for example ``"gateway"``.

        Returns
        -------
        UsageEvents
            Nothing is opened yet.
        """
        return cls(Accounts(accounts_address(state)), AccountEvents.of(state.home, through))

    def record(
        self,
        act: str,
        holder: str,
        by: str | None = None,
        *,
        personal: Mapping[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Record an act.

        Parameters
        ----------
        act : str
            For example ``"server.start"``.
        holder : str
            Name of the account whose server or cluster it is.
        by : str, optional
            Name of the account that asked for it; None where the workbench itself did, as
            with what has been idle for long.
        personal, details : mapping, optional
            As for `AccountEvents.record`.
        """
        account = self._accounts.find(holder)
        actor = account if by == holder else self._accounts.find(by) if by else None
        self._events.record(act, account, actor=None if actor is None else actor.id, personal=personal, details=details)
