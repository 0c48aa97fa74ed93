"""Where a test's log is, and what it records."""

import uuid
from pathlib import Path

from physforge.audit import AuditLog, Event, Schedule

ADA = uuid.UUID("11111111-1111-4111-8111-111111111111")
BOB = uuid.UUID("22222222-2222-4222-8222-222222222222")

#: No head but those that a test asks for.
NEVER = Schedule(events=10**9, seconds=10**6)


class Places:
    """Where a log's parts are; opens it as often as asked."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.keys, self.heads = folder / "keys", folder / "elsewhere" / "heads.jsonl"

    def open(self, schedule: Schedule = NEVER, **options) -> AuditLog:
        return AuditLog(self.url, self.keys, heads=self.heads, schedule=schedule, **options)


def event(number: int = 0, **changes) -> Event:
    facts = {
        "act": "dataset.create",
        "actor": ADA,
        "object_kind": "dataset",
        "object_id": f"run{number}",
        "request_id": f"req-{number}",
        "personal": {"name": "Ada Lovelace"},
        "details": {"size": number},
    }
    return Event(**(facts | changes))
