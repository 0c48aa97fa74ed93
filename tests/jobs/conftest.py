"""A state folder whose jobs run for real, in the background, for all tests of a process."""

import os
import re
import signal
from contextlib import suppress

import pytest

from physforge.jobs.runner import LOG_FILE
from physforge.workspace import JOBS, Workspace


@pytest.fixture(scope="session")
def busy(tmp_path_factory):
    """A workspace with a runner, started by the first submission and ended after the last test."""
    workspace = Workspace(tmp_path_factory.mktemp("busy"))
    yield workspace
    log = workspace.settings.home / JOBS / LOG_FILE
    begun = re.findall(r"The runner (\d+) begins", log.read_text()) if log.exists() else []
    for pid in begun:
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGTERM)
