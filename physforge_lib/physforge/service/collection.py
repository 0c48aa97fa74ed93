"""Free the space of deleted data sets from time to time: in a workbench for many nobody else can."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from anyio import to_thread

from physforge.datasets.store.garbage import collect
from physforge.datasets.store.interface import GRACE_S
from physforge.errors import PhysForgeError
from physforge.service.services import Services

logger = logging.getLogger("physforge.service")


async def collect_regularly(services: Services) -> None:
    """Collect the store's garbage again and again, until cancelled.

    Parameters
    ----------
    services : Services
        Their store; how often is in the settings. Several processes may do so at once.
    """
    while True:
        await asyncio.sleep(services.settings.collect_seconds)
        try:
            await to_thread.run_sync(collect_once, services)
            await to_thread.run_sync(clear_up_after_jobs, services)
        except PhysForgeError as error:
            logger.error("The space of deleted data sets was not freed: %s", error)


def collect_once(services: Services) -> None:
    """Free what was deleted more than a day ago, and what interrupted writes left behind.

    Parameters
    ----------
    services : Services
        Their store; the event log is told if anything was freed.
    """
    found = collect(services.database, services.blobs, timedelta(seconds=GRACE_S))
    if services.recorder is not None and found.blobs + found.temporaries > 0:
        services.recorder.record(
            "store.collect",
            actor=None,
            name="",
            kind="store",
            object_id=None,
            request_id=None,
            details={"bytes": found.freed, "blobs": found.blobs, "temporaries": found.temporaries},
        )


def clear_up_after_jobs(services: Services) -> None:
    """Delete old artifacts, and what workers had sent of attempts that are over.

    Parameters
    ----------
    services : Services
        Their jobs; the event log is told of artifacts.
    """
    services.sweep_parts()
    removed = services.remove_old_artifacts()
    if services.recorder is not None and removed:
        services.recorder.record(
            "job.expire", actor=None, name="", kind="job", object_id=None, request_id=None, details={"jobs": removed}
        )
