"""The event log: who did what, to which object, with what outcome; appended to, and never changed.

`AuditLog` records, verifies, finds, exports and erases; `Event` is what it is given. Rows
are chained by hash and signed heads are kept elsewhere, so that tampering is found;
personal fields are encrypted with a key of each subject, and erased by destroying it.
"""

from __future__ import annotations

from physforge.audit.damage import Finding
from physforge.audit.entry import Entry, Page
from physforge.audit.event import Event, Outcome
from physforge.audit.export import Manifest, check_export
from physforge.audit.heads import Head
from physforge.audit.log import AuditLog
from physforge.audit.remote import RemoteLog
from physforge.audit.selection import Selection
from physforge.audit.settings import AuditSettings
from physforge.audit.verification import Verification
from physforge.audit.writer import Schedule

__all__ = [
    "AuditLog",
    "AuditSettings",
    "Entry",
    "Event",
    "Finding",
    "Head",
    "Manifest",
    "Outcome",
    "Page",
    "RemoteLog",
    "Schedule",
    "Selection",
    "Verification",
    "check_export",
]
