"""What the REST API tells the event log, and how it reads it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from physforge.audit import AuditLog, AuditSettings, Event, Outcome, RemoteLog
from physforge.service.settings import ServiceSettings

#: What each event from here says of its way; the process that keeps the log for many users takes no other.
THROUGH = "api"


class Recorder:
    """Takes down acts in the event log, before their answer is given.

    Parameters
    ----------
    log : AuditLog or RemoteLog
        Open.
    """

    def __init__(self, log: AuditLog | RemoteLog) -> None:
        self.log = log

    @classmethod
    def of(cls, settings: ServiceSettings) -> Recorder:
        """Open the workbench's event log.

        Parameters
        ----------
        settings : ServiceSettings
            Of the service.

        Returns
        -------
        Recorder
            To be closed. In a workbench for many users the log is root's, and events are
            handed to the process that keeps it; otherwise it is in the state folder.
        """
        places = AuditSettings.of(settings.settings.home)
        return cls(AuditLog.of(places) if places.socket is None else RemoteLog(places.socket))

    def record(
        self,
        act: str,
        *,
        actor: uuid.UUID | None,
        name: str,
        kind: str,
        object_id: str | None,
        request_id: str | None,
        outcome: Outcome = "ok",
        details: dict[str, Any] | None = None,
    ) -> None:
        """Take an act down.

        Parameters
        ----------
        act : str
            Dotted, such as ``dataset.create``.
        actor : uuid.UUID or None
            Who did it; None for a service or somebody unknown.
        name : str
            Of the actor; kept encrypted.
        kind : str
            Of the object.
        object_id : str or None
            Never a name.
        request_id : str or None
            Of the call; None where none asked for it.
        outcome : {"ok", "refused", "failed"}, default "ok"
            How it ended.
        details : dict, optional
            Nothing personal, and no secret.
        """
        self.log.append(
            event(
                act,
                actor=actor,
                name=name,
                kind=kind,
                object_id=object_id,
                request_id=request_id,
                outcome=outcome,
                details=details,
            )
        )

    def record_all(self, events: Sequence[Event]) -> None:
        """Take several acts down, with one sync of the disk.

        Parameters
        ----------
        events : sequence of Event
            Made by `event`.
        """
        self.log.append_all(events)

    def answers(self) -> bool:
        """Say whether events can be recorded just now.

        Returns
        -------
        bool
            False where another process keeps the log, and does not answer.
        """
        return not isinstance(self.log, RemoteLog) or self.log.answers()

    def close(self) -> None:
        """Close the log."""
        self.log.close()


def event(
    act: str,
    *,
    actor: uuid.UUID | None,
    name: str,
    kind: str,
    object_id: str | None,
    request_id: str | None,
    outcome: Outcome = "ok",
    details: dict[str, Any] | None = None,
) -> Event:
    """Make the event of an act (see `Recorder.record`)."""
    return Event(
        act=act,
        actor=actor,
        object_kind=kind,
        object_id=object_id,
        outcome=outcome,
        request_id=request_id,
        personal={"name": name} if name else {},
        details={"through": THROUGH, **(details or {})},
    )
