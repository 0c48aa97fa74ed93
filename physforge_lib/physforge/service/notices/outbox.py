"""Find jobs that have ended, and see that who asked for it is told once, or as good as tried three times."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from anyio import to_thread
from sqlalchemy.exc import IntegrityError

from physforge.database.principals import RETIRED
from physforge.database.tables import NoticeRow, NoticeSetting, Principal
from physforge.database.tables.base import now
from physforge.errors import PhysForgeError, RemoteError
from physforge.jobs import FINAL
from physforge.jobs.sql.rows import JOBS
from physforge.service.notices.mail import send_mail
from physforge.service.notices.message import Ended
from physforge.service.notices.webhook import call_webhook, signing_key
from physforge.service.services import Services

logger = logging.getLogger("physforge.service")

#: Between two looks, in seconds.
EVERY_S = 5.0

#: Jobs that take no longer need no notice, in seconds.
LONG_S = 10.0

#: How often a notice is tried, and for how long the next try waits: after the first, and after the second.
TRIES, PAUSES_S = 3, (60.0, 600.0)

#: What ended longer ago than this, while no service looked, is not told any more.
_OLD = timedelta(hours=1)

#: Jobs, and notices, of one look.
_MOST = 200


async def notify_regularly(services: Services) -> None:
    """Tell people of the ends of their jobs again and again, until cancelled.

    Parameters
    ----------
    services : Services
        Their jobs. Several processes may do so at once: each notice is sent by one of them.
    """
    outbox = Outbox(services)
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            await to_thread.run_sync(outbox.look)
        except PhysForgeError as error:
            logger.error("It was not looked which jobs have ended: %s", error)


@dataclass(frozen=True)
class _Due:
    row: NoticeRow
    ended: Ended
    setting: NoticeSetting


class Outbox:
    """Enters notices, and sends them.

    Parameters
    ----------
    services : Services
        Their jobs and settings.
    trusted : ssl.SSLContext, optional
        Whose certificates are believed; the system's by default.
    """

    def __init__(self, services: Services, trusted: ssl.SSLContext | None = None) -> None:
        self._services, self._trusted = services, trusted
        self._seen = now() - _OLD

    def look(self) -> int:
        """Enter what has ended since the last look, and send what is due.

        Returns
        -------
        int
            How many notices were sent.
        """
        began = now()
        self._enter()
        # An end may be entered a moment after its time.
        self._seen = began - timedelta(seconds=30.0)
        return sum(self._send(due) for due in self._claimed())

    def _enter(self) -> None:
        known = sa.exists().where(NoticeRow.job_id == JOBS.c.id, NoticeRow.attempt == JOBS.c.attempt)
        query = (
            sa.select(JOBS, NoticeSetting.email, NoticeSetting.webhook)
            .join(NoticeSetting, NoticeSetting.principal_id == JOBS.c.owner_id)
            .where(
                JOBS.c.state.in_(sorted(str(one) for one in FINAL)),
                JOBS.c.started_at.is_not(None),
                JOBS.c.finished_at > self._seen,
                JOBS.c.finished_at > NoticeSetting.changed_at,
                ~known,
            )
            .limit(_MOST)
        )
        with self._services.database.reading() as session:
            found = session.execute(query).all()
        for row in found:
            if _ended(row).seconds > LONG_S:
                self._enter_one(row)

    def _enter_one(self, row: sa.Row[Any]) -> None:
        channels = [name for name, to in (("email", row.email), ("webhook", row.webhook)) if to]
        try:
            with self._services.database.writing() as session:
                session.add_all([NoticeRow(job_id=row.id, attempt=row.attempt, channel=one) for one in channels])
                session.flush()
        except IntegrityError:
            # Another process was faster.
            return

    def _claimed(self) -> Iterator[_Due]:
        query = (
            sa.select(NoticeRow, JOBS, NoticeSetting)
            .join(JOBS, JOBS.c.id == NoticeRow.job_id)
            .join(NoticeSetting, NoticeSetting.principal_id == JOBS.c.owner_id)
            .join(Principal, Principal.id == JOBS.c.owner_id)
            .where(NoticeRow.state == "due", NoticeRow.due_at <= now(), ~Principal.hub_name.startswith(RETIRED))
            .order_by(NoticeRow.due_at)
            .limit(_MOST)
        )
        with self._services.database.reading() as session:
            found = [(one.NoticeRow, _ended(one), one.NoticeSetting) for one in session.execute(query)]
            session.expunge_all()
        for row, ended, setting in found:
            # A job that was tried again since is another attempt: its end is told then.
            if row.attempt == ended.attempt and ended.state in FINAL and self._takes(row):
                yield _Due(row, ended, setting)

    def _takes(self, row: NoticeRow) -> bool:
        """Raise the count of tries; of several processes one can."""
        pause = PAUSES_S[min(row.tries, len(PAUSES_S) - 1)]
        taken = _the_one(row).where(NoticeRow.tries == row.tries, NoticeRow.state == "due")
        values = {"tries": row.tries + 1, "due_at": now() + timedelta(seconds=pause)}
        with self._services.database.writing() as session:
            return bool(session.execute(taken.values(values)).rowcount)  # type: ignore[attr-defined]

    def _send(self, due: _Due) -> bool:
        try:
            self._deliver(due)
        except RemoteError as error:
            last = due.row.tries + 1 >= TRIES
            logger.warning("Notice of %s not sent, try %d: %s", due.ended.job_id, due.row.tries + 1, error)
            if last:
                self._mark(due.row, "failed")
            return False
        self._mark(due.row, "sent")
        return True

    def _deliver(self, due: _Due) -> None:
        service = self._services.settings
        settings, setting = service.notices, due.setting
        if due.row.channel == "email" and setting.email:
            send_mail(settings, setting.email, due.ended, trusted=self._trusted)
        elif due.row.channel == "webhook" and setting.webhook:
            key = signing_key(service.link_secret, setting.principal_id)
            body = due.ended.document(settings.address)
            call_webhook(setting.webhook, body, key, settings.webhooks, trusted=self._trusted)

    def _mark(self, row: NoticeRow, state: str) -> None:
        with self._services.database.writing() as session:
            session.execute(_the_one(row).values(state=state))


def _the_one(row: NoticeRow) -> sa.Update:
    return sa.update(NoticeRow).where(
        NoticeRow.job_id == row.job_id, NoticeRow.attempt == row.attempt, NoticeRow.channel == row.channel
    )


def _ended(row: sa.Row[Any]) -> Ended:
    found = row._mapping
    started: datetime | None = found[JOBS.c.started_at]
    finished: datetime = found[JOBS.c.finished_at] or now()
    return Ended(
        job_id=str(found[JOBS.c.id]),
        kind=found[JOBS.c.kind],
        state=found[JOBS.c.state],
        attempt=found[JOBS.c.attempt],
        seconds=0.0 if started is None else (finished - started).total_seconds(),
        finished=finished,
    )
