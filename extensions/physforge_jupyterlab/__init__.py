"""What PhysForge adds to a user's notebook server.

It is loaded by every server, and so it imports nothing of PhysForge: the library would
take more memory than the server itself.
"""

from __future__ import annotations

import os
from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "physforge_jupyterlab"}]


def _load_jupyter_server_extension(server: Any) -> None:
    from tornado.ioloop import PeriodicCallback

    from physforge_jupyterlab import cluster_pages, sidebar
    from physforge_jupyterlab.queued_jobs import EVERY_S, QueuedJobs

    base_url = server.web_app.settings["base_url"]
    server.web_app.add_handlers(".*$", [*cluster_pages.handlers(base_url), *sidebar.handlers(base_url, os.environ)])
    queue = QueuedJobs(os.environ, server.web_app.settings)
    if queue.is_of_a_workbench:
        server.io_loop.add_callback(PeriodicCallback(queue.look, EVERY_S * 1000).start)
