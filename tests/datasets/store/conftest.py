"""Stores of each kind, and a PostgreSQL server of the tests' own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from database.server import Server, running_server

from physforge.database import Database
from physforge.datasets.store import DatabaseStore, open_blobs


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{tmp_path}/home/physforge.sqlite")
    yield database
    database.close()


@pytest.fixture
def store(database: Database, tmp_path: Path) -> DatabaseStore:
    return DatabaseStore(database, open_blobs(tmp_path / "home" / "store"))
