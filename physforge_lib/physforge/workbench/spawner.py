"""The spawner of a single-user workbench."""

from __future__ import annotations

import asyncio
import time

from jupyterhub.spawner import SimpleLocalProcessSpawner

_POLL_SECONDS = 0.1


class SingleUserSpawner(SimpleLocalProcessSpawner):  # type: ignore[misc]
    """Start the session as whoever started the workbench.

    The hub asks a new server for its first page at growing intervals, up to
    seconds after it is ready. Returning only once its port is open makes the
    first question the right one.
    """

    async def start(self) -> tuple[str, int]:
        """Start the server and wait until its port is open.

        Returns
        -------
        tuple of (str, int)
            Address and port. They are also returned when the time allowed has
            passed or the server has died: the hub finds that out and says so.
        """
        address, port = await super().start()
        deadline = time.monotonic() + self.start_timeout / 2
        while time.monotonic() < deadline and await self.poll() is None:
            if await _is_open(address, port):
                break
            await asyncio.sleep(_POLL_SECONDS)
        return address, port


async def _is_open(address: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(address, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
