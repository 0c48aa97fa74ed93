"""The event log, for auditors; what they look at is recorded too."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from physforge.audit import Outcome, Selection
from physforge.audit.export import Format
from physforge.service.archive import zip_of_export
from physforge.service.events import Recorder
from physforge.service.guard import Access, Admitted, GuardedRoute, takes_time
from physforge.service.models import AuditPage
from physforge.service.problems import RefusedError, responses

router = APIRouter(prefix="/audit", tags=["event log"], route_class=GuardedRoute)

Moment = Annotated[AwareDatetime | None, Query(examples=["2026-11-30T00:00:00Z"])]
Text = Annotated[str | None, Query(max_length=128)]
Personal = Annotated[bool, Query(description="Whether names are shown.")]


def _selection(
    since: Moment = None,
    until: Moment = None,
    actor: uuid.UUID | None = None,
    act: Annotated[str | None, Query(max_length=64, examples=["dataset.*"])] = None,
    object_kind: Text = None,
    object_id: Text = None,
    outcome: Outcome | None = None,
    request_id: Text = None,
) -> Selection:
    times: dict[str, datetime | None] = {"since": since, "until": until}
    return Selection(
        **times,
        actor=actor,
        act=act,
        object_kind=object_kind,
        object_id=object_id,
        outcome=outcome,
        request_id=request_id,
    )


Selected = Annotated[Selection, Depends(_selection)]


@router.get("/events", responses=responses(401, 403, 422))
@takes_time
def list_events(
    access: Admitted,
    selection: Selected,
    personal: Personal = False,
    newest_first: bool = True,
    after: Annotated[int | None, Query(ge=0, le=2**63 - 1, description="From `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditPage:
    """Find events: who did what, to which object, with what outcome."""
    log = _recorder(access).log
    page = log.query(selection, after=after, limit=limit, newest_first=newest_first, personal=personal)
    access.record("audit.read", "audit", None, personal=personal, selection=selection.to_dict())
    return AuditPage.model_validate({"items": [one.__dict__ for one in page.entries], "next": page.next})


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}}, **responses(401, 403, 422)},
)
@takes_time
def export_events(
    access: Admitted,
    selection: Selected,
    format: Annotated[Format, Query(description="JSON lines hold rows as they are hashed.")] = "jsonl",  # noqa: A002
    personal: Personal = False,
) -> StreamingResponse:
    """Send events as a zip file of the export and its signed manifest, for `physforge audit verify --export`."""
    recorder = _recorder(access)
    # Before anything is sent: that somebody asked is known, whether or not they waited for the end.
    access.record("audit.export", "audit", None, personal=personal, format=format, selection=selection.to_dict())
    name = f"events-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    content = zip_of_export(recorder.log, f"{name}.{format}", selection, format=format, personal=personal)
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return StreamingResponse(content, media_type="application/zip", headers=headers)


def _recorder(access: Access) -> Recorder:
    recorder = access.services.recorder
    if recorder is None:
        raise RefusedError(503, "unavailable", "There is no event log.")
    return recorder
