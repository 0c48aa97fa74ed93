"""Conformance suites: what every implementation of an interface is held to.

Subclass a suite in a test file, give the fixture that it asks for, and run pytest::

    class TestMyStore(DatasetStoreTests):
        @pytest.fixture
        def store(self, tmp_path):
            return MyStore(tmp_path)
"""

from __future__ import annotations

from physforge.testing.dataset_store import DatasetStoreTests
from physforge.testing.executors import ExecutorTests
from physforge.testing.job_store import JobStoreTests

__all__ = ["DatasetStoreTests", "ExecutorTests", "JobStoreTests"]
