"""Queue the jobs whose workers were lost: in a workbench for many nobody else may look at all of them."""

from __future__ import annotations

import asyncio
import logging

from anyio import to_thread

from physforge.errors import PhysForgeError
from physforge.service.services import Services

logger = logging.getLogger("physforge.service")

#: Between two looks, in seconds; the living have as long to say so after the service has started again.
EVERY_S = 0.5


async def release_regularly(services: Services) -> None:
    """Release expired leases again and again, until cancelled.

    Parameters
    ----------
    services : Services
        Their jobs. Several processes may do so at once.
    """
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            await to_thread.run_sync(services.release_expired)
        except PhysForgeError as error:
            logger.error("Leases of lost workers were not looked at: %s", error)
