"""The suite for executors, over processes on this machine and a Dask cluster."""

import os
import signal

import pytest
from jobs.execution.processes import is_running, wait_for

from physforge.jobs.access import JOBS, Access
from physforge.jobs.runner import runner_pid
from physforge.testing import ExecutorTests

SETTINGS = """
local: {workers: 2, threads: 1}
dask: {workers: 2, threads: 1}
lease: {lease_s: 2, heartbeat_s: 0.4}
"""


@pytest.fixture(scope="module")
def access(tmp_path_factory) -> Access:
    home = tmp_path_factory.mktemp("home")
    (home / JOBS).mkdir()
    (home / JOBS / "executors.yaml").write_text(SETTINGS)
    access = Access(home=str(home))
    yield access
    pid = runner_pid(access)
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not is_running(pid), "the runner's end", 30)


class TestLocalExecutor(ExecutorTests):
    @pytest.fixture
    def executor(self) -> str:
        return "local"


class TestDaskExecutor(ExecutorTests):
    @pytest.fixture
    def executor(self) -> str:
        return "dask"
