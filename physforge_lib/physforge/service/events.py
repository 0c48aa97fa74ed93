"""What the REST API tells the event log, and how it reads it."""

from __future__ import annotations

import uuid
from typing import Any

from physforge.audit import AuditLog, AuditSettings, Event, Outcome
from physforge.service.settings import ServiceSettings


class Recorder:
    """Takes down acts in the event log, before their answer is given.

    Parameters
    ----------
    log : AuditLog
        Open.
    """

    def __init__(self, log: AuditLog) -> None:
        self.log = log

    @classmethod
    def of(cls, settings: ServiceSettings) -> Recorder:
        """Open the event log of the state folder.

        Parameters
        ----------
        settings : ServiceSettings
            Where that is.

        Returns
        -------
        Recorder
            To be closed.
        """
        return cls(AuditLog.of(AuditSettings.of(settings.settings.home)))

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
        personal = {"name": name} if name else {}
        self.log.append(
            Event(
                act=act,
                actor=actor,
                object_kind=kind,
                object_id=object_id,
                outcome=outcome,
                request_id=request_id,
                personal=personal,
                details=details or {},
            )
        )

    def close(self) -> None:
        """Close the log."""
        self.log.close()
