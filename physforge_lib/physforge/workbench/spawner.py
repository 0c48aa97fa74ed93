"""The spawners of a single-user workbench and of one for many users."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner, SpawnException

from physforge.workbench.listeners import listening_uid
from physforge.workbench.managed_session import ManagedSession
from physforge.workbench.session_limits import limiter

_POLL_SECONDS = 0.1


class PromptStart:
    """Return from a start only once the server's port is open.

    The hub asks a new server for its first page at growing intervals, up to
    seconds after it is ready. Waiting here makes the first question the right one.
    """

    async def wait_until_open(self, address: str, port: int) -> None:
        """Wait until the port is open, the server has died, or half of the time allowed has passed.

        Parameters
        ----------
        address : str
            Where the server listens.
        port : int
            Its port.
        """
        spawner: Any = self
        deadline = time.monotonic() + spawner.start_timeout / 2
        while time.monotonic() < deadline and await spawner.poll() is None:
            if await _is_open(address, port):
                break
            await asyncio.sleep(_POLL_SECONDS)


class SingleUserSpawner(PromptStart, SimpleLocalProcessSpawner):  # type: ignore[misc]
    """Start the session as whoever started the workbench."""

    async def start(self) -> tuple[str, int]:
        """Start the server and wait until its port is open.

        Returns
        -------
        tuple of (str, int)
            Address and port. They are also returned when the time allowed has
            passed or the server has died: the hub finds that out and says so.
        """
        address, port = await super().start()
        await self.wait_until_open(address, port)
        return address, port


class WatchedStart(ManagedSession, PromptStart):
    """Start a managed session, write down where it is, and make sure that it is the one that answers."""

    async def start(self) -> tuple[str, int]:
        """Start the server as its user and wait until its port is open.

        Returns
        -------
        tuple of (str, int)
            Address and port, also when the server did not come up: the hub finds that
            out and says so.

        Raises
        ------
        jupyterhub.spawner.SpawnException
            If a program of somebody else listens on the port.
        """
        address, port = await super().start()  # type: ignore[misc]
        self.keep_state(address, port)
        await self.wait_until_open(address, port)
        self._refuse_foreign_listener(port)
        return address, port

    def _refuse_foreign_listener(self, port: int) -> None:
        # The port was free when it was chosen. Whoever takes it first would be sent this
        # user's requests, with their cookies.
        owner = listening_uid(port)
        if owner is not None and owner != self.unix_user.uid:
            self._spawner.log.error("The port %d of %s is held by the user id %d", port, self.unix_user.name, owner)
            raise SpawnException("Another program took the session's port; start it again.", reason="port")


class UnixUserSpawner(WatchedStart, LocalProcessSpawner):  # type: ignore[misc]
    """Start each session as the Unix user of its account, in a home that only this user can enter."""

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """Return what the new process does before its program begins.

        Parameters
        ----------
        name : str
            Of the Unix user.

        Returns
        -------
        callable
            Takes on the profile's limits while it is still root, then the user's ids.
        """
        become_user: Callable[[], None] = super().make_preexec_fn(name)
        limit = limiter(self.profile, self.unix_user.uid)

        def prepare() -> None:
            limit()
            become_user()

        return prepare


async def _is_open(address: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(address, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
