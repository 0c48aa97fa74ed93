"""A database of each kind for all tests; each test is somebody else in it."""

import uuid
from collections.abc import Iterator

import pytest
from database.server import Server, running_server

from physforge.database import Database
from physforge.jobs.sql_store import SqlJobStore


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def urls(request, tmp_path_factory):
    """Address by kind; a database is made when first asked for."""
    made = {}

    def url(kind):
        if kind not in made and kind == "sqlite":
            made[kind] = f"sqlite:///{tmp_path_factory.mktemp('database')}/a.sqlite"
        elif kind not in made:
            made[kind] = request.getfixturevalue("server").new_database(stays=True)
        return made[kind]

    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, urls):
    return urls(request.param)


@pytest.fixture
def open_store(url, tmp_path):
    """Make another handle on the jobs of this test's person, as another process would."""
    opened = []
    person = uuid.uuid4().hex

    def open_store(quotas=None, principal=person, project="default"):
        database = Database.open(url)
        opened.append(SqlJobStore(database, tmp_path / "jobs", principal=principal, project=project, quotas=quotas))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store):
    return open_store()
