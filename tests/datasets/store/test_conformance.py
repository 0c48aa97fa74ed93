"""The store keeps what `DatasetStore` promises, whatever it keeps it with."""

import uuid

import pytest

from physforge.database import Database
from physforge.datasets.store import DatabaseStore, open_blobs
from physforge.testing import DatasetStoreTests


class TestSqliteAndFolder(DatasetStoreTests):
    @pytest.fixture
    def store(self, tmp_path):
        database = Database.open(f"sqlite:///{tmp_path}/home/physforge.sqlite")
        yield DatabaseStore(database, open_blobs(tmp_path / "home" / "store"))
        database.close()


class TestSqliteAndMemory(DatasetStoreTests):
    @pytest.fixture
    def store(self, tmp_path):
        database = Database.open(f"sqlite:///{tmp_path}/home/physforge.sqlite")
        yield DatabaseStore(database, open_blobs(f"memory://{uuid.uuid4().hex}"))
        database.close()


class TestPostgresqlAndFolder(DatasetStoreTests):
    @pytest.fixture
    def store(self, server, tmp_path):
        database = Database.open(server.new_database())
        yield DatabaseStore(database, open_blobs(tmp_path / "home" / "store"))
        database.close()
