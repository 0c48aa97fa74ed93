"""The store of jobs keeps what `JobStore` promises, on both databases."""

import pytest

from physforge.testing import JobStoreTests


class TestSqlJobStore(JobStoreTests):
    @pytest.fixture
    def store(self, open_store):
        return open_store()

    @pytest.fixture
    def second(self, open_store):
        """Another process's: nothing is shared but the database and the folder."""
        return open_store()

    @pytest.fixture
    def limited(self, open_store):
        return open_store
