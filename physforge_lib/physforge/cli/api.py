"""``physforge api``: serve the REST API in the foreground, as the workbench's supervisor does."""

from __future__ import annotations

import logging
from typing import Annotated

import typer


def api(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on loopback.")] = 8088,
) -> None:
    """Serve the REST API on loopback; `physforge up` starts it with the settings that it needs."""
    import uvicorn

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # It would log every question to the hub.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvicorn.run(
        # By name: the command line and the service do not know each other.
        "physforge.service:create_app",
        factory=True,
        host="127.0.0.1",
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        # Nobody's word on who calls is taken, a proxy's neither.
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
