"""What PhysForge adds to a user's notebook server.

It is loaded by every server, and so it imports nothing of PhysForge: the library would
take more memory than the server itself.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "physforge_jupyterlab"}]


def _load_jupyter_server_extension(server: Any) -> None:
    from physforge_jupyterlab.cluster_pages import handlers

    server.web_app.add_handlers(".*$", handlers(server.web_app.settings["base_url"]))
