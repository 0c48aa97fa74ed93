"""Where the caller wants to be told that a job has ended."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.orm import Session

from physforge.database.tables import NoticeSetting
from physforge.database.tables.base import now
from physforge.errors import RemoteError
from physforge.service.guard import Access, Admitted, GuardedRoute, takes_time
from physforge.service.models import NoticeChoice, NoticeRecord
from physforge.service.notices.webhook import check_webhook, signing_key
from physforge.service.problems import RefusedError, responses

router = APIRouter(prefix="/me/notices", tags=["me"], route_class=GuardedRoute)


@router.get("", responses=responses(401, 403))
def show_notices(access: Admitted) -> NoticeRecord:
    """Say where the caller is told that a job has ended, and which ways there are."""
    with access.services.database.reading() as session:
        row = session.get(NoticeSetting, access.principal_id)
        chosen = NoticeChoice() if row is None else NoticeChoice(email=row.email, webhook=row.webhook)
    return _record(access, chosen)


@router.put("", responses=responses(401, 403, 409, 413, 422))
@takes_time
def choose_notices(new: NoticeChoice, access: Admitted) -> NoticeRecord:
    """Choose where to be told; nowhere, if neither is given. Webhooks are signed with the key of the answer."""
    _check(new, access)
    with access.services.database.writing() as session:
        _keep(session, new, access)
    access.record("notices.choose", "principal", access.principal_id, email=bool(new.email), webhook=bool(new.webhook))
    found = _record(access, new)
    if new.webhook:
        found.signing_key = signing_key(access.services.settings.link_secret, access.principal_id)
    return found


def _keep(session: Session, new: NoticeChoice, access: Access) -> None:
    row = session.get(NoticeSetting, access.principal_id)
    if row is not None:
        session.delete(row)
        session.flush()
    if new.email or new.webhook:
        session.add(
            NoticeSetting(principal_id=access.principal_id, email=new.email, webhook=new.webhook, changed_at=now())
        )


def _check(new: NoticeChoice, access: Access) -> None:
    settings = access.services.settings.notices
    if new.email and settings.smtp is None:
        raise RefusedError(422, "no-mail", "This workbench sends no mail; its operator can set a mail server.")
    if new.email and settings.smtp and settings.smtp.domains:
        domain = new.email.rpartition("@")[2].lower()
        if domain not in {one.lower() for one in settings.smtp.domains}:
            known = ", ".join(settings.smtp.domains)
            raise RefusedError(422, "no-mail", f"This workbench sends mail to addresses of {known} alone.")
    if new.webhook:
        try:
            check_webhook(new.webhook, settings.webhooks)
        except RemoteError as error:
            raise RefusedError(422, "refused-webhook", str(error)) from error


def _record(access: Access, chosen: NoticeChoice) -> NoticeRecord:
    settings = access.services.settings.notices
    return NoticeRecord(
        email=chosen.email,
        webhook=chosen.webhook,
        has_mail=settings.smtp is not None,
        has_webhooks=settings.webhooks != "off",
    )
