"""What is recorded of one act."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

from physforge.audit.bounds import bounded_json, one_line
from physforge.errors import AuditError

Outcome = Literal["ok", "refused", "failed"]

#: Most bytes of each part; together a row stays under 4 KB, keys and hashes included.
ACT_BYTES, KIND_BYTES, ID_BYTES, REQUEST_BYTES, DETAILS_BYTES, PERSONAL_BYTES = 64, 32, 128, 64, 1536, 1024

_ACT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_KIND = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True, kw_only=True)
class Event:
    """Somebody did something to something.

    Parameters
    ----------
    act : str
        Dotted lower-case name: ``dataset.create``, ``login.refused``.
    actor : uuid.UUID, optional
        The principal who acted; None for somebody unknown, and for the workbench itself.
    object_kind : str, default "workbench"
        What was acted on: ``dataset``, ``principal``, ``project``, ...
    object_id : str, optional
        Its id, never a person's name. Made one line, and cut at 128 bytes.
    outcome : {"ok", "refused", "failed"}, default "ok"
        Whether it was done, not allowed, or went wrong.
    request_id : str, optional
        Of the request that asked for it. Made one line, and cut at 64 bytes.
    personal : mapping, optional
        What tells of a person: names, addresses. It is kept encrypted and can be
        erased; as JSON it has at most 1,024 bytes.
    details : mapping, optional
        What else is to be known, and tells of no person: it cannot be erased. As JSON
        it has at most 1,536 bytes.
    subject : uuid.UUID, optional
        Of whom `personal` tells; the actor by default. Where both are None, personal
        fields share one key a month, which is erased by its name
        (``anonymous-2026-11``).

    Raises
    ------
    AuditError
        For a name, id or outcome of another form: a mistake of the program. What a
        user can have typed is never refused: long texts are cut at 256 bytes and end
        with their length, and fields beyond the limit are left out and counted.

    Examples
    --------
    >>> Event(act="login.refused", outcome="refused", personal={"name": "ada"}).act
    'login.refused'
    """

    act: str
    actor: uuid.UUID | None = None
    object_kind: str = "workbench"
    object_id: str | None = None
    outcome: Outcome = "ok"
    request_id: str | None = None
    personal: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    subject: uuid.UUID | None = None

    def __post_init__(self) -> None:
        if len(self.act) > ACT_BYTES or not _ACT.fullmatch(self.act):
            raise AuditError(f"{self.act!r:.80} is no name of an act; write it like dataset.create.")
        if len(self.object_kind) > KIND_BYTES or not _KIND.fullmatch(self.object_kind):
            raise AuditError(f"{self.object_kind!r:.80} is no kind of object; write it like dataset.")
        if self.outcome not in get_args(Outcome):
            raise AuditError(f"{self.outcome!r:.80} is no outcome; write one of {', '.join(get_args(Outcome))}.")
        for name, one in (("actor", self.actor), ("subject", self.subject)):
            if one is not None and not isinstance(one, uuid.UUID):
                raise AuditError(f"The {name} of an event is a principal's uuid.UUID, and not {one!r:.50}.")

    def columns(self) -> dict[str, Any]:
        """Return the columns that hold no secret.

        Returns
        -------
        dict
            Texts or None, within their limits.
        """
        return {
            "actor": None if self.actor is None else str(self.actor),
            "act": self.act,
            "object_kind": self.object_kind,
            "object_id": None if self.object_id is None else one_line(self.object_id, ID_BYTES),
            "outcome": self.outcome,
            "request_id": None if self.request_id is None else one_line(self.request_id, REQUEST_BYTES),
            "details": bounded_json(self.details, DETAILS_BYTES),
        }

    def personal_bytes(self) -> bytes | None:
        """Return what is to be encrypted.

        Returns
        -------
        bytes or None
            JSON, with blanks up to the next 64 bytes, so that the length of what is
            kept does not give a name away; None if there is nothing.
        """
        if not self.personal:
            return None
        text = bounded_json(self.personal, PERSONAL_BYTES).encode("ascii")
        return text.ljust(-(-len(text) // 64) * 64)


@dataclass(frozen=True)
class Bounded:
    """An event as it is kept, or sent to the process that keeps it: within all limits.

    Parameters
    ----------
    columns : dict
        As `Event.columns` gives them.
    personal : bytes or None
        As `Event.personal_bytes` gives them.
    subject : str or None
        Whose key encrypts them; None for those of strangers.
    """

    columns: dict[str, Any]
    personal: bytes | None
    subject: str | None

    @classmethod
    def of(cls, event: Event) -> Self:
        """Bound an event.

        Parameters
        ----------
        event : Event
            What happened.

        Returns
        -------
        Bounded
            Of it.
        """
        about = event.subject or event.actor
        return cls(event.columns(), event.personal_bytes(), None if about is None else str(about))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        personal = None if self.personal is None else self.personal.decode("ascii")
        return {"columns": self.columns, "personal": personal, "subject": self.subject}

    @classmethod
    def from_dict(cls, facts: Any) -> Self:
        """Read what another process sent.

        Parameters
        ----------
        facts : object
            From JSON; nothing of it is taken for granted.

        Returns
        -------
        Bounded
            With nothing in it that an `Event` could not have brought about.

        Raises
        ------
        AuditError
            If it is not what `to_dict` returns.
        """
        try:
            columns, personal, subject = facts["columns"], facts["personal"], facts["subject"]
            event = Event(
                act=columns["act"],
                actor=None if columns["actor"] is None else uuid.UUID(columns["actor"]),
                object_kind=columns["object_kind"],
                outcome=columns["outcome"],
                subject=None if subject is None else uuid.UUID(subject),
            )
            checked = event.columns() | {
                name: None if columns[name] is None else _checked(columns[name], limit)
                for name, limit in (("object_id", ID_BYTES), ("request_id", REQUEST_BYTES))
            }
            checked["details"] = _checked_json(columns["details"], DETAILS_BYTES)
            text = None if personal is None else _checked_json(personal, PERSONAL_BYTES + 63).encode("ascii")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise AuditError(f"What was sent is no event: {error!r:.200}.") from error
        return cls(checked, text, None if event.subject is None else str(event.subject))


def _checked(text: str, limit: int) -> str:
    # What is one line already would be escaped once more.
    if len(text.encode()) > limit or one_line(text.replace("\\", ""), limit) != text.replace("\\", ""):
        raise ValueError(text[:limit])
    return text


def _checked_json(text: str, limit: int) -> str:
    if not text.isascii() or "\n" in text or len(text) > limit or not isinstance(json.loads(text), dict):
        raise ValueError(text[:limit])
    return text
