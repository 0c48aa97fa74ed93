"""The event log, for auditors; what they look at is recorded too."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from physforge.audit import Outcome, Selection
from physforge.service.guard import Admitted, GuardedRoute
from physforge.service.models import AuditPage
from physforge.service.problems import RefusedError, responses

router = APIRouter(prefix="/audit", tags=["event log"], route_class=GuardedRoute)

Moment = Annotated[AwareDatetime | None, Query(examples=["2026-11-30T00:00:00Z"])]
Text = Annotated[str | None, Query(max_length=128)]


@router.get("/events", responses=responses(401, 403, 422))
def list_events(
    access: Admitted,
    since: Moment = None,
    until: Moment = None,
    actor: uuid.UUID | None = None,
    act: Annotated[str | None, Query(max_length=64, examples=["dataset.*"])] = None,
    object_kind: Text = None,
    object_id: Text = None,
    outcome: Outcome | None = None,
    request_id: Text = None,
    personal: Annotated[bool, Query(description="Whether names are shown.")] = False,
    newest_first: bool = True,
    after: Annotated[int | None, Query(ge=0, le=2**63 - 1, description="From `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditPage:
    """Find events: who did what, to which object, with what outcome."""
    recorder = access.services.recorder
    if recorder is None:
        raise RefusedError(503, "unavailable", "There is no event log.")
    times: dict[str, datetime | None] = {"since": since, "until": until}
    selection = Selection(
        **times,
        actor=actor,
        act=act,
        object_kind=object_kind,
        object_id=object_id,
        outcome=outcome,
        request_id=request_id,
    )
    page = recorder.log.query(selection, after=after, limit=limit, newest_first=newest_first, personal=personal)
    access.record("audit.read", "audit", None, personal=personal, selection=selection.to_dict())
    return AuditPage.model_validate({"items": [one.__dict__ for one in page.entries], "next": page.next})
