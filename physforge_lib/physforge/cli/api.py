"""``physforge api``: serve the REST API in the foreground, as the workbench's supervisor does."""

from __future__ import annotations

import importlib
import logging
from typing import Annotated

import typer


def api(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on loopback.")] = 8088,
) -> None:
    """Serve the REST API on loopback; `physforge up` starts it with the settings that it needs."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # It would log every question to the hub.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # By name: the command line and the service do not know each other.
    importlib.import_module("physforge.service.server").serve(port)
