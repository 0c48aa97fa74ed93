"""Have the jobs run that somebody's account has queued, and keep their server while there is work."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPError

#: Between two looks, in seconds.
EVERY_S = 5.0

#: The process that runs jobs needs some seconds until it takes them: it is not asked for again sooner.
PATIENCE_S = 60.0

#: Where the workbench counts the jobs of whoever asks.
COUNTS = "/services/api/v1/jobs/counts?mine=true"

#: Starts the process that runs jobs, unless it runs.
RUN_JOBS = (sys.executable, "-P", "-m", "physforge.jobs.runner", "--ensure")

_SECONDS = 10.0

_logger = logging.getLogger(__name__)


class QueuedJobs:
    """Looks at the queue of the account that a server belongs to.

    Parameters
    ----------
    environ : mapping of str to str
        The server's: where the workbench is, and the server's own token.
    settings : mutable mapping
        Of the server's web application, in which the time of its last activity is kept.
    command : sequence of str
        Starts the process that runs jobs.

    Notes
    -----
    Jobs are asked for from anywhere: a laptop, a page, a batch script. They run as the
    person who asked, so it is that person's own server which has them run.
    """

    def __init__(
        self, environ: Mapping[str, str], settings: MutableMapping[str, Any], command: Sequence[str] = RUN_JOBS
    ) -> None:
        self._url = environ.get("PHYSFORGE_API_URL", "").rstrip("/")
        self._token = environ.get("JUPYTERHUB_API_TOKEN", "")
        self._settings, self._command = settings, list(command)
        self._started = -PATIENCE_S

    @property
    def is_of_a_workbench(self) -> bool:
        """Whether there is a workbench to ask."""
        return bool(self._url and self._token)

    async def look(self) -> None:
        """Start the process that runs jobs if some are queued; say that the server is needed if some are not over."""
        try:
            counts = await self._counts()
        except (HTTPError, OSError, ValueError, KeyError) as error:
            # The workbench starts again, or is busy; the next look will tell.
            _logger.debug("The queue of jobs was not looked at: %s", error)
            return
        if counts["queued"] + counts["running"] > 0:
            # The culler stops servers of which nothing was heard for long.
            self._settings["api_last_activity"] = datetime.now(UTC)
        if counts["queued"] > 0 and time.monotonic() - self._started >= PATIENCE_S:
            self._started = time.monotonic()
            self._start()

    async def _counts(self) -> dict[str, int]:
        answer = await AsyncHTTPClient().fetch(
            f"{self._url}{COUNTS}", headers={"Authorization": f"token {self._token}"}, request_timeout=_SECONDS
        )
        counts: dict[str, int] = json.loads(answer.body)["counts"]
        return counts

    def _start(self) -> None:
        try:
            process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, start_new_session=True)
        except OSError as error:
            _logger.warning("Queued jobs cannot be run: %s", error)
            return
        # It ends in a second; until somebody has asked for its status it stays in the table of processes.
        threading.Thread(target=process.wait, name="run-jobs", daemon=True).start()
