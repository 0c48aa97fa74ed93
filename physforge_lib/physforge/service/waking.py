"""Start the servers of people whose jobs wait: jobs run as who asked for them, and so on their own server."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from anyio import to_thread

from physforge.database.tables import Principal
from physforge.database.tables.base import now
from physforge.database.tables.identity import LOCAL_PRINCIPAL
from physforge.errors import PhysForgeError
from physforge.jobs.sql.rows import JOBS
from physforge.jobs.states import State
from physforge.service.problems import RefusedError
from physforge.service.services import Services

logger = logging.getLogger("physforge.service")

#: Between two looks, in seconds.
EVERY_S = 3.0

#: Jobs that are not taken for so long wait for a server; a running one takes them sooner.
OVERDUE_S = 2.0

#: A server is asked for again after so long, and each time later, in seconds.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 60.0, 1800.0

#: Not more are asked for at each look: servers that start together start slowly.
MOST_AT_ONCE = 4


async def wake_regularly(services: Services) -> None:
    """Start the servers that are needed again and again, until cancelled.

    Parameters
    ----------
    services : Services
        Their jobs and their hub. Several processes may do so at once.
    """
    waker = Waker(services)
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            await to_thread.run_sync(waker.wake)
        except PhysForgeError as error:
            logger.error("It was not looked whose jobs wait for a server: %s", error)


@dataclass(frozen=True)
class _Asked:
    pause_s: float
    again: float


class Waker:
    """Asks the hub for servers, and not too often for the same.

    Parameters
    ----------
    services : Services
        Their jobs and their hub.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._asked: dict[str, _Asked] = {}

    def wake(self) -> list[str]:
        """Ask for the servers of everybody whose jobs are overdue.

        Returns
        -------
        list of str
            Accounts whose servers start now.
        """
        waiting = self._waiting()
        self._asked = {name: asked for name, asked in self._asked.items() if name in waiting}
        due = sorted((name for name in waiting if self._is_due(name)), key=self._place_of)
        return [name for name in due[:MOST_AT_ONCE] if self._start(name)]

    def _waiting(self) -> set[str]:
        # Asked for each person: the first job answers, however many of theirs wait.
        overdue = sa.exists().where(
            JOBS.c.owner_id == Principal.id,
            JOBS.c.state == str(State.QUEUED),
            JOBS.c.created_at < now() - timedelta(seconds=OVERDUE_S),
        )
        with self._services.database.reading() as session:
            names = session.scalars(sa.select(Principal.hub_name).where(overdue)).all()
        local = self._services.settings.local_user
        return {name for name in (local if one == LOCAL_PRINCIPAL else one for one in names) if name}

    def _place_of(self, name: str) -> tuple[float, str]:
        """Return what sorts those first who were not asked for yet."""
        asked = self._asked.get(name)
        return (0.0 if asked is None else asked.pause_s, name)

    def _is_due(self, name: str) -> bool:
        asked = self._asked.get(name)
        return asked is None or time.monotonic() >= asked.again

    def _start(self, name: str) -> bool:
        before = self._asked.get(name)
        pause = FIRST_PAUSE_S if before is None else min(2 * before.pause_s, LONGEST_PAUSE_S)
        self._asked[name] = _Asked(pause, time.monotonic() + pause)
        try:
            starts = self._services.hub.start_server(name)
        except RefusedError as error:
            logger.warning("No server for %s, whose jobs wait: %s", name, error)
            return False
        if starts:
            logger.info("The server of %s starts, whose jobs wait.", name)
        return starts
