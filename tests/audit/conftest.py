"""A log of each kind of database, and a server of the tests' own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from audit.places import Places
from database.server import Server, running_server

from physforge.audit import AuditLog


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/database/audit.sqlite"
    return request.getfixturevalue("server").new_database()


@pytest.fixture
def places(url: str, tmp_path: Path) -> Places:
    return Places(url, tmp_path)


@pytest.fixture
def log(places: Places) -> Iterator[AuditLog]:
    with places.open() as log:
        yield log


@pytest.fixture
def sqlite_places(tmp_path: Path) -> Places:
    """For what does not depend on the database."""
    return Places(f"sqlite:///{tmp_path}/database/audit.sqlite", tmp_path)


@pytest.fixture
def sqlite_log(sqlite_places: Places) -> Iterator[AuditLog]:
    with sqlite_places.open() as log:
        yield log
