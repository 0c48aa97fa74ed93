"""A fresh database of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from database.server import Server, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/physforge.sqlite"
    return request.getfixturevalue("server").new_database()
