"""Record in the event log what is done to accounts, and with them."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

from physforge.audit import AuditLog, Event
from physforge.errors import PhysForgeError
from physforge.workbench.account_records import Account
from physforge.workbench.databases import Databases
from physforge.workbench.state import StateFolder

_LOG = logging.getLogger(__name__)


class EventLog(Protocol):
    """What takes events: `physforge.audit.AuditLog`."""

    def append(self, event: Event) -> int:
        """Record an event, and wait until it is on the disk."""


class AccountEvents:
    """Writes down acts on accounts.

    Parameters
    ----------
    open_log : callable
        Opens where to, at the first act.
    through : str
        The way by which all acts here come: ``"hub"`` or ``"command line"``.
    """

    def __init__(self, open_log: Callable[[], EventLog], through: str) -> None:
        self._open_log = open_log
        self._through = through
        self._log: EventLog | None = None
        self._opening = threading.Lock()

    @classmethod
    def of(cls, home: Path, through: str) -> AccountEvents:
        """Return what writes into the event log of a state folder.

        Parameters
        ----------
        home : pathlib.Path
            The state folder.
        through : str
            As above.

        Returns
        -------
        AccountEvents
            Nothing is opened yet.
        """
        return cls(lambda: AuditLog.of(Databases.of(StateFolder(home)).audit_settings()), through)

    def record(
        self,
        act: str,
        account: Account | None,
        *,
        outcome: Literal["ok", "refused", "failed"] = "ok",
        actor: uuid.UUID | None = None,
        personal: Mapping[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Record an act.

        Parameters
        ----------
        act : str
            For example ``"login.refused"``.
        account : Account or None
            Whom it concerns; None where nobody has the name.
        outcome : {"ok", "refused", "failed"}, default "ok"
            How it ended.
        actor : uuid.UUID, optional
            Who did it; None for the operator at the command line and for strangers.
        personal : mapping, optional
            What tells of a person; kept encrypted under the key of the account.
        details : mapping, optional
            What else is to be known.

        Notes
        -----
        A log that cannot be written (a full disk) does not keep its administrators out:
        the act goes on, and an error in the process's own log tells of the gap.
        """
        event = Event(
            act=act,
            actor=actor,
            object_kind="account",
            object_id=None if account is None else str(account.id),
            outcome=outcome,
            personal=dict(personal or {}),
            details={"through": self._through, **(details or {})},
            # What strangers try is under the key of strangers: it tells nothing of the account's owner,
            # and takes the same time whether there is an owner or not.
            subject=account.id if account is not None and outcome == "ok" else None,
        )
        try:
            self._opened().append(event)
        except PhysForgeError as error:
            _LOG.error("The event log has a gap, for %s could not be recorded: %s", act, error)

    def _opened(self) -> EventLog:
        with self._opening:
            if self._log is None:
                self._log = self._open_log()
            return self._log
