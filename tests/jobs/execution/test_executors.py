"""The suite for executors, over processes on this machine and a Dask cluster."""

import os
import signal
from pathlib import Path

import pytest
from jobs.execution.processes import wait_for

from physforge.jobs.access import JOBS, Access
from physforge.jobs.runner import LOCK_FILE
from physforge.testing import ExecutorTests

SETTINGS = """
local: {workers: 2, threads: 1}
dask: {workers: 2, threads: 1}
lease: {lease_s: 2, heartbeat_s: 0.4}
"""


def runner_of(access: Access) -> int | None:
    """Which process holds the lock of the runner."""
    inode = Path(access.home, JOBS, LOCK_FILE).stat().st_ino
    held = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return next((int(words[4]) for words in held if int(words[5].rpartition(":")[2]) == inode), None)


@pytest.fixture(scope="module")
def access(tmp_path_factory) -> Access:
    home = tmp_path_factory.mktemp("home")
    (home / JOBS).mkdir()
    (home / JOBS / "executors.yaml").write_text(SETTINGS)
    access = Access(home=str(home))
    yield access
    pid = runner_of(access)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: runner_of(access) is None and not Path(f"/proc/{pid}").exists(), "the runner's end", 30)


class TestLocalExecutor(ExecutorTests):
    @pytest.fixture
    def executor(self) -> str:
        return "local"


class TestDaskExecutor(ExecutorTests):
    @pytest.fixture
    def executor(self) -> str:
        return "dask"
