"""The REST API as a process of its own, on loopback."""

from __future__ import annotations

import gc
import socket
import sys

import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from physforge.service.app import create_app
from physforge.service.jobs.submission import kinds_of_jobs

#: Calls that are being answered have so long when the service is told to end, in seconds.
_GRACE_S = 5

#: Exit code of a service that could not start, as of `uvicorn.run`.
_NOT_STARTED = 3


class Server(uvicorn.Server):
    """A server that lets answers without an end know that it ends.

    Parameters
    ----------
    config : uvicorn.Config
        Of the server.
    app : fastapi.FastAPI
        What it serves.
    is_alone : bool, default False
        Whether the process does nothing else. What is loaded by then stays loaded: looked
        through for garbage again and again, it would stop all calls for a quarter of a
        second each time.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI, *, is_alone: bool = False) -> None:
        super().__init__(config)
        self._app, self._is_alone = app, is_alone

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start (see `uvicorn.Server`).

        Parameters
        ----------
        sockets : list of socket.socket, optional
            That it was given.
        """
        await super().startup(sockets)
        if self._is_alone and self.started:
            # So that the first who submits does not wait for them.
            await to_thread.run_sync(kinds_of_jobs)
            gc.collect()
            gc.freeze()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, once all calls are answered (see `uvicorn.Server`).

        Parameters
        ----------
        sockets : list of socket.socket, optional
            That it was given.
        """
        self._app.state.services.closing = True
        await super().shutdown(sockets)


def serve(port: int) -> None:
    """Serve the REST API until a signal ends it.

    Parameters
    ----------
    port : int
        On loopback.

    Raises
    ------
    SettingsError
        If a setting in the environment cannot be used.
    """
    app = create_app()
    configuration = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        # Nobody's word on who calls is taken, a proxy's neither.
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = Server(configuration, app, is_alone=True)
    server.run()
    if not server.started:
        # Whoever started it has to see that it did not.
        sys.exit(_NOT_STARTED)
