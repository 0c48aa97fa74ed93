"""A cluster of Dask Gateway that adapts; each worker has a token of its job alone."""

import os
from pathlib import Path

import pytest
from jobs.execution.gateway import environment_of, running_gateway

from physforge.testing import ExecutorTests

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, end_runner):
    with running_gateway(tmp_path_factory.mktemp("gateway")) as environment:
        yield environment
        end_runner()  # which ends its cluster


class TestGatewayExecutor(ExecutorTests):
    @pytest.fixture
    def executor(self, gateway, monkeypatch) -> str:
        for name, value in gateway.items():
            monkeypatch.setenv(name, value)
        return "gateway"

    def test_workers_have_neither_the_users_token_nor_a_database(self, jobs, submit, access):
        job_id = submit(action="wait", seconds=600)
        pid = self.wait_for_process(jobs, job_id)
        for name, value in environment_of(pid).items():
            assert access.token not in value, name
        opened = [os.fspath(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
        assert not [path for path in opened if "sqlite" in path]
