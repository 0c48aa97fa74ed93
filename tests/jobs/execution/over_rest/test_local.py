"""Processes on this machine, for jobs that a workbench keeps."""

import pytest

from physforge.testing import ExecutorTests

# Each half of it is in the tests: the same executor over a database, and the same store under another executor.
pytestmark = pytest.mark.faults


class TestLocalExecutor(ExecutorTests):
    @pytest.fixture
    def executor(self) -> str:
        return "local"
